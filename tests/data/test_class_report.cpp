// SPDX-License-Identifier: MIT
#include <twolayer/data/class_report.hpp>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <twolayer/base/random.hpp>

#include "catch.hpp"

using namespace twolayer;
using Catch::Matchers::StartsWith;
using Catch::Matchers::WithinRel;

namespace {

using Names = std::vector<std::string>;

/// The area under the ROC curve by its definition: the fraction of pairs that are ranked correctly.
double auc_of_pairs(const std::vector<bool>& inside, const Vector<double>& scores,
                    const Vector<double>& weights) {
    double won = 0, pairs = 0;
    for (Index i = 0; i < scores.size(); ++i)
        for (Index j = 0; j < scores.size(); ++j)
            if (inside[std::size_t(i)] && !inside[std::size_t(j)]) {
                const double w = weights(i) * weights(j);
                pairs += w;
                won += scores(i) > scores(j) ? w : scores(i) == scores(j) ? w / 2 : 0;
            }
    return won / pairs;
}

/// Random labels, and probabilities with many ties.
struct Draw {
    std::vector<int> labels;
    Matrix<double> P;
    Vector<double> weights;

    Draw(Index N, Index K, unsigned seed) : P(N, K), weights(N) {
        std::mt19937_64 generator(seed);
        for (Index n = 0; n < N; ++n) {
            labels.push_back(int(uniform(generator) * double(K)));
            for (Index k = 0; k < K; ++k) P(n, k) = 1 + std::floor(4 * uniform(generator));
            P(n, labels.back()) += std::floor(2 * uniform(generator));
            P.row(n) /= P.row(n).sum();
            weights(n) = std::floor(4 * uniform(generator));
        }
    }

    std::vector<bool> inside(int k) const {
        std::vector<bool> result;
        for (const int label : labels) result.push_back(label == k);
        return result;
    }
};

void check_same(const ClassificationReport& a, const ClassificationReport& b) {
    CHECK_THAT(a.accuracy, WithinRel(b.accuracy, 1e-14));
    CHECK_THAT(a.balanced_accuracy, WithinRel(b.balanced_accuracy, 1e-14));
    CHECK_THAT(a.roc_auc, WithinRel(b.roc_auc, 1e-14));
    CHECK_THAT(a.log_loss, WithinRel(b.log_loss, 1e-14));
    CHECK_THAT(a.brier, WithinRel(b.brier, 1e-14));
    CHECK_THAT(a.baseline, WithinRel(b.baseline, 1e-14));
}

}  // namespace

TEST_CASE("class report: two classes by hand", "[data][metrics]") {
    // One of three "no" is predicted as "yes", and one of two "yes" as "no".
    const Names actual{"no", "yes", "no", "no", "yes"};
    const Vector<double> yes{{0.1, 0.8, 0.6, 0.2, 0.2}};
    Matrix<double> P(5, 2);
    P << (1 - yes.array()).matrix(), yes;
    const Names labels{"no", "yes"};
    const auto report =
        classification_report({.actual = actual, .probability = P, .labels = labels});
    REQUIRE(report.classes.size() == 2);
    CHECK(report.confusion.labels == labels);
    CHECK(report.confusion.counts == Matrix<double>{{2, 1}, {1, 1}});
    const ClassScore &first = report.classes[0], &second = report.classes[1];
    CHECK(first.label == "no");
    CHECK((first.support == 3 && first.predicted == 3));
    CHECK((second.support == 2 && second.predicted == 2));
    CHECK_THAT(first.precision, WithinRel(2.0 / 3, 1e-15));
    CHECK_THAT(first.recall, WithinRel(2.0 / 3, 1e-15));
    CHECK_THAT(first.f1, WithinRel(2.0 / 3, 1e-15));
    CHECK(second.f1 == 0.5);
    // There are six pairs of a "yes" and a "no": 0.8 wins three, 0.2 wins one and ties with one.
    CHECK(report.roc_auc == 4.5 / 6);
    CHECK((first.roc_auc == report.roc_auc && second.roc_auc == report.roc_auc));
    CHECK(report.total == 5);
    CHECK(report.accuracy == 0.6);
    CHECK_THAT(report.balanced_accuracy, WithinRel((2.0 / 3 + 0.5) / 2, 1e-15));
    CHECK(report.baseline == 0.6);
    CHECK(report.largest_class == "no");
    CHECK_THAT(report.log_loss, WithinRel(-std::log(0.9 * 0.8 * 0.4 * 0.8 * 0.2) / 5, 1e-14));
    CHECK_THAT(report.brier, WithinRel((0.01 + 0.04 + 0.36 + 0.04 + 0.64) / 5, 1e-14));

    // A single column is the probability of the second class.
    const auto single =
        classification_report({.actual = actual, .probability = yes, .labels = labels});
    CHECK(single.confusion.counts == report.confusion.counts);
    check_same(single, report);
}

TEST_CASE("class report: the area under the ROC curve is the fraction of pairs ranked correctly",
          "[data][metrics]") {
    const auto seed = GENERATE(range(1U, 6U));
    const Index K = GENERATE(2, 3, 5);
    const Draw draw(60, K, seed);
    const Vector<double> ones = Vector<double>::Ones(60);
    const bool weighted = GENERATE(false, true);
    const Vector<double>& weights = weighted ? draw.weights : ones;
    std::vector<int> labels;
    for (int k = 0; k < K; ++k) labels.push_back(k);
    const auto report = classification_report({.actual = draw.labels,
                                               .probability = draw.P,
                                               .labels = labels,
                                               .sample_weights = weights});
    double sum = 0;
    for (int k = 0; k < K; ++k) {
        const double expected = auc_of_pairs(draw.inside(k), draw.P.col(k), weights);
        CHECK_THAT(report.classes[std::size_t(k)].roc_auc, WithinRel(expected, 1e-12));
        sum += expected;
    }
    CHECK_THAT(report.roc_auc, WithinRel(sum / double(K), 1e-12));
}

TEST_CASE("class report: agrees with accuracy() and confusion_matrix()", "[data][metrics]") {
    const Draw draw(80, 4, 3);
    const std::vector<int> labels{0, 1, 2, 3};
    const auto report = classification_report({.actual = draw.labels,
                                               .probability = draw.P,
                                               .labels = labels,
                                               .sample_weights = draw.weights});
    std::vector<int> predicted;
    for (const ClassIndex c : class_index(draw.P)) predicted.push_back(int(c));
    CHECK(report.confusion.counts == confusion_matrix({.actual = draw.labels,
                                                       .predicted = predicted,
                                                       .sample_weights = draw.weights,
                                                       .labels = labels})
                                         .counts);
    CHECK(report.accuracy == accuracy(draw.labels, predicted, draw.weights));
    CHECK(report.total == draw.weights.sum());
}

TEST_CASE("class report: agrees with scikit-learn 1.2.1", "[data][metrics]") {
    // precision_recall_fscore_support, balanced_accuracy_score, roc_auc_score, log_loss and
    // brier_score_loss, with these sample weights.
    std::vector<int> labels, above;
    Matrix<double> P(24, 3);
    Vector<double> weights(24);
    for (int n = 0; n < 24; ++n) {
        labels.push_back((n * n + n / 3) % 3);
        above.push_back(int(labels.back() > 0));
        for (int k = 0; k < 3; ++k) P(n, k) = 1 + (5 * n + 7 * k * k + n * k) % 11;
        P.row(n) /= P.row(n).sum();
        weights(n) = 1 + n % 4;
    }
    const auto report = classification_report({.actual = labels,
                                               .probability = P,
                                               .labels = std::vector<int>{0, 1, 2},
                                               .sample_weights = weights});
    const double expected[3][5] = {
        {0.045454545454545456, 0.07142857142857142, 0.05555555555555555, 14, 0.28183229813664595},
        {0.21739130434782608, 0.20833333333333334, 0.2127659574468085, 24, 0.23842592592592593},
        {0.3333333333333333, 0.22727272727272727, 0.27027027027027023, 22, 0.35586124401913877}};
    for (std::size_t k = 0; k < 3; ++k) {
        const ClassScore& c = report.classes[k];
        const double found[] = {c.precision, c.recall, c.f1, c.support, c.roc_auc};
        for (std::size_t i = 0; i < 5; ++i) CHECK_THAT(found[i], WithinRel(expected[k][i], 1e-14));
    }
    CHECK_THAT(report.accuracy, WithinRel(0.18333333333333332, 1e-14));
    CHECK_THAT(report.balanced_accuracy, WithinRel(0.16901154401154403, 1e-14));
    CHECK_THAT(report.log_loss, WithinRel(1.4952630071342448, 1e-14));

    const auto two = classification_report({.actual = above,
                                            .probability = P.col(2),
                                            .labels = std::vector<int>{0, 1},
                                            .sample_weights = weights});
    CHECK_THAT(two.brier, WithinRel(0.35103172056780924, 1e-14));
    CHECK_THAT(two.roc_auc, WithinRel(0.7088509316770186, 1e-14));
    CHECK_THAT(two.log_loss, WithinRel(0.9434779857216132, 1e-14));
}

TEST_CASE("class report: a weight is a number of copies, in any unit and order",
          "[data][metrics]") {
    const Draw draw(50, 3, 7);
    const std::vector<int> labels{0, 1, 2};
    const auto report = classification_report({.actual = draw.labels,
                                               .probability = draw.P,
                                               .labels = labels,
                                               .sample_weights = draw.weights});
    std::vector<Index> copies;
    for (Index n = 49; n >= 0; --n) copies.insert(copies.end(), std::size_t(draw.weights(n)), n);
    check_same(classification_report({.actual = select_rows(draw.labels, copies),
                                      .probability = select_rows(draw.P, copies),
                                      .labels = labels}),
               report);
    for (const double unit : {1e-300, 1e300})
        check_same(classification_report({.actual = draw.labels,
                                          .probability = draw.P,
                                          .labels = labels,
                                          .sample_weights = draw.weights * unit}),
                   report);

    // The report does not depend on the names and the order of the classes.
    Names names;
    for (const int label : draw.labels) names.push_back(label == 0 ? "z" : label == 1 ? "a" : "m");
    Matrix<double> turned(50, 3);
    turned << draw.P.col(2), draw.P.col(0), draw.P.col(1);
    const auto renamed = classification_report({.actual = names,
                                                .probability = turned,
                                                .labels = Names{"m", "z", "a"},
                                                .sample_weights = draw.weights});
    CHECK_THAT(renamed.roc_auc, WithinRel(report.roc_auc, 1e-14));
    CHECK_THAT(renamed.log_loss, WithinRel(report.log_loss, 1e-14));
    CHECK(renamed.classes[0].roc_auc == report.classes[2].roc_auc);
}

TEST_CASE("class report: a rising function of the scores keeps the area under the ROC curve",
          "[data][metrics]") {
    const Draw draw(70, 2, 11);
    const Vector<double> p = draw.P.col(1);
    const std::vector<bool> actual = draw.inside(1);
    const std::vector<bool> labels{false, true};
    const auto auc = [&](const Vector<double>& scores) {
        return classification_report({.actual = actual, .probability = scores, .labels = labels})
            .roc_auc;
    };
    CHECK(auc(p.array().square()) == auc(p));
    CHECK_THAT(auc(1 - p.array()), WithinRel(1 - auc(p), 1e-14));
    CHECK(auc(Vector<double>::Constant(70, 0.3)) == 0.5);
    Vector<double> right(70);
    for (Index n = 0; n < 70; ++n) right(n) = actual[std::size_t(n)] ? 0.9 : 0.1;
    CHECK(auc(right) == 1);
}

TEST_CASE("class report: undefined values are NaN and not part of the means", "[data][metrics]") {
    // "b" is never predicted, "c" has no sample, "d" has neither.
    const Names actual{"a", "a", "b"}, labels{"a", "b", "c", "d"};
    const Matrix<double> P{{0.7, 0.2, 0.1, 0}, {0.4, 0, 0.6, 0}, {0.5, 0.3, 0.2, 0}};
    const auto report =
        classification_report({.actual = actual, .probability = P, .labels = labels});
    const ClassScore &a = report.classes[0], &b = report.classes[1], &c = report.classes[2],
                     &d = report.classes[3];
    CHECK((a.precision == 0.5 && a.recall == 0.5 && a.f1 == 0.5));
    CHECK(std::isnan(b.precision));
    CHECK((b.recall == 0 && b.f1 == 0 && b.support == 1 && b.predicted == 0));
    CHECK((c.precision == 0 && c.f1 == 0 && c.predicted == 1));
    CHECK((std::isnan(c.recall) && std::isnan(c.roc_auc)));
    CHECK((std::isnan(d.precision) && std::isnan(d.recall) && std::isnan(d.f1)));
    CHECK(report.balanced_accuracy == 0.25);
    CHECK(report.roc_auc == (0.5 + 1) / 2);
    CHECK_THAT(report.accuracy, WithinRel(1.0 / 3, 1e-15));

    const auto one = classification_report(
        {.actual = Names{"a", "a"}, .probability = P.topRows(2), .labels = labels});
    CHECK(std::isnan(one.roc_auc));
    CHECK((one.balanced_accuracy == 0.5 && one.baseline == 1));
}

TEST_CASE("class report: a probability of zero costs a finite loss", "[data][metrics]") {
    const Matrix<double> P{{1, 0}, {1, 0}};
    const auto report = classification_report({.actual = std::vector<int>{7, 8},
                                               .probability = P.cast<float>(),
                                               .labels = std::vector<int>{7, 8}});
    CHECK_THAT(report.log_loss, WithinRel(26 * std::log(2.0), 1e-15));  // half of - log 2^-52
    CHECK(report.brier == 0.5);
}

TEST_CASE("class report: class indexes need no labels", "[data][metrics]") {
    const Matrix<double> Y{{0, 1}, {1, 0}, {0, 1}}, Yhat{{0.4, 0.6}, {0.3, 0.7}, {0.2, 0.8}};
    const auto report = classification_report({.actual = class_index(Y), .probability = Yhat});
    CHECK(report.confusion.labels == Names{"0", "1"});
    CHECK(report.confusion.counts == Matrix<double>{{0, 1}, {0, 2}});
}

TEST_CASE("class report: a sample of weight zero may hold anything", "[data][metrics]") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const Matrix<double> P{{0.25, 0.75}, {nan, 7}};
    const auto report = classification_report({.actual = std::vector<int>{1, 9},
                                               .probability = P,
                                               .labels = std::vector<int>{0, 1},
                                               .sample_weights = std::vector<double>{2, 0}});
    CHECK((report.total == 2 && report.accuracy == 1));
    CHECK_THAT(report.log_loss, WithinRel(-std::log(0.75), 1e-15));
}

TEST_CASE("class report: refuses arguments that do not match", "[data][metrics]") {
    const Matrix<double> P{{0.5, 0.5}, {0.2, 0.8}};
    const std::vector<int> actual{0, 1};
    const auto report = [&](const detail::LabelsArg& labels, const Matrix<double>& probability) {
        return classification_report(
            {.actual = actual, .probability = probability, .labels = labels});
    };
    CHECK_NOTHROW(report(actual, P));
    CHECK_THROWS_WITH(report(actual, P.topRows(1)),
                      StartsWith("there are 1 predictions for 2 samples"));
    CHECK_THROWS_WITH(report({}, P), StartsWith(".labels is empty and .actual holds integers"));
    CHECK_THROWS_WITH(report(Names{"0", "1"}, P),
                      StartsWith(".actual holds integers and .labels texts"));
    CHECK_THROWS_WITH(report(std::vector<int>{0, 1, 2}, P),
                      StartsWith("there are 3 labels for 2 columns of probabilities, expected 2"));
    CHECK_THROWS_WITH(report(std::vector<int>{0, 2}, P),
                      StartsWith("the label \"1\" of sample 1 is not in .labels"));
    CHECK_THROWS_WITH(report(std::vector<int>{1, 1}, P),
                      StartsWith("the label \"1\" is twice in .labels"));
    CHECK_THROWS_WITH(report(actual, 3 * P),
                      StartsWith("the probability in row 0, column 0 is 1.5, expected a number"));
    CHECK_THROWS_WITH(report(actual, P * std::numeric_limits<double>::quiet_NaN()),
                      StartsWith("the probability in row 0, column 0 is "));
    CHECK_THROWS_WITH(report(actual, Matrix<double>(2, 0)),
                      StartsWith("the probabilities are 2 x 0, expected a column"));
    CHECK_THROWS_AS(classification_report({.actual = actual,
                                           .probability = P,
                                           .labels = actual,
                                           .sample_weights = std::vector<double>{0, 0}}),
                    std::invalid_argument);
}
