// SPDX-License-Identifier: MIT
//
// Every method on the test functions of the literature.
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/optim/rprop.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>

#include "catch.hpp"
#include "support/methods.hpp"

using namespace twolayer;
using test::run;

namespace {

/// The largest curvature at the start, by the power method.
template <typename Scalar>
double curvature_at_start(const test::Function<Scalar>& function) {
    const Vector<Scalar>& start = function.start;
    Vector<Scalar> v = Vector<Scalar>::Ones(start.size()), product = v;
    for (int k = 0; k < 50; ++k) {
        function.f.product(Curvature::hessian, start, v, product);
        v = product.normalized();
    }
    return double(product.norm());
}

/// The decrease of fifty steps of Newton's method from theta.
template <typename Scalar>
double left_to_gain(const test::Function<Scalar>& function, Vector<Scalar> theta) {
    const Scalar before = function.f(theta);
    test::minimize(function.f, theta, NewtonCg{.gradient_tolerance = 1e-300}, {.iterations = 50});
    return double(before - function.f(theta));
}

}  // namespace

TEMPLATE_TEST_CASE("battery: methods that follow the gradient lower every function",
                   "[optim][battery][slow]", float, double) {
    // The learning rate is half of what the curvature at the start allows, or a hundredth of the
    // size of theta. The valleys begin at a thousandth of the initial height, above Wood's saddle.
    test::for_each_function<TestType>([](const auto& function) {
        const double rate = 0.5 / curvature_at_start(function);
        const double pace = 0.01 * std::max(1.0, double(function.start.norm()));
        const double height = double(function.f(function.start)) - function.least;
        const auto check = [&](const auto& method, Index iterations) {
            const auto end = run(function, method, {.iterations = iterations});
            INFO(function.name << ", " << method.name << ": " << end.gap << " of " << height);
            CHECK(end.gap < 1e-3 * height);
            CHECK((end.report.stop_reason == StopReason::iteration_limit ||
                   end.report.stop_reason == StopReason::converged));
            CHECK(end.report.iterate.evaluations == end.report.iterations + 1);
            CHECK(end.report.iterate.value == function.f(end.theta));
        };
        check(GradientDescent{.learning_rate = rate}, 20000);
        check(GradientDescent{.learning_rate = rate, .momentum = 0.9}, 5000);
        check(GradientDescent{.learning_rate = rate, .momentum = 0.9, .nesterov = true}, 5000);
        check(Adam{.learning_rate = pace}, 5000);
        check(Rprop{}, 5000);
    });
}

TEMPLATE_TEST_CASE("battery: every minimizer finds the minimum of every function",
                   "[optim][battery]", float, double, long double) {
    using Scalar = TestType;
    // With a gradient of sqrt(eps), f is eps above the minimum if the Hessian is regular, and
    // eps^(2/3) if f is a fourth power like Powell's function. The literature gives minima to six
    // digits.
    const double eps = double(std::numeric_limits<Scalar>::epsilon());
    const double tolerance = std::sqrt(eps);
    test::for_each_function<Scalar>([&](const auto& function) {
        const auto check = [&](const auto& method, Index max_evaluations) {
            const auto end = run(function, method, {.iterations = 2000});
            const auto& iterate = end.report.iterate;
            INFO(function.name << ", " << method.name << ": " << describe(end.report.stop_reason)
                               << " after " << end.report.iterations << " iterations and "
                               << iterate.evaluations << " evaluations, f - least = " << end.gap
                               << ", |g| = " << iterate.gradient_norm);
            // Wood's function has a saddle of value 7.877 / 2, which is so flat that methods in
            // float may stop there.
            const bool at_saddle = std::same_as<Scalar, float> && function.name == "Wood" &&
                                   std::abs(end.gap - 7.877 / 2) < 0.01;
            CHECK((at_saddle || end.gap < 10 * std::pow(eps, 2.0 / 3) + 1e-5 * function.least));
            CHECK((end.report.stop_reason == StopReason::converged ||
                   end.report.stop_reason == StopReason::no_further_progress));
            if (!at_saddle && end.report.stop_reason == StopReason::converged &&
                !(iterate.gradient_norm <= Scalar(tolerance)))
                CHECK(left_to_gain(function, end.theta) <= 1000 * eps * double(iterate.value));
            CHECK(iterate.evaluations < max_evaluations);
            CHECK(iterate.value == function.f(end.theta));
        };
        check(Lbfgs{.gradient_tolerance = tolerance}, 300);
        check(NewtonCg{.curvature = Curvature::hessian, .gradient_tolerance = tolerance}, 100);
        check(NewtonCg{.curvature = Curvature::gauss_newton, .gradient_tolerance = tolerance}, 150);
    });
}

TEMPLATE_TEST_CASE("battery: no step of a minimizer raises the value by more than rounding",
                   "[optim][battery]", Lbfgs, NewtonCg, LevenbergMarquardt) {
    const TestType method{.gradient_tolerance = 1e-15};
    test::for_each_function<double>([&](const auto& function) {
        Vector<double> theta = function.start;
        typename TestType::template State<double> state(method, theta.size());
        // If rounding hides a change of the value, slopes decide in L-BFGS, and the value may be
        // 100 eps f above the lowest so far. The other methods never raise it.
        double lowest = std::numeric_limits<double>::infinity();
        const double hidden =
            std::same_as<TestType, Lbfgs> ? 100 * std::numeric_limits<double>::epsilon() : 0;
        for (int t = 0; t < 200; ++t) {
            state.step(method, function.f, theta);
            const double value = function.f(theta);
            REQUIRE(value <= lowest + hidden * value);
            REQUIRE(value == state.iterate().value);
            lowest = std::min(lowest, value);
        }
    });
}
