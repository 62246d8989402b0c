// SPDX-License-Identifier: MIT
#include <twolayer/data/labels.hpp>
#include <twolayer/data/metrics.hpp>
#include <twolayer/model/fit_model.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "catch.hpp"

using namespace twolayer;
using Catch::Matchers::Equals;

namespace {

/// Points around three centres, with columns of very different scales. Class 1 is on both sides of
/// the line through the other two.
struct Clouds {
    Matrix<double> X;
    std::vector<int> labels;  ///< 7, -2 or 30

    Clouds(Index N, std::uint64_t seed) : X(N, 2) {
        std::mt19937_64 generator(seed);
        const double centres[3][2] = {{0, 0}, {2, 2}, {4, 0}};
        const int names[3] = {7, -2, 30};
        for (Index n = 0; n < N; ++n) {
            const auto c = std::size_t(n % 3);
            for (Index d = 0; d < 2; ++d)
                X(n, d) = centres[c][d] + 1.5 * (uniform(generator) - 0.5);
            X(n, 0) = 1e4 + 500 * X(n, 0);
            labels.push_back(names[c]);
        }
    }
};

}  // namespace

TEST_CASE("fit_classifier: learns classes of any names with default settings",
          "[model][fit_model]") {
    const Clouds training(90, 1), fresh(300, 2);
    const auto fitted = fit_classifier(training.X, training.labels);
    const auto& [model, report] = fitted;
    CHECK(model.class_names == std::vector<int>{-2, 7, 30});
    // The clouds are separate, but some fresh points are outside the training range.
    CHECK(accuracy(fresh.labels, model.classify(fresh.X)) > 0.98);
    CHECK((model.predict(fresh.X).rowwise().sum().array() - 1).abs().maxCoeff() < 1e-14);

    REQUIRE(!report.tried.empty());
    for (const Trial& trial : report.tried)  // a larger network must be better by two percent
        CHECK(report.chosen.validation_loss <= trial.validation_loss * 1.02);
    CHECK(model.net.shape().hidden == report.chosen.hidden);
    CHECK(report.fit.weight_decay == report.chosen.weight_decay);
    CHECK(report.fit.method == "L-BFGS");
    CHECK(report.fit.loss == "cross-entropy");
    CHECK(report.fit.starts == 2);
    CHECK(report.seconds > report.fit.seconds);

    // The same classes with names in the same order and the same seed give the same bits.
    std::vector<std::string> names;
    for (const int label : training.labels)
        names.push_back(label == -2 ? "a" : label == 7 ? "b" : "c");
    const auto named = fit_classifier(training.X, names);
    CHECK(named.model.class_names == std::vector<std::string>{"a", "b", "c"});
    CHECK(named.model.net.weights().theta() == model.net.weights().theta());
    const auto other = fit_classifier(training.X, names, {.seed = 2});
    CHECK(other.report.tried[0].validation_loss != report.tried[0].validation_loss);
}

namespace {

/// Checks that a classifier predicts the labels that it was trained on, of three classes.
template <typename Range>
void check_labels_given_back(const Clouds& clouds, const Range& labels) {
    const auto model = fit_classifier(clouds.X, labels, {.folds = 2}).model;
    const auto predicted = model.classify(clouds.X);
    CHECK(accuracy(labels, predicted) == 1);
    CHECK(std::ranges::is_sorted(model.class_names));
    // A prediction in which only one class occurs.
    const Matrix<double> first = clouds.X.topRows(1);
    CHECK(model.classify(first) == decltype(predicted)(1, predicted[0]));
    const auto confusion = confusion_matrix({.actual = labels, .predicted = predicted});
    CHECK(confusion.labels == detail::label_texts(model.class_names));
    CHECK(confusion.counts.trace() == double(clouds.X.rows()));
}

enum class Colour : unsigned char { red = 200, green = 3, blue = 4 };

}  // namespace

TEST_CASE("fit_classifier: predicts labels of the type that was given", "[model][fit_model]") {
    const Clouds clouds(45, 1);
    const auto relabelled = [&](const auto& seven, const auto& minus_two, const auto& thirty) {
        std::vector<std::remove_cvref_t<decltype(seven)>> labels;
        for (const int label : clouds.labels)
            labels.push_back(label == 7 ? seven : label == -2 ? minus_two : thirty);
        return labels;
    };
    check_labels_given_back(clouds, relabelled(0, 1, 2));
    check_labels_given_back(clouds, relabelled(3, 1, 2));
    check_labels_given_back(clouds, relabelled(-1, 1, 1));
    check_labels_given_back(clouds, relabelled(7, 70, 7));
    check_labels_given_back(clouds, relabelled(1U, 4000000000U, 2U));
    check_labels_given_back(clouds, relabelled('a', 'b', 'c'));
    check_labels_given_back(clouds, relabelled(false, true, false));
    check_labels_given_back(clouds, relabelled(Colour::red, Colour::green, Colour::blue));
    check_labels_given_back(clouds, relabelled(std::string("x"), std::string("y"), std::string()));
    const char *const one = "1", *const two = "2", *const ten = "10";
    check_labels_given_back(clouds, relabelled(one, two, ten));
    const std::vector<int> numbers = relabelled(3, 1, 2);
    check_labels_given_back(clouds, Eigen::Map<const Eigen::VectorXi>(numbers.data(), 45));
    check_labels_given_back(clouds, std::span(numbers));
}

TEST_CASE("fit_regressor: learns a smooth function in any units", "[model][fit_model][slow]") {
    const auto data = [](Index N, std::uint64_t seed) {
        std::mt19937_64 generator(seed);
        std::pair<Matrix<double>, Matrix<double>> xy{Matrix<double>(N, 1), Matrix<double>(N, 2)};
        for (Index n = 0; n < N; ++n) {
            const double t = uniform(generator);
            xy.first(n, 0) = 300 + 20 * t;
            xy.second.row(n) << 1e6 * std::sin(6 * t), -0.001 * t * t;
        }
        return xy;
    };
    const auto [X, Y] = data(80, 1);
    const auto [X_fresh, Y_fresh] = data(200, 2);
    const auto [model, report] = fit_regressor(X, Y);
    CHECK(r2({.target = Y_fresh, .prediction = model.predict(X_fresh)}) > 0.999);
    CHECK(report.fit.loss == "squared error");
    CHECK(model.class_names.empty());

    const auto single = fit_regressor(X.cast<float>(), Y.cast<float>());
    CHECK(r2({.target = Y_fresh, .prediction = single.model.predict(X_fresh.cast<float>())}) >
          0.99);
}

TEST_CASE("fit_regressor: learns little more than the mean from noise",
          "[model][fit_model][slow]") {
    std::mt19937_64 generator(5);
    const auto number = [&] { return uniform(generator); };
    const Matrix<double> X = Matrix<double>::NullaryExpr(60, 5, number);
    const Matrix<double> Y = Matrix<double>::NullaryExpr(60, 1, number);
    const Matrix<double> X_fresh = Matrix<double>::NullaryExpr(500, 5, number);
    const Matrix<double> Y_fresh = Matrix<double>::NullaryExpr(500, 1, number);
    // A linear model with five slopes and a mean has an R2 of about -6/60 here.
    CHECK(r2({.target = Y_fresh, .prediction = fit_regressor(X, Y).model.predict(X_fresh)}) >
          -0.15);
}

TEST_CASE("fit_model: refuses unusable data and names the cause", "[model][fit_model]") {
    const Clouds clouds(30, 1);
    const auto& X = clouds.X;
    const std::vector<int> one_class(30, 4);
    CHECK_THROWS_WITH(fit_classifier(X, one_class),
                      Equals("all 30 samples are of one class, a classifier needs at least two"));
    CHECK_THROWS_WITH(fit_classifier(X.topRows(29), clouds.labels),
                      Equals("the number of labels is 30, expected 29, one for each sample"));
    CHECK_THROWS_WITH(fit_classifier(X, clouds.labels, {.folds = 31}),
                      Equals("folds is 31, it must be at least 2 and at most the 30 samples"));
    CHECK_THROWS_AS(fit_classifier(X, clouds.labels, {.folds = 1}), std::invalid_argument);
    CHECK_THROWS_WITH(fit_classifier(X, clouds.labels, {.threads = 0}),
                      Equals("threads is 0, it must be at least 1"));
    CHECK_THROWS_WITH(fit_regressor(X, X.topRows(3)),
                      Equals("the number of rows of Y is 3, expected 30 as in X"));
    Matrix<double> bad = X;
    bad(3, 1) = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH(fit_classifier(bad, clouds.labels),
                      Equals("X is nan in row 3, column 1, every entry must be finite"));
    CHECK_THROWS_WITH(fit_regressor(X, bad),
                      Equals("Y is nan in row 3, column 1, every entry must be finite"));
}

TEST_CASE("fit_model: needs few samples if the number of folds is not given",
          "[model][fit_model]") {
    const Clouds clouds(30, 1);
    for (Index N = 2; N <= 6; ++N) {
        INFO(N << " samples");
        const auto X = clouds.X.topRows(N);
        const std::vector<int> labels(clouds.labels.begin(), clouds.labels.begin() + N);
        const Vector<double> y = Eigen::Map<const Eigen::VectorXi>(labels.data(), N).cast<double>();
        CHECK(fit_regressor(X, y).model.predict(X).allFinite());
        CHECK(fit_classifier(X, labels).model.predict(X).allFinite());
    }
    CHECK_THROWS_WITH(
        fit_regressor(clouds.X.topRows(1), clouds.X.topRows(1)),
        Equals("the number of samples is 1, expected at least 2: one to train on and one to test "
               "on"));
}
