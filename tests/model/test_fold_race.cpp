// SPDX-License-Identifier: MIT
#include <twolayer/model/fold_race.hpp>
#include <twolayer/model/search_rows.hpp>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "catch.hpp"
#include "support/draw.hpp"

using namespace twolayer;
using Catch::Matchers::WithinRel;

namespace {

using Net = TwoLayerNet<double, Identity>;
using Race = detail::FoldRace<Net, SquaredError>;

/// A noisy line, which a network of any size learns. The larger the decay, the larger the loss.
struct Line {
    Matrix<double> X{60, 2}, Y{60, 1};
    std::vector<double> weights = {};
    std::vector<Split> splits =
        detail::repeated_folds(std::vector<ClassIndex>(60), {}, std::optional<Index>(5), 1);

    Line() {
        std::mt19937_64 generator(3);
        X = test::draw<double>(generator, 60, 2, -1, 1);
        Y = X.col(0) - X.col(1) + test::draw<double>(generator, 60, 1, -0.1, 0.1);
    }

    /// The loss of a trial in a separate race.
    double loss(Index hidden, double weight_decay, int threads = 1,
                double max_bytes = Race::max_copied_bytes) const {
        const ModelSearchOptions options{.threads = threads};
        detail::SearchControl control(options);
        return *Race(X, Y, weights, splits, control, max_bytes)
                    .loss(hidden, weight_decay, unbounded);
    }
};

}  // namespace

TEST_CASE("fold race: the loss is the mean over the held-out samples", "[model][fold_race]") {
    const Line line;
    double sum = 0, count = 0;
    for (const Split& split : line.splits) {
        Net net({.inputs = 2, .hidden = 3, .outputs = 1});
        const Matrix<double> X = select_rows(line.X, split.train);
        const Matrix<double> Y = select_rows(line.Y, split.train);
        detail::fit_scaled<SquaredError>(net, {X, Y, {}}, {.epochs = 100, .weight_decay = 1e-3},
                                         1e-3);
        const auto rows = double(split.test.size());
        sum += rows * mean_loss(net, select_rows(line.X, split.test),
                                select_rows(line.Y, split.test), SquaredError{});
        count += rows;
    }
    CHECK_THAT(line.loss(3, 1e-3), WithinRel(sum / count, 1e-14));
}

TEST_CASE("fold race: a clearly worse trial is abandoned, with a loss above the best",
          "[model][fold_race]") {
    const Line line;
    const ModelSearchOptions options;
    detail::SearchControl control(options);
    Race race(line.X, line.Y, {}, line.splits, control);
    const double best = *race.loss(3, 1e-3, unbounded);
    const auto whole = [&](double weight_decay) { return line.loss(3, weight_decay); };
    // A trial is abandoned if its loss on the first folds is 15 percent above the best. Here one
    // decay is just below that limit, one just above it, and one far above it.
    CHECK(whole(2e-3) > 1.1 * best);
    CHECK(race.loss(3, 2e-3, best) == whole(2e-3));
    CHECK(whole(3e-3) < 1.4 * best);
    for (const double weight_decay : {3e-3, 10.0}) {
        const double given_up = *race.loss(3, weight_decay, best);
        CHECK(given_up > 1.15 * best);
        CHECK(given_up != whole(weight_decay));
    }
    CHECK(race.loss(3, 1e-3, best) == best);
}

TEST_CASE("fold race: threads change nothing, large folds only the rounding",
          "[model][fold_race]") {
    const Line line;
    const double loss = line.loss(4, 1e-2);
    CHECK(line.loss(4, 1e-2, 3) == loss);
    // Large folds are rows of weight zero instead of copies: the same sums with weights of one.
    CHECK_THAT(line.loss(4, 1e-2, 1, 0), WithinRel(loss, 1e-13));
}

TEST_CASE("fold race: an integer weight is a repeated row, in training and in the comparison",
          "[model][fold_race]") {
    Line weighted, repeated;
    weighted.splits.resize(5);
    repeated.splits = weighted.splits;
    // Row 60 is a copy of row 7, on the same side of each split.
    weighted.weights.assign(60, 1);
    weighted.weights[7] = 2;
    repeated.X.conservativeResize(61, 2);
    repeated.Y.conservativeResize(61, 1);
    repeated.X.row(60) = repeated.X.row(7);
    repeated.Y.row(60) = repeated.Y.row(7);
    for (Split& split : repeated.splits)
        (std::ranges::count(split.test, 7) > 0 ? split.test : split.train).push_back(60);
    // Trained until the gradient is 1e-3 of its initial size, both end near the same minimum.
    const double loss = repeated.loss(2, 1e-2);
    CHECK_THAT(weighted.loss(2, 1e-2), WithinRel(loss, 1e-3));
    CHECK_THAT(weighted.loss(2, 1e-2, 1, 0), WithinRel(loss, 1e-3));
    CHECK_THAT(Line().loss(2, 1e-2), !WithinRel(loss, 1e-3));
}

TEST_CASE("fold race: ends without a loss if the search does, with the best network so far",
          "[model][fold_race]") {
    const Line line;
    Index calls = 0;
    const ModelSearchOptions options{.callback = [&](const SearchProgress& p) {
        CHECK(p.step == calls % 15 + 1);
        return ++calls < 20;
    }};
    detail::SearchControl control(options);
    Race race(line.X, line.Y, {}, line.splits, control);
    REQUIRE(line.splits.size() == 15);
    CHECK(race.loss(3, 1e-3, unbounded).has_value());
    CHECK_FALSE(race.loss(2, 1e-3, unbounded).has_value());
    CHECK(calls == 20);
    CHECK(control.over());
    REQUIRE(race.best_net());
    CHECK(race.best_net()->shape().hidden == 3);
    CHECK(mean_loss(*race.best_net(), line.X, line.Y, SquaredError{}) <
          mean_loss(Net({2, 3, 1}), line.X, line.Y, SquaredError{}) / 4);
}
