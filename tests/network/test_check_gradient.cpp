// SPDX-License-Identifier: MIT
#include <twolayer/network/check_gradient.hpp>

#include <twolayer/network/net.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "catch.hpp"
#include "support/policies.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::StartsWith;

TEMPLATE_TEST_CASE("check_gradient: passes for every output and loss", "[network][check_gradient]",
                   float, double) {
    const bool biases = GENERATE(false, true), weighted = GENERATE(false, true);
    test::for_each_policies([&]<typename P>(P) {
        const test::Problem<TestType, typename P::Output> p(biases);
        const Vector<TestType> w = weighted ? p.w : Vector<TestType>();
        const auto report = check_gradient(p.net, p.X, p.Y, typename P::Loss{}, w);
        INFO("largest error " << report.largest_relative_error << ", worst in "
                              << report.worst.layer);
        CHECK(report.passed);
        // Differences are in double, so the error is their eps^(2/3) and the rounding to TestType.
        const TestType eps = std::numeric_limits<TestType>::epsilon();
        const TestType direct = mean_loss(p.net, p.X, p.Y, typename P::Loss{}, w);
        CHECK(std::abs(report.loss - direct) < 16 * eps * direct);
        CHECK(report.largest_relative_error < std::max(TestType(1e-8), 16 * eps));
        // Entries below the root mean square are compared with that, so the sum of squares at most
        // doubles.
        CHECK(report.normwise_relative_error <=
              report.largest_relative_error * std::sqrt(TestType(2)));
    });
}

TEST_CASE("check_gradient: extrapolation removes the truncation error",
          "[network][check_gradient]") {
    // With inputs of size 200, the third derivatives are 200^2 times the first. Without
    // extrapolation, the differences err by h^2 200^2 = 1e-6 of that. With it, only rounding
    // remains, eps^(2/3).
    test::Problem<double> p(true);
    p.X *= 200;
    p.net.weights().W1() /= 200;
    const auto report = check_gradient(p.net, p.X, p.Y, CrossEntropy{});
    INFO("largest error " << report.largest_relative_error);
    CHECK(report.passed);
    CHECK(report.largest_relative_error < 1e-9);
}

TEST_CASE("check_gradient: does not pass if all gradients are zero", "[network][check_gradient]") {
    const test::Problem<double, Identity> p;
    const auto report = check_gradient(p.net, p.X, p.net.predict(p.X));
    CHECK_FALSE(report.passed);
    CHECK(report.loss == 0);

    // Zero weights and a dead input: every entry is zero on both sides.
    const TwoLayerNet<double> zero({.inputs = 3, .hidden = 5, .outputs = 2, .biases = false});
    const Matrix<double> half = Matrix<double>::Constant(7, 2, 0.5);
    CHECK_FALSE(check_gradient(zero, p.X, half).passed);

    // Without inputs and weights, the loss is equal on both sides, so every difference is 0.
    const TwoLayerNet<double, Identity> flat(
        {.inputs = 3, .hidden = 5, .outputs = 2, .biases = false});
    const auto none = check_gradient(flat, Matrix<double>::Zero(7, 3), Matrix<double>::Zero(7, 2));
    CHECK_FALSE(none.passed);
    CHECK(none.largest_relative_error == 0);
    CHECK(none.normwise_relative_error == 0);
}

TEST_CASE("check_gradient: does not pass a zero gradient of a loss that has a slope",
          "[network][check_gradient]") {
    const test::Problem<double> p;
    const Weights<double> nothing(p.net.shape());
    const auto report = check_gradient(p.net, p.X, p.Y, SquaredError{}, {}, nothing);
    CHECK_FALSE(report.passed);
    CHECK(report.normwise_relative_error == 1);
}

TEST_CASE("check_gradient: tolerates the rounding of the loss, and no more",
          "[network][check_gradient]") {
    // Allowed are 16 roundings of a loss over h = eps^(1/3) max(1, |theta_i|), where no weight is
    // above one, and the truncation. For a loss below 1, the bound does not become smaller.
    test::Problem<double, Identity> p(true);
    const Matrix<double> Yhat = p.net.predict(p.X);
    for (const double distance : {1e-3, 1e4}) {
        p.Y = Yhat.array() + distance;
        const auto report = check_gradient(p.net, p.X, p.Y);
        CHECK(report.passed);
        const double eps = std::numeric_limits<double>::epsilon();
        const double rounding = eps * std::max(1.0, report.loss) / std::cbrt(eps);
        INFO("loss " << report.loss << ", allowed " << report.worst.allowed);
        CHECK(report.worst.allowed > 15 * rounding);
        CHECK(report.worst.allowed < 64 * rounding);
    }
}

TEST_CASE("check_gradient: tolerates the rounding of a float gradient",
          "[network][check_gradient]") {
    // The differences are in double, so 16 eps (1 + L + max_i |closed_i|) is allowed.
    const test::Problem<float, Identity> p(true);
    auto g = loss_and_gradient(p.net, p.X, p.Y).gradient;
    const auto check = [&] { return check_gradient(p.net, p.X, p.Y, SquaredError{}, {}, g); };
    const auto require_allowed = [](const auto& report, float largest) {
        const float eps = std::numeric_limits<float>::epsilon();
        const float rounding = 16 * eps * (1 + report.loss + largest);
        INFO("allowed " << report.worst.allowed << ", rounding " << rounding);
        CHECK(report.worst.allowed >= rounding * (1 - eps));
        CHECK(report.worst.allowed < rounding * 1.02f);  // 2 % for the errors of the differences
    };
    const auto right = check();
    CHECK(right.passed);
    CHECK_FALSE(right.worst.layer.empty());
    require_allowed(right, g.theta().cwiseAbs().maxCoeff());

    g.theta()(0) = -100;
    auto wrong = check();
    CHECK(wrong.worst.closed_form == -100);
    CHECK(wrong.largest_relative_error == (wrong.worst.numeric + 100) / 100);
    require_allowed(wrong, 100);

    g.theta()(1) = std::numeric_limits<float>::quiet_NaN();
    wrong = check();
    CHECK(std::isnan(wrong.worst.closed_form));
    require_allowed(wrong, 100);
}

TEST_CASE("check_gradient: refuses shapes that do not match", "[network][check_gradient]") {
    const test::Problem<double> p(true);
    CHECK_THROWS_AS(check_gradient(p.net, p.Y, p.Y), std::invalid_argument);
    const Weights<double> without_biases({.inputs = 3, .hidden = 5, .outputs = 2, .biases = false});
    CHECK_THROWS_WITH(
        check_gradient(p.net, p.X, p.Y, SquaredError{}, {}, without_biases),
        StartsWith("the gradient is for 3 - 5 - 2 without biases, the network is 3 - 5 - 2 with "
                   "biases"));
}
