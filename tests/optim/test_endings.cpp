// SPDX-License-Identifier: MIT
//
// The reasons for which every method stops, in test::minimize().
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/optim/rprop.hpp>

#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include "catch.hpp"
#include "support/methods.hpp"

using namespace twolayer;
using test::run;

namespace {

/// 1/2 |theta|^2
auto bowl(double x0, double x1) {
    return test::function<double>("bowl", {x0, x1}, 2, 0, [](const auto* x, auto* r) {
        r[0] = x[0];
        r[1] = x[1];
    });
}

/// An objective for every method, made from a function of theta and gradient. Its curvature is 1.
struct Made {
    std::function<double(ConstTheta<double>, Theta<double>)> f;

    double operator()(ConstTheta<double> theta) const {
        Vector<double> gradient(theta.size());
        return f(theta, gradient);
    }
    double operator()(ConstTheta<double> theta, Theta<double> gradient) const {
        return f(theta, gradient);
    }
    double operator()(ConstTheta<double> theta, Theta<double> gradient, Matrix<double>& A) const {
        A.setIdentity();
        return f(theta, gradient);
    }
    void product(Curvature, ConstTheta<double>, ConstTheta<double> v, Theta<double> Bv) const {
        Bv = v;
    }
};

}  // namespace

TEST_CASE("endings: each reason has its own description", "[optim][endings]") {
    std::set<std::string_view> words;
    for (int i = 0; i <= int(StopReason::not_finite); ++i) words.insert(describe(StopReason(i)));
    CHECK(words.size() == std::size_t(StopReason::not_finite) + 1);
    CHECK_FALSE(words.contains(""));
}

TEMPLATE_TEST_CASE("endings: every method reports why it stopped", "[optim][endings]",
                   GradientDescent, Adam, Rprop, Lbfgs, NewtonCg, LevenbergMarquardt) {
    const TestType method;
    const auto down = bowl(3, 4);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    using C = ConstTheta<double>;
    using T = Theta<double>;

    auto end = run(bowl(0, 0), method);
    CHECK(end.report.stop_reason == StopReason::converged);
    CHECK(end.report.iterations == 0);
    CHECK(end.report.iterate.evaluations == 1);

    end = run(down, method, {.target = 12});
    CHECK(end.report.stop_reason == StopReason::goal_reached);
    CHECK(end.gap <= 12);

    end = run(test::rosenbrock<double>(), method, {.iterations = 2});
    CHECK(end.report.stop_reason == StopReason::iteration_limit);
    CHECK(end.report.iterations == 2);

    end = run(down, method, {.iterations = 0});
    CHECK(end.report.stop_reason == StopReason::iteration_limit);
    CHECK(end.theta == down.start);

    double told = nan;
    end = run(test::rosenbrock<double>(), method, {.callback = [&](Index done, double value) {
                  told = value;
                  return done < 3;
              }});
    CHECK(end.report.stop_reason == StopReason::stopped_by_caller);
    CHECK(end.report.iterations == 3);
    CHECK(end.report.iterate.value == told);

    // The value or the gradient is not finite at the start.
    Vector<double> theta = down.start;
    for (const auto& [value, slope] : {std::pair(nan, 1.0), std::pair(1.0, nan)}) {
        const double f = value, g = slope;
        const Made never{[=](C, T gradient) { return gradient.setConstant(g), f; }};
        CHECK(test::minimize(never, theta, method).stop_reason == StopReason::not_finite);
        CHECK(theta == down.start);
    }
}

TEMPLATE_TEST_CASE("endings: methods that follow the gradient stop where f is not finite",
                   "[optim][endings]", GradientDescent, Adam, Rprop) {
    const Made cliff{[](ConstTheta<double> x, Theta<double> g) {
        g(0) = 1;
        return x(0) < 0 ? std::numeric_limits<double>::quiet_NaN() : x(0);
    }};
    Vector<double> theta{{0.25}};
    const auto report = test::minimize(cliff, theta, TestType{});
    CHECK(report.stop_reason == StopReason::not_finite);
    CHECK(report.iterations > 0);
    CHECK(theta(0) >= 0);
    CHECK(report.iterate.value == theta(0));
}

TEMPLATE_TEST_CASE("endings: minimizers avoid points where f is not finite", "[optim][endings]",
                   Lbfgs, NewtonCg, LevenbergMarquardt) {
    // 100 (x - log x) has its minimum at 1. Made gives NewtonCg and LevenbergMarquardt a curvature
    // of 1 instead of 100 / x^2.
    int outside = 0;
    const Made f{[&](ConstTheta<double> x, Theta<double> g) {
        outside += x(0) <= 0;
        g(0) = 100 - 100 / x(0);
        return 100 * (x(0) - std::log(x(0)));
    }};
    Vector<double> theta{{40.0}};
    const auto report = test::minimize(f, theta, TestType{});
    INFO(describe(report.stop_reason) << ", x = " << theta(0));
    CHECK(outside > 0);
    CHECK(std::abs(theta(0) - 1) < 1e-6);
}

TEMPLATE_TEST_CASE(
    "endings: at the solution it reports convergence even if the tolerance is out of reach",
    "[optim][endings]", Lbfgs, NewtonCg, LevenbergMarquardt) {
    // The minima of these functions are not zero, so rounding hides small gradients. The values are
    // in several units.
    const TestType method{.gradient_tolerance = 1e-300};
    for (const double unit : {1e-20, 1.0, 1e20})
        for (auto function : {test::bard<double>(), test::kowalik_osborne<double>(),
                              test::jennrich_sampson<double>(), test::brown_dennis<double>()}) {
            const auto f = function.f;
            struct Scaled {
                decltype(f) of;
                double unit;
                double operator()(ConstTheta<double> x) const { return unit * of(x); }
                double operator()(ConstTheta<double> x, Theta<double> g) const {
                    const double value = of(x, g);
                    g *= unit;
                    return unit * value;
                }
                double operator()(ConstTheta<double> x, Theta<double> g, Matrix<double>& A) const {
                    of(x, g, A);
                    A *= unit;
                    return (*this)(x, g);
                }
                void product(Curvature curvature, ConstTheta<double> x, ConstTheta<double> v,
                             Theta<double> Bv) const {
                    of.product(curvature, x, v, Bv);
                    Bv *= unit;
                }
            };
            Vector<double> theta = function.start;
            const auto report =
                test::minimize(Scaled{f, unit}, theta, method, {.iterations = 20000});
            INFO(function.name << " in units of " << unit << ": " << describe(report.stop_reason)
                               << " after " << report.iterations
                               << ", f = " << report.iterate.value / unit);
            CHECK(report.stop_reason == StopReason::converged);
            CHECK(std::abs(f(theta) - function.least) < 1e-5 * function.least);
        }
}

TEMPLATE_TEST_CASE("endings: no further progress if no step lowers the value", "[optim][endings]",
                   Lbfgs, NewtonCg, LevenbergMarquardt) {
    // A gradient that points uphill: theta stays.
    const Made uphill{[](ConstTheta<double> x, Theta<double> g) {
        g = -x;
        return x.squaredNorm();
    }};
    Vector<double> theta = Vector<double>::Ones(2);
    const auto report = test::minimize(uphill, theta, TestType{});
    CHECK(report.stop_reason == StopReason::no_further_progress);
    CHECK(report.iterate.evaluations < 200);
    CHECK(theta == Vector<double>::Ones(2));
}
