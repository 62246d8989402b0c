// SPDX-License-Identifier: MIT
#include <twolayer/optim/lbfgs.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "catch.hpp"
#include "support/methods.hpp"

using namespace twolayer;

TEST_CASE("L-BFGS: a quadratic of n dimensions takes about n steps", "[optim][lbfgs]") {
    // With as many pairs as dimensions and accurate line searches, it is a conjugate gradient
    // method.
    const Vector<double> curvature = Vector<double>::LinSpaced(8, 1, 50);
    Vector<double> theta = Vector<double>::Ones(8);
    const auto f = [&](ConstTheta<double> x, Theta<double> g) {
        g = curvature.cwiseProduct(x);
        return 0.5 * x.dot(g);
    };
    const auto report = test::minimize(f, theta, Lbfgs{.memory = 20});
    CHECK(report.stop_reason == StopReason::converged);
    CHECK(report.iterations <= 24);
    CHECK(theta.norm() < 1e-6);
}

TEST_CASE("L-BFGS: the first two steps by hand", "[optim][lbfgs]") {
    // f = 2 x^2 from 4: the slope is 16 and the first step -4/4 = -1. It lowers f enough, and the
    // slope falls enough (12 <= 0.9 16), so x = 3. Then s = -1, y = -4, and H = 1/4 leads to
    // 3 - 12 / 4 = 0.
    Vector<double> theta{{4}};
    const auto f = [](ConstTheta<double> x, Theta<double> g) {
        g(0) = 4 * x(0);
        return 2 * x(0) * x(0);
    };
    const Lbfgs settings;
    Lbfgs::State<double> state(settings, 1);
    CHECK_FALSE(state.step(settings, f, theta));
    CHECK(theta(0) == 3);
    CHECK(state.iterate().evaluations == 2);
    CHECK_FALSE(state.step(settings, f, theta));
    CHECK(theta(0) == 0);
    CHECK(state.step(settings, f, theta) == StopReason::converged);
    CHECK(state.iterate().evaluations == 3);
}

TEST_CASE("L-BFGS: the first step is no longer than one, however steep the function",
          "[optim][lbfgs]") {
    for (const double steepness : {1e-3, 1.0, 1e6}) {
        std::vector<double> tried;
        const auto f = [&](ConstTheta<double> x, Theta<double> g) {
            tried.push_back(x(0));
            g(0) = steepness;
            return steepness * x(0);
        };
        const Lbfgs settings;
        Lbfgs::State<double> state(settings, 1);
        Vector<double> theta{{0}};
        state.step(settings, f, theta);
        CHECK(tried[1] == -std::min(steepness, 1.0));
    }
}

TEST_CASE("L-BFGS: the first step is a quarter of the length of theta, however steep the function",
          "[optim][lbfgs]") {
    for (const double size : {1e-9, 1.0, 1e12, 1e200})
        for (const double steepness : {1e-6, 1.0, 1e6}) {
            std::vector<Vector<double>> tried;
            const auto f = [&](ConstTheta<double> x, Theta<double> g) {
                tried.push_back(x);
                g << 0, steepness;
                return steepness * x(1);
            };
            const Lbfgs settings{.gradient_tolerance = 1e-9};
            Lbfgs::State<double> state(settings, 2);
            const Vector<double> start = size * Vector<double>{{3, 4}};
            Vector<double> theta = start;
            CHECK_FALSE(state.step(settings, f, theta));
            CHECK((tried[1] - start).isApprox(Vector<double>{{0, -1.25 * size}}, 1e-12));
        }
}

TEST_CASE("L-BFGS: slopes decide if the values are lost in rounding", "[optim][lbfgs]") {
    // 10^8 + 1/2 sum_i b_i (x_i - 1)^2: a value has a rounding error of 10^-8, and the function
    // adds another of 10^-7. So values alone lead only to within 10^-3 of the minimum. The steps
    // continue until the gradient meets the tolerance, and none ends more than 100 eps f above the
    // lowest value so far.
    const Vector<double> b{{1, 3, 10, 30}};
    const auto f = [&](ConstTheta<double> x, Theta<double> g) {
        const Vector<double> d = x - Vector<double>::Ones(4);
        g = b.cwiseProduct(d);
        return 1e8 + d.dot(g) / 2 + 1e-7 * std::sin(1e7 * d.sum());
    };
    const Lbfgs settings{.gradient_tolerance = 1e-7};
    Lbfgs::State<double> state(settings, 4);
    Vector<double> theta = Vector<double>::LinSpaced(4, -3, 5);
    double lowest = std::numeric_limits<double>::infinity();
    std::optional<StopReason> reason;
    for (int t = 0; t < 500 && !reason; ++t) {
        reason = state.step(settings, f, theta);
        const double value = state.iterate().value;
        CHECK(value <= lowest + 100 * std::numeric_limits<double>::epsilon() * value);
        lowest = std::min(lowest, value);
    }
    CHECK(reason == StopReason::converged);
    CHECK(state.iterate().gradient_norm <= 1e-7);
}

TEST_CASE("L-BFGS: a direction by hand, and a step without curvature is not remembered",
          "[optim][lbfgs]") {
    // g = (1, 0), then (0, 1) after a step s = (-1, 0): y = (-1, 1), s^T y = 1, y^T y = 2. The
    // first loop does not change g, since s^T g = 0. The scale is 1/2: (0, 1/2). The second loop
    // subtracts y^T (0, 1/2) s = 1/2 s: H g = (1/2, 1/2). From then on, g is the same everywhere
    // and the value falls with every evaluation. So the line search ends without curvature, y = 0,
    // and the next direction is the same.
    std::vector<Vector<double>> tried;
    const auto f = [&](ConstTheta<double> x, Theta<double> g) {
        tried.push_back(x);
        const bool first = tried.size() == 1;
        g << (first ? 1 : 0), (first ? 0 : 1);
        return -double(tried.size());
    };
    const Lbfgs settings;
    Lbfgs::State<double> state(settings, 2);
    Vector<double> theta = Vector<double>::Zero(2);
    CHECK_FALSE(state.step(settings, f, theta));
    CHECK(theta == Vector<double>{{-1, 0}});
    for (int t = 0; t < 2; ++t) {
        const std::size_t before = tried.size();
        const Vector<double> begin = theta;
        CHECK_FALSE(state.step(settings, f, theta));
        CHECK((tried[before] - begin).isApprox(Vector<double>{{-0.5, -0.5}}));
        CHECK(theta == tried.back());
        CHECK(state.iterate().evaluations == Index(tried.size()));
    }
}

TEST_CASE("L-BFGS: if its direction fails it follows the gradient, and then reports no progress",
          "[optim][lbfgs]") {
    const auto wood = test::wood<double>();
    const Lbfgs settings;
    Lbfgs::State<double> state(settings, 4);
    Vector<double> theta = wood.start, gradient(4);
    for (int t = 0; t < 10; ++t) state.step(settings, wood.f, theta);
    wood.f(theta, gradient);
    const Vector<double> begin = theta;

    // From here, the value is high in every direction except along the gradient.
    const auto slit = [&](ConstTheta<double> x, Theta<double> g) {
        g = gradient;
        const Vector<double> moved = x - begin;
        const bool along = moved.dot(-gradient) > (1 - 1e-12) * moved.norm() * gradient.norm();
        return along ? 0.0 : 1e9;
    };
    CHECK_FALSE(state.step(settings, slit, theta));
    CHECK(state.iterate().value == 0);
    CHECK(theta != begin);

    const auto wall = [&](ConstTheta<double>, Theta<double> g) { return g = gradient, 1e9; };
    const Vector<double> before = theta;
    CHECK(state.step(settings, wall, theta) == StopReason::no_further_progress);
    CHECK(theta == before);
    CHECK(state.iterate().value == 0);
}

TEST_CASE("L-BFGS: settings out of range are refused by name", "[optim][lbfgs]") {
    CHECK_THROWS_WITH(Lbfgs{.memory = 0}.validate(),
                      Catch::Matchers::Equals("memory is 0, it must be at least 1"));
    CHECK_THROWS_WITH(
        Lbfgs{.gradient_tolerance = 0}.validate(),
        Catch::Matchers::Equals("gradient_tolerance is 0, it must be positive and finite"));
}
