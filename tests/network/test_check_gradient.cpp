// SPDX-License-Identifier: MIT
#include <twolayer/network/check_gradient.hpp>

#include <twolayer/network/net.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "catch.hpp"
#include "support/oracle.hpp"
#include "support/policies.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::StartsWith;

namespace {

using Net = TwoLayerNet<double>;

/// D = M = K, so that a gradient may be wrong in ways that the shapes allow.
struct Square {
    Net net{{.inputs = 3, .hidden = 3, .outputs = 3}};
    Matrix<double> X, Y;

    Square() {
        std::mt19937 generator(7);
        net.weights().theta() = test::draw<double>(generator, net.weights().size(), 1, -1, 1);
        X = test::draw<double>(generator, 4, 3, -1, 1);
        Y = test::draw<double>(generator, 4, 3, 0, 1);
    }

    test::WholeBatch<double> batch() const { return test::whole_batch<SquaredError>(net, X, Y); }

    /// The gradient that follows from these deltas.
    Net::Weights gradient(const Matrix<double>& delta1, const Matrix<double>& delta2) const {
        Net::Weights g(net.shape());
        g.W1() = X.transpose() * delta1;
        g.b1() = delta1.colwise().sum();
        g.W2() = batch().Z.transpose() * delta2;
        g.b2() = delta2.colwise().sum();
        return g;
    }

    GradientCheck<double> check(const Net::Weights& g) const {
        return check_gradient(net, X, Y, SquaredError{}, {}, g);
    }
};

void require_refused(const GradientCheck<double>& report) {
    INFO("worst: " << report.worst.layer << "(" << report.worst.row << ", " << report.worst.column
                   << ") closed " << report.worst.closed_form << ", numeric "
                   << report.worst.numeric);
    REQUIRE_FALSE(report.passed);
    REQUIRE(report.largest_relative_error > 1e-3);
    REQUIRE(report.normwise_relative_error > 1e-3);
    REQUIRE(std::abs(report.worst.closed_form - report.worst.numeric) > report.worst.allowed);
}

}  // namespace

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
        // Differences in double: what is left is eps^(2/3) of them and the rounding of a float.
        const TestType eps = std::numeric_limits<TestType>::epsilon();
        const TestType direct = mean_loss(p.net, p.X, p.Y, typename P::Loss{}, w);
        CHECK(std::abs(report.loss - direct) < 16 * eps * direct);
        CHECK(report.largest_relative_error < std::max(TestType(1e-8), 16 * eps));
        CHECK(report.normwise_relative_error <= report.largest_relative_error * 2);
    });
}

TEST_CASE("check_gradient: the truncation of its differences is taken off",
          "[network][check_gradient]") {
    // With inputs of size 200 the third derivatives are 200^2 times the first: without
    // extrapolation the differences are wrong by h^2 200^2 = 1e-6 of that. What is left is
    // rounding, eps^(2/3).
    test::Problem<double> p(true);
    p.X *= 200;
    p.net.weights().W1() /= 200;
    const auto report = check_gradient(p.net, p.X, p.Y, CrossEntropy{});
    INFO("largest error " << report.largest_relative_error);
    CHECK(report.passed);
    CHECK(report.largest_relative_error < 1e-9);
}

TEST_CASE("check_gradient: refuses a derivation with a mistake", "[network][check_gradient]") {
    const Square s;
    const auto batch = s.batch();
    const Matrix<double>&delta1 = batch.delta1, &delta2 = batch.delta2, &Z = batch.Z;
    const Matrix<double> W2 = s.net.weights().W2();
    const auto slope = [](const Matrix<double>& A) -> Matrix<double> {
        return A.array() * (1 - A.array());
    };
    const auto back = [&](const Matrix<double>& to_output) -> Matrix<double> {
        return (to_output * W2.transpose()).cwiseProduct(slope(Z));
    };
    REQUIRE(s.check(s.gradient(delta1, delta2)).passed);

    SECTION("a wrong sign") {
        Net::Weights g = s.gradient(delta1, delta2);
        g.theta() = -g.theta();
        require_refused(s.check(g));
    }
    SECTION("the slope of the output lost") {
        const Matrix<double> wrong = (batch.Yhat - s.Y) / 4;
        require_refused(s.check(s.gradient(back(wrong), wrong)));
    }
    SECTION("the slope of the hidden units lost") {
        require_refused(s.check(s.gradient(delta2 * W2.transpose(), delta2)));
    }
    SECTION("the transpose of W2 lost") {
        const Matrix<double> wrong = (delta2 * W2).cwiseProduct(slope(Z));
        const auto report = s.check(s.gradient(wrong, delta2));
        require_refused(report);
        CHECK((report.worst.layer == "W1" || report.worst.layer == "b1"));
    }
    SECTION("the derivative taken at the value instead of through it") {
        const Matrix<double> wrong = (delta2 * W2.transpose()).cwiseProduct(slope(plain::sigma(Z)));
        require_refused(s.check(s.gradient(wrong, delta2)));
    }
    SECTION("the factor 1/N lost") {
        require_refused(s.check(s.gradient(4 * delta1, 4 * delta2)));
    }
    SECTION("the bias forgotten") {
        Net::Weights g = s.gradient(delta1, delta2);
        g.b2().setZero();
        const auto report = s.check(g);
        require_refused(report);
        CHECK(report.worst.layer == "b2");
    }
    SECTION("the layers swapped") {
        Net::Weights g = s.gradient(delta1, delta2);
        const Matrix<double> dW1 = g.W1();
        g.W1() = g.W2();
        g.W2() = dW1;
        require_refused(s.check(g));
    }
}

TEST_CASE("check_gradient: names the one weight that is wrong", "[network][check_gradient]") {
    const test::Problem<double> p(true);
    const auto right = loss_and_gradient(p.net, p.X, p.Y).gradient;
    const auto worst_after = [&](auto change) {
        auto wrong = right;
        change(wrong);
        const auto report = check_gradient(p.net, p.X, p.Y, SquaredError{}, {}, wrong);
        REQUIRE_FALSE(report.passed);
        return report.worst;
    };
    const auto is_at = [](const auto& entry, std::string_view layer, Index row, Index column) {
        INFO(entry.layer << "(" << entry.row << ", " << entry.column << ")");
        CHECK(entry.layer == layer);
        CHECK(entry.row == row);
        CHECK(entry.column == column);
    };
    const double tiny = 1e-6;
    is_at(worst_after([&](auto& g) { g.W1()(2, 3) += tiny; }), "W1", 2, 3);
    is_at(worst_after([&](auto& g) { g.b1()(4) -= tiny; }), "b1", 0, 4);
    is_at(worst_after([&](auto& g) { g.W2()(3, 1) += tiny; }), "W2", 3, 1);
    is_at(worst_after([&](auto& g) { g.b2()(1) -= tiny; }), "b2", 0, 1);

    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    is_at(worst_after([&](auto& g) { g.W1()(1, 2) = nan; }), "W1", 1, 2);
    is_at(worst_after([&](auto& g) { g.W2()(0, 1) = -infinity; }), "W2", 0, 1);

    const auto entry = worst_after([&](auto& g) { g.W1()(2, 3) += 0.5; });
    CHECK(entry.closed_form == right.W1()(2, 3) + 0.5);
    CHECK(std::abs(entry.numeric - right.W1()(2, 3)) < 1e-8);
}

TEST_CASE("check_gradient: does not pass where there is nothing to compare",
          "[network][check_gradient]") {
    const test::Problem<double, Identity> p;
    const auto report = check_gradient(p.net, p.X, p.net.predict(p.X));
    CHECK_FALSE(report.passed);
    CHECK(report.loss == 0);

    // Zero weights and a dead input: every entry is zero on both sides.
    const TwoLayerNet<double> zero({.inputs = 3, .hidden = 5, .outputs = 2, .biases = false});
    const Matrix<double> half = Matrix<double>::Constant(7, 2, 0.5);
    CHECK_FALSE(check_gradient(zero, p.X, half).passed);

    // Without inputs and weights the loss is as high on either side: every difference is 0.
    const TwoLayerNet<double, Identity> flat(
        {.inputs = 3, .hidden = 5, .outputs = 2, .biases = false});
    const auto none = check_gradient(flat, Matrix<double>::Zero(7, 3), Matrix<double>::Zero(7, 2));
    CHECK_FALSE(none.passed);
    CHECK(none.largest_relative_error == 0);
    CHECK(none.normwise_relative_error == 0);
}

TEST_CASE("check_gradient: a zero gradient of a loss with slope does not pass",
          "[network][check_gradient]") {
    const test::Problem<double> p;
    const Net::Weights nothing(p.net.shape());
    const auto report = check_gradient(p.net, p.X, p.Y, SquaredError{}, {}, nothing);
    CHECK_FALSE(report.passed);
    CHECK(report.normwise_relative_error == 1);
}

TEST_CASE("check_gradient: allows what the rounding of the loss explains, and no more",
          "[network][check_gradient]") {
    // Four losses rounded, over h = eps^(1/3); the parts of a loss below 1 are no smaller than
    // that.
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

TEST_CASE("check_gradient: allows a float gradient its own rounding", "[network][check_gradient]") {
    // The differences are taken in double, so what is allowed is 16 eps (1 + L + max_i |closed_i|).
    const test::Problem<float, Identity> p(true);
    auto g = loss_and_gradient(p.net, p.X, p.Y).gradient;
    const auto check = [&] { return check_gradient(p.net, p.X, p.Y, SquaredError{}, {}, g); };
    const auto require_allowed = [](const auto& report, float largest) {
        const float eps = std::numeric_limits<float>::epsilon();
        const float rounding = 16 * eps * (1 + report.loss + largest);
        INFO("allowed " << report.worst.allowed << ", rounding " << rounding);
        CHECK(report.worst.allowed >= rounding * (1 - eps));
        CHECK(report.worst.allowed < rounding * 1.02f);
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

TEST_CASE("check_gradient: refuses shapes that do not fit", "[network][check_gradient]") {
    const test::Problem<double> p(true);
    CHECK_THROWS_AS(check_gradient(p.net, p.Y, p.Y), std::invalid_argument);
    const Net::Weights without_biases({.inputs = 3, .hidden = 5, .outputs = 2, .biases = false});
    CHECK_THROWS_WITH(
        check_gradient(p.net, p.X, p.Y, SquaredError{}, {}, without_biases),
        StartsWith("the gradient is for 3 - 5 - 2 without biases, the network is 3 - 5 - 2 with "
                   "biases"));
}
