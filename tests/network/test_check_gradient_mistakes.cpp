// SPDX-License-Identifier: MIT
#include <twolayer/network/check_gradient.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "support/oracle.hpp"
#include "support/problem.hpp"

using namespace twolayer;

namespace {

using Net = TwoLayerNet<double>;

/// D = M = K, so that the shapes do not prevent any mistake.
struct Square : test::Problem<double> {
    Square() : Problem({.inputs = 3, .hidden = 3, .outputs = 3}, 4) {}

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
    // A mistake is larger than rounding: a correct gradient is within 1e-8 of the differences.
    REQUIRE(report.largest_relative_error > 1e-3);
    REQUIRE(report.normwise_relative_error > 1e-3);
    REQUIRE(std::abs(report.worst.closed_form - report.worst.numeric) > report.worst.allowed);
}

}  // namespace

TEST_CASE("check_gradient: detects mistakes in a derivation", "[network][check_gradient]") {
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

TEST_CASE("check_gradient: names the weight whose gradient is wrong", "[network][check_gradient]") {
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
    CHECK(std::abs(entry.numeric - right.W1()(2, 3)) < 1e-8);  // eps^(2/3) is 4e-11
}
