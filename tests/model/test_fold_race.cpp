// SPDX-License-Identifier: MIT
#include <twolayer/data/cross_validate.hpp>
#include <twolayer/model/fold_race.hpp>

#include <optional>
#include <random>
#include <vector>

#include "catch.hpp"
#include "support/draw.hpp"

using namespace twolayer;

namespace {

using Net = TwoLayerNet<double, Identity>;
using Race = detail::FoldRace<Net, SquaredError>;

/// A noisy line, which any size learns; the larger the decay, the worse.
struct Line {
    Matrix<double> X{60, 2}, Y{60, 1};
    std::vector<Split> splits =
        detail::repeated_folds(std::vector<Index>(60, 0), std::optional<Index>(5), 1);

    Line() {
        std::mt19937_64 generator(3);
        X = test::draw<double>(generator, 60, 2, -1, 1);
        Y = X.col(0) - X.col(1) + test::draw<double>(generator, 60, 1, -0.1, 0.1);
    }

    Race race(int threads = 1, double max_bytes = Race::max_copied_bytes) const {
        return {X, Y, splits, 1, threads, max_bytes};
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
        detail::fit_scaled<SquaredError>(net, {X, Y, {}}, 1e-3, 1, 1e-3, {.epochs = 100});
        const auto rows = double(split.test.size());
        sum += rows * mean_loss(net, select_rows(line.X, split.test),
                                select_rows(line.Y, split.test), SquaredError{});
        count += rows;
    }
    CHECK_THAT(line.race().loss(3, 1e-3, unbounded),
               Catch::Matchers::WithinRel(sum / count, 1e-14));
}

TEST_CASE("fold race: a clear loser is given up, with a loss above the best",
          "[model][fold_race]") {
    const Line line;
    Race race = line.race();
    const double best = race.loss(3, 1e-3, unbounded);
    const auto whole = [&](double weight_decay) {
        return line.race().loss(3, weight_decay, unbounded);
    };
    // What is 15 percent above the best on the first folds is trained on no more of them. Here one
    // decay lies just below that, one not far above, and one far.
    CHECK(whole(2e-3) > 1.1 * best);
    CHECK(race.loss(3, 2e-3, best) == whole(2e-3));
    CHECK(whole(3e-3) < 1.4 * best);
    for (const double weight_decay : {3e-3, 10.0}) {
        const double given_up = race.loss(3, weight_decay, best);
        CHECK(given_up > 1.15 * best);
        CHECK(given_up != whole(weight_decay));
    }
    CHECK(race.loss(3, 1e-3, best) == best);
}

TEST_CASE("fold race: threads change nothing, large folds only the rounding",
          "[model][fold_race]") {
    const Line line;
    const double loss = line.race().loss(4, 1e-2, unbounded);
    CHECK(line.race(3).loss(4, 1e-2, unbounded) == loss);
    // Rows of weight zero instead of copies: the same rows in the same tile, times a weight of one.
    CHECK_THAT(line.race(1, 0).loss(4, 1e-2, unbounded), Catch::Matchers::WithinRel(loss, 1e-13));
}
