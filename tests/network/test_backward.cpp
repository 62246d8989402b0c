// SPDX-License-Identifier: MIT
#include <twolayer/network/backward.hpp>

#include <twolayer/network/net.hpp>

#include <limits>
#include <stdexcept>

#include "catch.hpp"
#include "support/oracle.hpp"
#include "support/problem.hpp"

using namespace twolayer;

namespace {

template <typename Loss, typename Output>
void require_formulas(bool biases, Index N, bool weighted) {
    const test::Problem<double, Output> p(biases, N);
    Vector<double> w = weighted ? p.w : Vector<double>();
    if (weighted)
        w(1) = w(N - 1) = 0;
    const auto expected = test::whole_batch<Loss>(p.net, p.X, p.Y, w);
    const auto pass = backward(p.net, p.X, p.Y, Loss{}, w);
    const auto [L, gradient] = loss_and_gradient(p.net, p.X, p.Y, Loss{}, w);

    // A few roundings of each entry. In the oracle, 1 - Yhat cancels if Yhat is near one.
    const double allowed = 64 * std::numeric_limits<double>::epsilon();
    CHECK(test::relative_distance(pass.delta2, expected.delta2) < allowed);
    CHECK(test::relative_distance(pass.delta1, expected.delta1) < allowed);
    CHECK(pass.dW1 == gradient.W1());
    CHECK(pass.db1 == gradient.b1());
    CHECK(pass.dW2 == gradient.W2());
    CHECK(pass.db2 == gradient.b2());
    CHECK(pass.delta1.row(1).isZero(0) == weighted);
    CHECK(pass.delta2.row(N - 1).isZero(0) == weighted);
}

}  // namespace

TEST_CASE("backward: deltas agree with the formulas, gradients equal loss_and_gradient",
          "[network][backward]") {
    const bool biases = GENERATE(false, true), weighted = GENERATE(false, true);
    const Index N = GENERATE(7, 300);  // one tile, and more
    require_formulas<SquaredError, Sigmoid>(biases, N, weighted);
    require_formulas<CrossEntropy, Softmax>(biases, N, weighted);
}

TEST_CASE("backward: refuses the same arguments as loss_and_gradient", "[network][backward]") {
    const test::Problem<double> p;
    CHECK_THROWS_AS(backward(p.net, p.Y, p.Y), std::invalid_argument);
    CHECK_THROWS_AS(backward(p.net, p.X, p.X), std::invalid_argument);
    CHECK_THROWS_AS(backward(p.net, p.X, p.Y, SquaredError{}, Vector<double>::Zero(7)),
                    std::invalid_argument);
}
