// SPDX-License-Identifier: MIT
#include <twolayer/network/forward.hpp>

#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>

#include <cmath>
#include <limits>
#include <tuple>

#include "catch.hpp"
#include "support/oracle.hpp"
#include "support/problem.hpp"

using namespace twolayer;

namespace {

using Net = TwoLayerNet<double>;

LossAndGradient<Net> in_tiles(const test::Problem<double>& p, const Vector<double>& w,
                              Index tile_rows) {
    Workspace<Net> workspace(p.net.shape(), tile_rows);
    LossAndGradient<Net> result{0, Net::Weights(p.net.shape())};
    result.loss = loss_and_gradient(p.net, p.X, p.Y, CrossEntropy{}, w, workspace, result.gradient);
    return result;
}

}  // namespace

TEST_CASE("tile sum: many small tiles give the result of a single tile", "[network][tile_sum]") {
    // N = 7 has 3 tiles or more. N = 131 has 44, 66 or 131 tiles, in 11 parts or the maximum of 16.
    // 2 and 3 divide neither N, so the last tile is not full.
    const Index N = GENERATE(7, 131), tile_rows = GENERATE(1, 2, 3);
    const int weighting = GENERATE(0, 1, 2);
    const test::Problem<double> p(true, N);
    Vector<double> w = weighting == 0 ? Vector<double>() : p.w;
    if (weighting == 2)  // some tiles have no sample with a weight, others a few
        for (Index n = 0; n < N; ++n) w(n) = n % 7 < 4 ? 0 : p.w(n);

    const auto many = in_tiles(p, w, tile_rows), one = in_tiles(p, w, N);
    const auto expected = test::whole_batch<CrossEntropy>(p.net, p.X, p.Y, w);

    // Each entry is a sum of at most 131 terms: less than 131 roundings of mixed sign.
    const double allowed = 131 * std::numeric_limits<double>::epsilon();
    const double error = test::relative_distance(many.gradient.theta(), one.gradient.theta());
    const double from_oracle = test::relative_distance(many.gradient.theta(), expected.gradient);
    INFO("relative error " << error << " and " << from_oracle << ", allowed " << allowed);
    CHECK(error < allowed);
    CHECK(from_oracle < allowed);
    CHECK(std::abs(many.loss - one.loss) < allowed * one.loss);
    CHECK(std::abs(many.loss - expected.loss) < allowed * expected.loss);
}

TEST_CASE("tile sum: the same call gives the same bits after any other call",
          "[network][tile_sum]") {
    // With tiles of 3 rows, 40 and 53 samples are 3 and 4 parts, 29 are 2, and 131 are 11.
    const test::Problem<double> p(true, GENERATE(40, 53)), other(true, GENERATE(29, 131));
    Workspace<Net> workspace(p.net.shape(), 3);
    const auto first = in_tiles(p, p.w, 3);
    Net::Weights gradient(p.net.shape());
    for (int run = 0; run < 3; ++run) {
        gradient.theta().setConstant(1e300);
        const double loss =
            loss_and_gradient(p.net, p.X, p.Y, CrossEntropy{}, p.w, workspace, gradient);
        CHECK(loss == first.loss);
        CHECK(gradient.theta() == first.gradient.theta());
        loss_and_gradient(p.net, other.X, other.Y, SquaredError{}, {}, workspace, gradient);
        std::ignore = p.net.predict(other.X);
    }
}

TEST_CASE("tile sum: the loss has the same bits with and without its gradient",
          "[network][tile_sum]") {
    const test::Problem<double> p(false, 53);
    Workspace<Net> workspace(p.net.shape(), 2);
    CHECK(mean_loss(p.net, p.X, p.Y, CrossEntropy{}, p.w, workspace) == in_tiles(p, p.w, 2).loss);
}

TEST_CASE("tile sum: default tiles sum a thousand samples to rounding", "[network][tile_sum]") {
    const test::Problem<float> p(true, 1031);
    const detail::TileMemory<TwoLayerNet<float>> memory(p.net.shape());
    REQUIRE(1031 % memory.tile_rows() != 0);
    REQUIRE(1031 > 2 * memory.tile_rows());

    // Sums of 1031 terms in parts, with far fewer sequential roundings than terms.
    const auto [loss, gradient] = loss_and_gradient(p.net, p.X, p.Y, SquaredError{}, p.w);
    const auto expected = test::whole_batch<SquaredError>(
        p.net.cast<double>(), Matrix<double>(p.X.cast<double>()),
        Matrix<double>(p.Y.cast<double>()), Vector<double>(p.w.cast<double>()));
    const float allowed = 16 * std::numeric_limits<float>::epsilon();
    CHECK(test::relative_distance(gradient.theta(), expected.gradient.cast<float>()) < allowed);
    CHECK(std::abs(loss - float(expected.loss)) < allowed * loss);
}
