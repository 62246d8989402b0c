// SPDX-License-Identifier: MIT
#include <twolayer/network/gradient.hpp>

#include <twolayer/network/net.hpp>

#include <cmath>
#include <functional>
#include <limits>

#include "catch.hpp"
#include "support/finite_differences.hpp"
#include "support/oracle.hpp"
#include "support/policies.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::WithinAbs;

namespace {

/// The loss as a function of theta, by the formulas of the whole batch.
template <typename Loss, typename Scalar, typename Problem>
std::function<Scalar(const Vector<Scalar>&)> loss_of_theta(const Problem& p,
                                                           const Vector<Scalar>& w) {
    return [&p, &w](const Vector<Scalar>& theta) {
        auto net = p.net;
        net.weights().theta() = theta;
        return test::whole_batch<Loss>(net, p.X, p.Y, w).loss;
    };
}

template <typename Scalar>
void require_close(const Vector<Scalar>& a, const Vector<Scalar>& b, Scalar allowed) {
    const Scalar error = (a - b).norm();
    INFO("error " << error << ", allowed " << allowed << ", |expected| " << b.norm());
    REQUIRE(b.norm() > 10 * allowed);  // at least one digit is checked, even in float
    REQUIRE(b.cwiseAbs().minCoeff() > 0);
    REQUIRE(error < allowed);
}

}  // namespace

TEMPLATE_TEST_CASE("gradient: agrees with central differences", "[network][gradient]", float,
                   double) {
    const bool biases = GENERATE(false, true), weighted = GENERATE(false, true);
    test::for_each_policies([&]<typename P>(P) {
        const test::Problem<TestType, typename P::Output> p(biases);
        const Vector<TestType> w = weighted ? p.w : Vector<TestType>();
        const auto [loss, gradient] = loss_and_gradient(p.net, p.X, p.Y, typename P::Loss{}, w);
        const Vector<TestType> expected = test::finite_difference_gradient<TestType>(
            loss_of_theta<typename P::Loss>(p, w), p.net.weights().theta());

        // Each difference quotient has an error of eps^(2/3) (1 + L): truncation plus rounding.
        require_close<TestType>(gradient.theta(), expected,
                                std::sqrt(TestType(expected.size())) *
                                    test::epsilon_to_thirds<TestType>(2) * (1 + loss));
    });
}

TEMPLATE_TEST_CASE("gradient: agrees with the formulas of the whole batch", "[network][gradient]",
                   float, double) {
    const bool biases = GENERATE(false, true), weighted = GENERATE(false, true);
    test::for_each_policies([&]<typename P>(P) {
        const test::Problem<TestType, typename P::Output> p(biases);
        const Vector<TestType> w = weighted ? p.w : Vector<TestType>();
        const auto [loss, gradient] = loss_and_gradient(p.net, p.X, p.Y, typename P::Loss{}, w);
        const auto expected = test::whole_batch<typename P::Loss>(p.net, p.X, p.Y, w);

        // Sums of at most N M = 35 products, each rounded a few times; their signs are mixed.
        const TestType eps = std::numeric_limits<TestType>::epsilon();
        require_close<TestType>(gradient.theta(), expected.gradient,
                                32 * eps * expected.gradient.norm());
        CHECK(std::abs(loss - expected.loss) < 32 * eps * expected.loss);
        CHECK(twolayer::mean_loss(p.net, p.X, p.Y, typename P::Loss{}, w) == loss);
    });
}

TEST_CASE("gradient: one weight per layer, by hand", "[network][gradient]") {
    // sigma(ln 3) = 3/4, so with X = Y = 1:
    //     W1 = ln 3      =>  H = ln 3,  Z    = 3/4
    //     W2 = 4/3 ln 3  =>  O = ln 3,  Yhat = 3/4,  L = 1/2 (1/4)^2
    const double ln3 = std::log(3.0);
    const Matrix<double> one = Matrix<double>::Ones(1, 1);
    TwoLayerNet<double> net({.inputs = 1, .hidden = 1, .outputs = 1, .biases = false});
    net.weights().theta() << ln3, 4.0 / 3.0 * ln3;

    const auto [L, gradient] = loss_and_gradient(net, one, one, SquaredError{});

    CHECK_THAT(L, WithinAbs(1.0 / 32.0, 1e-16));
    // Z delta2 with delta2 = -1/4 3/4 1/4 = -3/64;  X delta1 with delta1 = delta2 W2 3/16
    CHECK_THAT(gradient.W2()(0, 0), WithinAbs(-9.0 / 256.0, 1e-16));
    CHECK_THAT(gradient.W1()(0, 0), WithinAbs(-3.0 / 256.0 * ln3, 1e-16));
}

TEST_CASE("gradient: two samples with biases and cross-entropy, by hand", "[network][gradient]") {
    // W1 = ln 3, b1 = 0, X = (1, -1)   =>  H = (ln 3, -ln 3),  Z = (3/4, 1/4)
    // W2 = 4 ln 3, b2 = -2 ln 3        =>  O = (ln 3, -ln 3),  Yhat = (3/4, 1/4)
    // Y = (1, 1)  =>  L = -1/2 (log 3/4 + log 1/4),  delta2 = 1/2 (-1/4, -3/4)
    const double ln3 = std::log(3.0);
    const Matrix<double> X{{1}, {-1}}, Y{{1}, {1}};
    TwoLayerNet<double> net({.inputs = 1, .hidden = 1, .outputs = 1});
    net.weights().theta() << ln3, 0, 4 * ln3, -2 * ln3;

    const auto [L, gradient] = loss_and_gradient(net, X, Y, CrossEntropy{});

    CHECK_THAT(L, WithinAbs(-0.5 * std::log(3.0 / 16.0), 1e-15));
    CHECK_THAT(gradient.b2()(0), WithinAbs(-1.0 / 2.0, 1e-15));      // -1/8 - 3/8
    CHECK_THAT(gradient.W2()(0, 0), WithinAbs(-3.0 / 16.0, 1e-15));  // -3/4 1/8 - 1/4 3/8
    // delta1 = delta2 4 ln 3 3/16 = (-3/32, -9/32) ln 3
    CHECK_THAT(gradient.b1()(0), WithinAbs(-3.0 / 8.0 * ln3, 1e-15));
    CHECK_THAT(gradient.W1()(0, 0), WithinAbs(3.0 / 16.0 * ln3, 1e-15));
}

TEST_CASE("gradient: a softmax over two classes, by hand", "[network][gradient]") {
    // W1 = 0  =>  Z = 1/2;  W2 = (2 ln 3, 0)  =>  O = (ln 3, 0),  Yhat = (3/4, 1/4)
    // Y = (0, 1)  =>  R = Yhat - Y = (3/4, -3/4)
    const double ln3 = std::log(3.0);
    const Matrix<double> X{{2}}, Y{{0, 1}};
    TwoLayerNet<double, Softmax> net({.inputs = 1, .hidden = 1, .outputs = 2, .biases = false});
    net.weights().theta() << 0, 2 * ln3, 0;

    // delta2 = R;  delta1 = R_1 2 ln 3 1/4 = 3/8 ln 3
    const auto [L, gradient] = loss_and_gradient(net, X, Y, CrossEntropy{});
    CHECK_THAT(L, WithinAbs(std::log(4.0), 1e-15));
    CHECK_THAT(gradient.W2()(0, 0), WithinAbs(3.0 / 8.0, 1e-15));
    CHECK_THAT(gradient.W2()(0, 1), WithinAbs(-3.0 / 8.0, 1e-15));
    CHECK_THAT(gradient.W1()(0, 0), WithinAbs(3.0 / 4.0 * ln3, 1e-15));

    // R . Yhat = 3/8;  delta2 = Yhat .* (R - 3/8) = (9/32, -9/32)
    const auto squared = loss_and_gradient(net, X, Y, SquaredError{});
    CHECK_THAT(squared.loss, WithinAbs(9.0 / 16.0, 1e-15));
    CHECK_THAT(squared.gradient.W2()(0, 0), WithinAbs(9.0 / 64.0, 1e-15));
    CHECK_THAT(squared.gradient.W2()(0, 1), WithinAbs(-9.0 / 64.0, 1e-15));
    CHECK_THAT(squared.gradient.W1()(0, 0), WithinAbs(9.0 / 32.0 * ln3, 1e-15));
}

TEST_CASE("gradient: the whole gradient is the weighted mean over its batches",
          "[network][gradient]") {
    const test::Problem<double> p;
    const auto whole = loss_and_gradient(p.net, p.X, p.Y);
    const auto head = loss_and_gradient(p.net, p.X.topRows(3), p.Y.topRows(3));
    const auto tail = loss_and_gradient(p.net, p.X.bottomRows(4), p.Y.bottomRows(4));

    const Vector<double> mean = (3 * head.gradient.theta() + 4 * tail.gradient.theta()) / 7;
    CHECK_THAT(whole.loss, WithinAbs((3 * head.loss + 4 * tail.loss) / 7, 1e-15));
    CHECK(test::relative_distance(whole.gradient.theta(), mean) < 1e-14);
}

TEST_CASE("gradient: vanishes if the prediction equals the target", "[network][gradient]") {
    const test::Problem<double, Identity> p(true);
    const auto [L, gradient] = loss_and_gradient(p.net, p.X, p.net.predict(p.X));
    CHECK(L == 0.0);
    CHECK(gradient.theta().isZero(0.0));
}

TEST_CASE("gradient: the smallest network has one unit in each layer", "[network][gradient]") {
    test::for_each_policies([]<typename P>(P) {
        using Net = TwoLayerNet<double, typename P::Output>;
        const Index K = P::Output::min_outputs;
        Net net({.inputs = 1, .hidden = 1, .outputs = K});
        net.weights().theta().setLinSpaced(0.25, 1.5);
        const Matrix<double> X{{0.5}};
        Matrix<double> Y = Matrix<double>::Zero(1, K);
        Y(0, 0) = 1;

        const auto [loss, gradient] = loss_and_gradient(net, X, Y, typename P::Loss{});
        const auto expected = test::whole_batch<typename P::Loss>(net, X, Y);
        CHECK_THAT(loss, WithinAbs(expected.loss, 1e-15));
        CHECK(test::relative_distance(gradient.theta(), expected.gradient) < 1e-14);
    });
}
