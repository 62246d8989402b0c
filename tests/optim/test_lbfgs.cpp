// SPDX-License-Identifier: MIT
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/minimize.hpp>

#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <stdexcept>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/functions.hpp"

using namespace twolayer;

TEMPLATE_TEST_CASE("L-BFGS: finds the minimum of every function of the battery", "[optim][lbfgs]",
                   float, double, long double) {
    using Scalar = TestType;
    // f is a sum of squares of order one with rounding eps, so its gradient can be brought to
    // sqrt(eps), and theta as near as the flattest direction lets it: f itself falls below eps.
    const Scalar eps = std::numeric_limits<Scalar>::epsilon();
    test::for_each_function<Scalar>([&](const auto& function) {
        // Wood's function has a saddle of value 7.877, so flat that rounding to float holds it
        // there.
        if (std::same_as<Scalar, float> && function.name == "Wood")
            return;
        Vector<Scalar> theta = function.start;
        const auto report =
            minimize(function.f, Theta<Scalar>(theta.data(), theta.size()),
                     Lbfgs{.gradient_tolerance = double(std::sqrt(eps))}, {.iterations = 2000});
        INFO(function.name << ": " << describe(report.stop_reason) << " after " << report.iterations
                           << " iterations, f = " << report.standing.value
                           << ", |g| = " << report.standing.gradient_norm);
        CHECK(report.standing.value < 100 * eps);
        CHECK(report.stop_reason != StopReason::iteration_limit);
        CHECK(report.standing.evaluations < 300);
        Vector<Scalar> gradient(theta.size());
        CHECK(function.f({theta.data(), theta.size()}, {gradient.data(), gradient.size()}) ==
              report.standing.value);
    });
}

TEST_CASE("L-BFGS: a quadratic of n dimensions takes about n steps", "[optim][lbfgs]") {
    // With as many pairs as dimensions and good line searches it is a conjugate gradient method.
    const Vector<double> curvature = Vector<double>::LinSpaced(8, 1, 50);
    Vector<double> theta = Vector<double>::Ones(8);
    const auto f = [&](ConstTheta<double> x, Theta<double> g) {
        g = curvature.cwiseProduct(x);
        return 0.5 * x.dot(g);
    };
    const auto report = minimize(f, Theta<double>(theta.data(), 8), Lbfgs{.memory = 20});
    CHECK(report.stop_reason == StopReason::converged);
    CHECK(report.iterations <= 24);
    CHECK(theta.norm() < 1e-6);
}

TEST_CASE("L-BFGS: a copy of its state goes on bit for bit", "[optim][lbfgs]") {
    const Lbfgs settings{.memory = 3};
    for (int k = 1; k <= 30; ++k) {
        auto wood = test::wood<double>();
        Vector<double> one = wood.start;
        Lbfgs::State<double> state(settings, one.size());
        const auto go = [&](Lbfgs::State<double>& s, Vector<double>& theta, int steps) {
            for (int t = 0; t < steps; ++t) s.step(settings, wood.f, {theta.data(), theta.size()});
        };
        go(state, one, k);
        Lbfgs::State<double> copy = state;
        Vector<double> other = one;
        go(state, one, 20);
        go(copy, other, 20);
        REQUIRE(one == other);
        REQUIRE(state.standing().evaluations == copy.standing().evaluations);
    }
}

TEST_CASE("L-BFGS: no step ends higher than it began", "[optim][lbfgs]") {
    test::for_each_function<double>([](const auto& function) {
        Vector<double> theta = function.start;
        const Lbfgs settings;
        Lbfgs::State<double> state(settings, theta.size());
        double before = std::numeric_limits<double>::infinity();
        for (int t = 0; t < 50; ++t) {
            state.step(settings, function.f, {theta.data(), theta.size()});
            REQUIRE(state.standing().value <= before);
            before = state.standing().value;
        }
    });
}

TEST_CASE("L-BFGS: says how it ended", "[optim][lbfgs]") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    Vector<double> theta = Vector<double>::Ones(2);
    const auto run = [&](auto f) {
        theta.setOnes();
        return minimize(f, Theta<double>(theta.data(), 2), Lbfgs{}).stop_reason;
    };
    using C = ConstTheta<double>;
    using T = Theta<double>;
    CHECK(run([](C, T g) { return g.setZero(), 7.0; }) == StopReason::converged);
    CHECK(run([&](C, T g) { return g.setOnes(), nan; }) == StopReason::not_finite);
    // A gradient that points uphill: no step along it is lower.
    CHECK(run([](C x, T g) { return g = -x, x.squaredNorm(); }) == StopReason::no_further_progress);
    CHECK(theta == Vector<double>::Ones(2));
}

TEST_CASE("L-BFGS: steps back from where the function is not finite", "[optim][lbfgs]") {
    // -log x + x, least at 1, started where the first step along the gradient leaves x > 0.
    Vector<double> theta{{40.0}};
    const auto f = [](ConstTheta<double> x, Theta<double> g) {
        g(0) = 1 - 1 / x(0);
        return x(0) - std::log(x(0));
    };
    const auto report = minimize(f, Theta<double>(theta.data(), 1), Lbfgs{});
    CHECK(report.stop_reason == StopReason::converged);
    CHECK(std::abs(theta(0) - 1) < 1e-5);
}

TEST_CASE("L-BFGS: allocates nothing after its start", "[optim][lbfgs]") {
    if (!test::counts_allocations())
        return;
    auto wood = test::wood<double>();
    const Lbfgs settings;
    Lbfgs::State<double> state(settings, 4);
    Vector<double> theta = wood.start;
    CHECK(test::allocations_in([&] {
              for (int t = 0; t < 40; ++t) state.step(settings, wood.f, {theta.data(), 4});
          }) == 0);
}

TEST_CASE("L-BFGS: settings out of range are refused by name", "[optim][lbfgs]") {
    CHECK_THROWS_WITH(Lbfgs{.memory = 0}.check(),
                      Catch::Matchers::Equals("memory is 0, it must be at least 1"));
    CHECK_THROWS_AS(Lbfgs{.gradient_tolerance = 0}.check(), std::invalid_argument);
}
