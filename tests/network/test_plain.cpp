// SPDX-License-Identifier: MIT
//
// Tests the plain formulas alone. test_gradient and test_backward compare the library with them.
#include <twolayer/plain.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "support/finite_differences.hpp"
#include "support/oracle.hpp"
#include "support/policies.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::WithinAbs;

TEMPLATE_TEST_CASE("plain: the gradient agrees with central differences", "[network][plain]", float,
                   double, long double) {
    using Scalar = TestType;
    test::for_each_policies([]<typename P>(P) {
        const test::Problem<Scalar, typename P::Output> p(true);
        const auto output = test::kind_of(typename P::Output{});
        const auto loss = test::kind_of(typename P::Loss{});
        const auto weights_of = [&p](const Vector<Scalar>& theta) {
            Weights<Scalar> weights(p.net.shape());
            weights.theta() = theta;
            return test::oracle::plain_weights(weights);
        };
        const auto L = [&](const Vector<Scalar>& theta) {
            return plain::mean_loss(weights_of(theta), p.X, p.Y, output, loss);
        };
        const Vector<Scalar> theta = p.net.weights().theta();
        const Vector<Scalar> gradient = test::oracle::as_vector(
            plain::backward(weights_of(theta), p.X, p.Y, output, loss), p.net.shape());
        const Vector<Scalar> numeric = test::finite_difference_gradient<Scalar>(L, theta);

        // Each difference quotient has an error of eps^(2/3) (1 + L): truncation plus rounding.
        const Scalar allowed =
            std::sqrt(Scalar(theta.size())) * test::epsilon_to_thirds<Scalar>(2) * (1 + L(theta));
        const Scalar error = (gradient - numeric).norm();
        INFO("error " << double(error) << ", allowed " << double(allowed));
        REQUIRE(numeric.norm() > 10 * allowed);  // at least one digit is checked, even in float
        REQUIRE(error < allowed);
    });
}

TEST_CASE("plain: one weight per layer, by hand", "[network][plain]") {
    // sigma(ln 3) = 3/4, so with X = (1, 1) and Y = (1, 1):
    //     W1 = ln 3, b1 = 0          =>  H = ln 3, Z    = 3/4
    //     W2 = 4 ln 3, b2 = -2 ln 3  =>  O = ln 3, Yhat = 3/4, L = 1/2 (1/4)^2
    const double ln3 = std::log(3.0), eps = std::numeric_limits<double>::epsilon();
    const Matrix<double> X{{1}, {1}}, Y{{1}, {1}};
    const plain::Weights<double> weights{Matrix<double>{{ln3}}, plain::Row<double>{{0}},
                                         Matrix<double>{{4 * ln3}}, plain::Row<double>{{-2 * ln3}}};

    CHECK_THAT(plain::mean_loss(weights, X, Y), WithinAbs(1.0 / 32, eps));
    // delta2 = 1/2 (-1/4 3/4 1/4) = -3/128,  delta1 = delta2 4 ln 3 3/16 = -9/512 ln 3
    const auto pass = plain::backward(weights, X, Y);
    CHECK_THAT(pass.delta2(1, 0), WithinAbs(-3.0 / 128, eps));
    CHECK_THAT(pass.delta1(1, 0), WithinAbs(-9.0 / 512 * ln3, eps));
    CHECK_THAT(pass.dW2(0, 0), WithinAbs(-9.0 / 256, eps));
    CHECK_THAT(pass.db2(0), WithinAbs(-3.0 / 64, eps));
    CHECK_THAT(pass.dW1(0, 0), WithinAbs(-9.0 / 256 * ln3, eps));
    CHECK_THAT(pass.db1(0), WithinAbs(-9.0 / 256 * ln3, eps));
}
