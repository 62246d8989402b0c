// SPDX-License-Identifier: MIT
#include <twolayer/data/metrics.hpp>
#include <twolayer/model/fit_model.hpp>

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/draw.hpp"

using namespace twolayer;
using Catch::Matchers::Equals;

namespace {

/// Two overlapping classes, of which one sample in ten is "rare".
struct Rare {
    Matrix<double> X;
    std::vector<std::string> labels;

    Rare(Index N, std::uint64_t seed) {
        std::mt19937_64 generator(seed);
        X = test::draw<double>(generator, N, 2, -1, 1);
        for (Index n = 0; n < N; ++n) {
            labels.push_back(n % 10 == 0 ? "rare" : "usual");
            X(n, 0) += n % 10 == 0 ? 0.8 : 0;
        }
    }

    /// The fraction of the rare samples that a model finds.
    template <typename Model>
    double found(const Model& model) const {
        const auto confusion = confusion_matrix({.actual = labels, .predicted = model.classify(X)});
        return confusion.count("rare", "rare") * 10 / double(X.rows());
    }
};

}  // namespace

TEST_CASE("search: balanced classes are the class weights 1 / N_k, and find the rare class",
          "[model][search]") {
    const Rare data(300, 1), fresh(1000, 2);
    const auto plain = fit_classifier(data.X, data.labels, {.folds = 2});
    const auto balanced = fit_classifier(data.X, data.labels, {.folds = 2, .balanced = true});
    const auto by_hand =
        fit_classifier(data.X, data.labels, {.folds = 2, .class_weights = {1 / 30.0, 1 / 270.0}});
    CHECK(balanced.model.net.weights().theta() == by_hand.model.net.weights().theta());
    // Both classes are uniform with width 2, shifted by 0.8. With equal weights, the best threshold
    // finds 70 % of the rare samples. If the other class is nine times as frequent, only the 40 %
    // outside its range are found.
    CHECK(fresh.found(balanced.model) > 0.6);
    CHECK(fresh.found(plain.model) < 0.5);
}

TEST_CASE("search: a row of weight zero counts as removed", "[model][search]") {
    Rare data(60, 1);
    const auto without = fit_classifier(data.X.bottomRows(50),
                                        std::vector(data.labels.begin() + 10, data.labels.end()));
    std::vector<double> weights(60, 1);
    std::fill_n(weights.begin(), 10, 0);
    data.X.topRows(10).setConstant(std::numeric_limits<double>::quiet_NaN());
    const auto weighted = fit_classifier(data.X, data.labels, {.sample_weights = weights});
    CHECK(weighted.report.tried.size() == without.report.tried.size());
    CHECK(weighted.report.tried[0].validation_loss == without.report.tried[0].validation_loss);
    CHECK(weighted.model.inputs.mean() == without.model.inputs.mean());
    CHECK(weighted.report.chosen.hidden == without.report.chosen.hidden);
}

TEST_CASE("search: no group is on both sides of a split", "[model][search]") {
    std::vector<std::string> patients;
    for (int n = 0; n < 40; ++n) patients.push_back("patient " + std::to_string(n % 8));
    const auto [rows, weights, splits] =
        detail::search_rows(std::vector<ClassIndex>(40), ModelSearchOptions{.groups = patients});
    REQUIRE(splits.size() == 25);  // five folds, drawn five times
    std::set<std::vector<Index>> folds;
    for (const Split& split : splits) {
        CHECK(split.train.size() + split.test.size() == 40);
        for (const Index a : split.test)
            for (const Index b : split.train)
                REQUIRE(patients[std::size_t(a)] != patients[std::size_t(b)]);
        folds.insert(split.test);
    }
    CHECK(folds.size() > 5);
}

TEST_CASE("search: a subset of many rows has more rows of a rare class, not more weight",
          "[model][search]") {
    // Three classes with 60, 3000 and 36 940 rows. Every row has a weight of two.
    std::vector<ClassIndex> classes(40000, ClassIndex(2));
    std::fill_n(classes.begin() + 100, 3000, ClassIndex(1));
    for (std::size_t n = 0; n < 60; ++n) classes[5000 + 7 * n] = ClassIndex(0);
    const ModelSearchOptions options{.sample_weights = std::vector<double>(classes.size(), 2)};
    const auto [rows, weights, splits] = detail::search_rows(classes, options);
    std::vector<double> drawn(3), weight(3);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto c = std::size_t(classes[std::size_t(rows[i])]);
        drawn[c] += 1;
        weight[c] += weights[i];
    }
    CHECK(drawn == std::vector<double>{60, 300, 3694});
    CHECK(std::set(rows.begin(), rows.end()).size() == rows.size());
    CHECK_THAT(weight[0], Catch::Matchers::WithinRel(2.0 * 6, 1e-12));
    CHECK_THAT(weight[1], Catch::Matchers::WithinRel(2.0 * 300, 1e-12));
    CHECK_THAT(weight[2], Catch::Matchers::WithinRel(2.0 * 3694, 1e-12));
    REQUIRE(splits.size() == 5);
    for (const Split& split : splits) {
        const auto rare = std::ranges::count_if(split.test, [&, &rows = rows](Index i) {
            return classes[std::size_t(rows[std::size_t(i)])] == ClassIndex(0);
        });
        CHECK(rare == 12);
    }
}

TEST_CASE("search: validation rows split no group", "[model][search]") {
    const std::vector<int> patients{1, 1, 2, 2, 3, 3};
    const auto check = [&](std::vector<Index> rows, std::vector<double> weights = {}) {
        detail::search_rows(
            std::vector<ClassIndex>(6),
            {.sample_weights = weights, .groups = patients, .validation_rows = std::move(rows)});
    };
    CHECK_NOTHROW(check({4, 5}));
    CHECK_NOTHROW(check({3, 0, 1, 2}));
    CHECK_NOTHROW(check({0, 1, 3}, {1, 1, 0, 1, 1, 1}));  // a row of weight zero does not count
    CHECK_THROWS_WITH(check({0, 1, 3}),
                      "rows 2 and 3 are of one group, but only one of them is among "
                      "validation_rows: leave all rows of a group in or out");
}

TEST_CASE("search: trials are compared on the validation rows only, the final fit has all rows",
          "[model][search]") {
    const std::vector<Index> last{38, 39, 37};
    const auto [rows, weights, splits] = detail::search_rows(
        std::vector<ClassIndex>(40), ModelSearchOptions{.validation_rows = last});
    REQUIRE(splits.size() == 1);
    CHECK(select_rows(rows, splits[0].test) == std::vector<Index>{37, 38, 39});
    CHECK(select_rows(rows, splits[0].train) == detail::all_rows(37));

    const Rare data(60, 1);
    Matrix<double> Y = data.X.col(0);
    std::vector<Index> validation(20);
    for (Index n = 0; n < 20; ++n) validation[std::size_t(n)] = 40 + n;
    const ModelSearchOptions options{.validation_rows = validation};
    const auto first = fit_regressor(data.X, Y, options);
    CHECK(r2({.target = Y, .prediction = first.model.predict(data.X)}) > 0.999);
}

TEST_CASE("search: the callback sees every fold and epoch, and can stop", "[model][search]") {
    const Rare data(100, 1);
    std::vector<SearchProgress> seen;
    const auto record = [&](Index most) {
        return [&, most](const SearchProgress& p) {
            seen.push_back(p);
            return std::ssize(seen) < most;
        };
    };
    const auto whole = fit_classifier(data.X, data.labels, {.callback = record(1000000)}).report;
    CHECK(whole.search_finished);
    Index folds = 0, epochs = 0, trials = 0;
    for (const SearchProgress& p : seen) {
        trials = (std::max)(trials, p.trial);
        (p.trial == 0 ? epochs : folds) += 1;
        CHECK(p.step >= 1);
        CHECK(p.step <= p.steps);
        CHECK(is_finite(p.loss));
    }
    CHECK(trials == std::ssize(whole.tried));
    CHECK(seen.back().trial == 0);
    // The loss after the last fold of the first trial is its validation loss.
    const auto last = std::ranges::find_if(seen, [](const auto& p) { return p.step == p.steps; });
    CHECK_THAT(last->loss, Catch::Matchers::WithinRel(whole.tried[0].validation_loss, 1e-14));

    // Predicting the class frequencies has a loss of -0.1 log 0.1 - 0.9 log 0.9 = 0.325.
    for (const Index most : {Index(1), folds - 1, folds + 3}) {
        seen.clear();
        const auto [model, report] =
            fit_classifier(data.X, data.labels, {.callback = record(most)});
        CHECK(std::ssize(seen) == most);
        CHECK(report.search_finished == (most > folds));
        CHECK(report.fit.stop_reason == StopReason::stopped_by_caller);
        CHECK(model.predict(data.X).allFinite());
        CHECK(report.fit.final_loss < 0.325);
    }
}

TEST_CASE("search: a time limit or a stop request ends it with a trained model",
          "[model][search]") {
    const Rare data(100, 1);
    const auto limited = fit_classifier(data.X, data.labels, {.time_limit = 1e-9});
    CHECK_FALSE(limited.report.search_finished);
    CHECK(limited.report.tried.empty());
    CHECK(limited.report.chosen.hidden == 16);
    CHECK(limited.model.predict(data.X).allFinite());
    std::stop_source source;
    const auto stopped = fit_classifier(data.X, data.labels,
                                        {.callback =
                                             [&](const SearchProgress& p) {
                                                 if (p.trial == 2)
                                                     source.request_stop();
                                                 return true;
                                             },
                                         .stop = source.get_token()});
    CHECK_FALSE(stopped.report.search_finished);
    CHECK(stopped.report.tried.size() == 1);
    CHECK(stopped.report.fit.stop_reason == StopReason::stopped_by_caller);
    CHECK(stopped.report.fit.final_loss < 0.325);  // as above
}

TEST_CASE("search: the result does not depend on the number of threads", "[model][search]") {
    const Rare data(80, 1);
    const auto one = fit_classifier(data.X, data.labels, {.balanced = true});
    const auto three = fit_classifier(data.X, data.labels, {.threads = 3, .balanced = true});
    CHECK(one.model.net.weights().theta() == three.model.net.weights().theta());
}

TEST_CASE("search: refuses options that do not match, by name", "[model][search]") {
    const Rare data(30, 1);
    const auto refusal = [&](const ModelSearchOptions& options) -> std::string {
        try {
            fit_classifier(data.X, data.labels, options);
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return "";
    };
    CHECK(refusal({.sample_weights = std::vector<double>(29, 1)}) ==
          "there are 29 sample weights for 30 samples");
    CHECK(refusal({.class_weights = {1, 2, 3}}) == "there are 3 class_weights for 2 classes");
    CHECK(refusal({.class_weights = {1, 2}, .balanced = true}) ==
          "class_weights are given and balanced is set: give only one of them");
    CHECK(refusal({.groups = std::vector<int>{1, 2}}) ==
          "there are 2 groups for 30 samples, expected one for each: pass a label for each row");
    CHECK(refusal({.folds = 3, .groups = std::vector<bool>(30, true)}) ==
          "folds is 3, it must be at least 2 and at most the 1 groups");
    CHECK(refusal({.groups = std::vector<bool>(30, true)}) ==
          "all samples are of one group, a search needs at least two");
    std::vector<double> one(30);
    one[3] = 1;
    CHECK_THROWS_WITH(fit_regressor(data.X, data.X, {.sample_weights = one}),
                      Equals("only one sample has a weight above 0, a search needs at least two"));
    CHECK(refusal({.validation_rows = {3, 30}}) ==
          "validation_rows holds 30, X has the rows 0 to 29");
    CHECK(refusal({.folds = 3, .validation_rows = {3}}) ==
          "folds is 3, but there are validation_rows as well: give one of them");
    CHECK(refusal({.validation_rows = detail::all_rows(30)}) ==
          "validation_rows leaves 0 samples to train on and 30 to compare on, expected some on "
          "both sides");
    CHECK(refusal({.time_limit = 0}) == "time_limit is 0, it must be positive, in seconds");
    CHECK_THROWS_WITH(fit_regressor(data.X, data.X, {.balanced = true}),
                      Equals("balanced is for classes: use fit_classifier(), or sample_weights"));
}
