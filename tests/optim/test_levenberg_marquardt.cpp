// SPDX-License-Identifier: MIT
#include <twolayer/optim/levenberg_marquardt.hpp>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/draw.hpp"
#include "support/methods.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::WithinRel;

namespace {

using C = ConstTheta<double>;
using T = Theta<double>;

/// A function that records the points at which only its value is evaluated, and counts matrices.
template <typename F>
struct Watched {
    F f;
    std::vector<double> tried = {};  ///< their first entries
    int matrices = 0;

    double operator()(C theta) {
        tried.push_back(theta(0));
        return f(theta);
    }
    double operator()(C theta, T gradient, Matrix<double>& A) {
        ++matrices;
        return f(theta, gradient, A);
    }
};

/// 1/2 (2 x - 2)^2
const test::LeastSquares<double> line(1, 1, [](const auto* x, auto* r) { r[0] = 2 * x[0] - 2; });

/// 1/2 (atan x)^2
struct Arctangent {
    double operator()(C x) const { return std::atan(x(0)) * std::atan(x(0)) / 2; }
    double operator()(C x, T gradient, Matrix<double>& A) const {
        const double slope = 1 / (1 + x(0) * x(0));
        gradient(0) = std::atan(x(0)) * slope;
        A(0, 0) = slope * slope;
        return (*this)(x);
    }
};

double value_at(double x) {
    return Arctangent{}({&x, 1});
}
double g_at(double x) {
    return std::atan(x) / (1 + x * x);
}
double A_at(double x) {
    return std::pow(1 + x * x, -2);
}

/// 1/2 |B x - c|^2 with n = 7 and 12 residuals.
struct Linear {
    Matrix<double> B;
    Vector<double> c;

    Linear() {
        std::mt19937 generator(2);
        B = test::draw<double>(generator, 12, 7, -1, 1);
        c = test::draw<double>(generator, 12, 1, -1, 1);
    }

    double operator()(C x) const { return (B * x - c).squaredNorm() / 2; }
    double operator()(C x, T gradient, Matrix<double>& A) const {
        gradient = B.transpose() * (B * x - c);
        A.triangularView<Eigen::Lower>() = B.transpose() * B;
        return (*this)(x);
    }
};

}  // namespace

TEST_CASE("Levenberg-Marquardt: the first two steps by hand", "[optim][levenberg_marquardt]") {
    // From 0: g = -4, A = 4, mu = 1 A. d = 4 / (4 + 4) = 1/2. f falls from 2 to 1/2, as the
    // quadratic model predicts: 1/2 d (mu d - g) = 3/2. So mu becomes 4/3, g is -2, and
    // d = 2 / (4 + 4/3) = 3/8.
    const LevenbergMarquardt settings{.damping = 1};
    LevenbergMarquardt::State<double> state(settings, 1);
    Vector<double> theta{{0}};
    CHECK_FALSE(state.step(settings, line, theta));
    CHECK_THAT(theta(0), WithinRel(0.5, 1e-15));
    CHECK_THAT(state.iterate().value, WithinRel(0.5, 1e-14));
    CHECK_THAT(state.iterate().gradient_norm, WithinRel(2.0, 1e-14));
    CHECK_FALSE(state.step(settings, line, theta));
    CHECK_THAT(theta(0), WithinRel(0.875, 1e-14));
}

TEST_CASE("Levenberg-Marquardt: a step that raises the value is damped without a new matrix",
          "[optim][levenberg_marquardt]") {
    // r = atan x from 10, where the Gauss-Newton step is 100 times too long. mu is 0.01 A, then 2,
    // 2 4, 2 4 8, ... times that.
    Watched<Arctangent> f{{}};
    const LevenbergMarquardt settings;
    LevenbergMarquardt::State<double> state(settings, 1);
    Vector<double> theta{{10}};
    const double g = g_at(10), A = A_at(10);

    CHECK_FALSE(state.step(settings, f, theta));
    std::vector<double> expected;
    for (const double raised : {1, 2, 8, 64, 1024})
        expected.push_back(10 - g / (A + 0.01 * raised * A));
    REQUIRE(f.tried.size() == 5);
    for (std::size_t i = 0; i < 5; ++i) CHECK_THAT(f.tried[i], WithinRel(expected[i], 1e-12));
    CHECK(theta(0) == f.tried[4]);
    CHECK(f.matrices == 2);
    CHECK(state.iterate().evaluations == 7);
}

TEST_CASE("Levenberg-Marquardt: the damping follows the gain ratio",
          "[optim][levenberg_marquardt]") {
    // The first step across zero is too long, so its gain is small, and mu grows.
    const LevenbergMarquardt settings{.damping = 1.27};
    LevenbergMarquardt::State<double> state(settings, 1);
    Vector<double> theta{{3}};
    const double mu = 1.27 * A_at(3);
    CHECK_FALSE(state.step(settings, Arctangent{}, theta));
    const double x = theta(0), d = x - 3;
    CHECK_THAT(d, WithinRel(-g_at(3) / (A_at(3) + mu), 1e-14));
    const double gain = (value_at(3) - value_at(x)) / (d * (mu * d - g_at(3)) / 2);
    REQUIRE(gain > 0.05);
    REQUIRE(gain < 0.4);
    const double next = mu * (1 - std::pow(2 * gain - 1, 3));
    CHECK_FALSE(state.step(settings, Arctangent{}, theta));
    CHECK_THAT(theta(0), WithinRel(x - g_at(x) / (A_at(x) + next), 1e-12));
}

TEST_CASE("Levenberg-Marquardt: a linear problem is solved", "[optim][levenberg_marquardt]") {
    const Linear f;
    const Vector<double> solution = (f.B.transpose() * f.B).inverse() * (f.B.transpose() * f.c);
    Vector<double> theta = Vector<double>::Zero(7);
    const auto report = test::minimize(f, theta, LevenbergMarquardt{.gradient_tolerance = 1e-13});
    CHECK((theta - solution).norm() < 1e-12 * solution.norm());
    CHECK(report.stop_reason == StopReason::converged);
    CHECK(report.iterations < 30);  // mu falls by a factor of 3 each time
    CHECK(report.iterate.value > 0.1);
}

TEMPLATE_TEST_CASE("Levenberg-Marquardt: finds the minimum of every function of the battery",
                   "[optim][levenberg_marquardt]", float, double, long double) {
    // As for the other minimizers in test_battery.cpp: f is eps^(2/3) above the minimum if it is a
    // fourth power, and the literature has six digits. With large residuals, which A neglects, the
    // method is slow but correct.
    const double eps = double(std::numeric_limits<TestType>::epsilon());
    const LevenbergMarquardt method{.gradient_tolerance = std::sqrt(eps)};
    test::for_each_function<TestType>([&](const auto& function) {
        const auto end = test::run(function, method, {.iterations = 2000});
        const auto& iterate = end.report.iterate;
        INFO(function.name << ": " << describe(end.report.stop_reason) << " after "
                           << end.report.iterations << ", f - least = " << end.gap
                           << ", |g| = " << iterate.gradient_norm);
        if (std::same_as<TestType, float> && function.name == "Wood")
            return;  // it stops at the saddle
        CHECK(end.gap < 10 * std::pow(eps, 2.0 / 3) + 1e-5 * function.least);
        CHECK(end.report.stop_reason != StopReason::iteration_limit);
        CHECK(iterate.value == function.f(end.theta));
        CHECK(iterate.evaluations < 400);
    });
}

TEST_CASE("Levenberg-Marquardt: allocates nothing after its start, for few and many weights",
          "[optim][levenberg_marquardt]") {
    if (!test::counts_allocations())
        return;
    // Bowls of n dimensions. The matrices are factorized in blocks.
    struct Bowl {
        double operator()(C x) const { return x.squaredNorm() / 2; }
        double operator()(C x, T g, Matrix<double>& A) const {
            g = x;
            A.setIdentity();
            return x.squaredNorm() / 2;
        }
    };
    const Index n = GENERATE(5, 60, 120);
    const LevenbergMarquardt settings;
    LevenbergMarquardt::State<double> state(settings, n);
    Vector<double> theta = Vector<double>::Ones(n);
    CHECK(test::allocations_in([&] {
              for (int t = 0; t < 5; ++t) state.step(settings, Bowl{}, theta);
              state.inverse_diagonal();
          }) == 0);
    CHECK(theta.norm() < 1e-3);
}
