// SPDX-License-Identifier: MIT
#include <twolayer/network/forward.hpp>

#include <twolayer/network/net.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::WithinAbs;

TEST_CASE("forward: one weight per layer, by hand", "[network][forward]") {
    // sigma(ln 3) = 3/4;  X = 2, W1 = ln 3, b1 = -ln 3  =>  H = ln 3, Z = 3/4
    // W2 = 4 ln 3, b2 = -4 ln 3                         =>  O = -ln 3, Yhat = 1/4
    const double ln3 = std::log(3.0);
    TwoLayerNet<double> net({.inputs = 1, .hidden = 1, .outputs = 1});
    net.weights().theta() << ln3, -ln3, 4 * ln3, -4 * ln3;
    const auto pass = net.forward(Matrix<double>{{2}});
    CHECK_THAT(pass.H(0, 0), WithinAbs(ln3, 1e-15));
    CHECK_THAT(pass.Z(0, 0), WithinAbs(0.75, 1e-15));
    CHECK_THAT(pass.O(0, 0), WithinAbs(-ln3, 1e-15));
    CHECK_THAT(pass.Yhat(0, 0), WithinAbs(0.25, 1e-15));
}

TEST_CASE("forward: every row is visited once, in order, with its complements",
          "[network][forward]") {
    const test::Problem<double> p(true, 23);
    const auto whole = p.net.forward(p.X);
    detail::TileMemory<TwoLayerNet<double>> memory(p.net.shape(), 5);
    std::vector<Index> firsts;
    Index rows = 0;
    detail::forward_tiles(p.net, p.X, memory, [&](Index first, const Tile<double>& tile) {
        firsts.push_back(first);
        REQUIRE(first == rows);
        rows += tile.rows;
        for (Index n = 0; n < tile.rows; ++n) {
            CHECK(tile.X(n, 2) == p.X(first + n, 2));
            CHECK_THAT(tile.H(n, 4), WithinAbs(whole.H(first + n, 4), 1e-15));
            CHECK_THAT(tile.Z(n, 4) + tile.one_minus_Z(n, 4), WithinAbs(1, 1e-15));
            CHECK_THAT(tile.Yhat(n, 1) + tile.one_minus_Yhat(n, 1), WithinAbs(1, 1e-15));
        }
    });
    CHECK(rows == 23);
    CHECK(firsts == std::vector<Index>{0, 5, 10, 15, 20});
}
