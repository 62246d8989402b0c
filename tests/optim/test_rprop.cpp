// SPDX-License-Identifier: MIT
#include <twolayer/optim/rprop.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/methods.hpp"

using namespace twolayer;
using Catch::Matchers::Equals;
using Catch::Matchers::WithinRel;

namespace {

/// One entry of theta, initially 0, after each of these gradients.
template <typename Scalar>
std::vector<Scalar> follow(const Rprop& settings, const std::vector<Scalar>& gradients) {
    Rprop::State<Scalar> state(1);
    Vector<Scalar> theta = Vector<Scalar>::Zero(1);
    std::vector<Scalar> path;
    for (const Scalar& g : gradients) {
        state.step(settings, theta, {&g, 1});
        path.push_back(theta(0));
    }
    return path;
}

}  // namespace

TEST_CASE("rprop: steps grow, turn and are bounded, by hand", "[optim][rprop]") {
    // Initial step 1, increase 2, decrease 1/4, steps from 1/8 to 3. If the sign of the gradient
    // changes, theta does not move and the gradient is forgotten. So the next step, of either sign,
    // neither grows nor shrinks:
    //   g         +1   +9    +1    -1        -1     -1    +1      +1       -1         +1
    //   step       1    2     3    3/4       3/4    3/2   3/8     3/8      1/8        1/8
    //   theta     -1   -3    -6    -6      -5.25  -3.75  -3.75  -4.125  -4.125     -4.25
    const Rprop settings{
        .increase = 2, .decrease = 0.25, .initial_step = 1, .min_step = 0.125, .max_step = 3};
    const std::vector<double> expected = {-1,    -3,    -6,     -6,     -5.25,
                                          -3.75, -3.75, -4.125, -4.125, -4.25};
    CHECK(follow<double>(settings, {1, 9, 1, -1, -1, -1, 1, 1, -1, 1}) == expected);
    CHECK(follow<float>(settings, {1, 9, 1, -1, -1, -1, 1, 1, -1, 1}) ==
          std::vector<float>(expected.begin(), expected.end()));
}

TEST_CASE("rprop: only the signs of the gradient count", "[optim][rprop]") {
    // Even if the product of two gradients underflows to zero in float, or overflows.
    const Rprop settings;
    const auto path = follow<float>(settings, {1, 1, -1, 1, 1});
    for (const float size : {1e-30F, 1e30F})
        CHECK(follow<float>(settings, {size, size, -size, size, size}) == path);
    CHECK_THAT(path[1], WithinRel(-0.0125F * 2.2F, 1e-6F));
}

TEST_CASE("rprop: a zero gradient moves nothing and clears only the sign", "[optim][rprop]") {
    const Rprop settings{.increase = 2, .initial_step = 1};
    CHECK(follow<double>(settings, {1, 1, 0, 1, 1}) == std::vector<double>{-1, -3, -3, -5, -9});
}

TEST_CASE("rprop: a NaN in the gradient reaches the weights", "[optim][rprop]") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isnan(follow<double>({}, {1, nan}).back()));
}

TEST_CASE("rprop: every entry has its own step", "[optim][rprop]") {
    const Rprop settings{.increase = 2, .initial_step = 1};
    Rprop::State<double> state(2);
    Vector<double> theta = Vector<double>::Zero(2);
    for (const double turning : {1, 1, -1}) {
        const Vector<double> g{{1, turning}};
        state.step(settings, theta, g);
    }
    CHECK(theta == Vector<double>{{-7, -3}});
}

TEMPLATE_TEST_CASE("rprop: minimizes the battery until rounding determines its signs",
                   "[optim][rprop]", float, double) {
    // Steps end near min_step, which bounds the error of theta, so that of f is about eps. In a
    // curved valley, f reaches a thousandth of the thousandth that every method reaches. At Wood's
    // saddle, it stops.
    test::for_each_function<TestType>([](const auto& function) {
        if (function.name == "Wood")
            return;
        const auto end = test::run(function, Rprop{}, {.iterations = 5000});
        const double height = double(function.f(function.start)) - function.least;
        INFO(function.name << ": " << end.gap << " of " << height);
        CHECK(end.gap < 1e-6 * height);
    });
}

TEST_CASE("rprop: a state of fixed capacity takes the same steps without the heap",
          "[optim][rprop]") {
    const auto wood = test::wood<double>();
    Vector<double> theta = wood.start, other = wood.start, gradient(4);
    Rprop::State<double> heap(4);
    const auto go = [&] {
        Rprop::State<double, 6> stack(4);
        for (int t = 0; t < 30; ++t) {
            wood.f(other, gradient);
            stack.step({}, other, gradient);
        }
    };
    if (test::counts_allocations())
        CHECK(test::allocations_in(go) == 0);
    else
        go();
    for (int t = 0; t < 30; ++t) {
        wood.f(theta, gradient);
        heap.step({}, theta, gradient);
    }
    CHECK(theta == other);
}

TEST_CASE("rprop: takes full batches only", "[optim][rprop]") {
    STATIC_REQUIRE(Rprop::full_batch_only);
    STATIC_REQUIRE(GradientMethod<Rprop, float>);
    STATIC_REQUIRE_FALSE(Minimizer<Rprop, float>);
}

TEST_CASE("rprop: settings out of range are refused by name", "[optim][rprop]") {
    CHECK_NOTHROW(Rprop{}.validate());
    CHECK_NOTHROW(Rprop{.increase = 1, .min_step = 1, .max_step = 1}.validate());
    CHECK_THROWS_WITH(Rprop{.increase = 0.9}.validate(),
                      Equals("increase is 0.9, it must be at least 1 and finite"));
    CHECK_THROWS_WITH(Rprop{.increase = INFINITY}.validate(),
                      Equals("increase is inf, it must be at least 1 and finite"));
    CHECK_THROWS_WITH(Rprop{.decrease = 0}.validate(),
                      Equals("decrease is 0, it must be above 0 and below 1"));
    CHECK_THROWS_WITH(Rprop{.decrease = 1}.validate(),
                      Equals("decrease is 1, it must be above 0 and below 1"));
    CHECK_THROWS_WITH(Rprop{.initial_step = 0}.validate(),
                      Equals("initial_step is 0, it must be positive and finite"));
    CHECK_THROWS_WITH(Rprop{.min_step = -1}.validate(),
                      Equals("min_step is -1, it must be positive and finite"));
    CHECK_THROWS_WITH(Rprop{.max_step = NAN}.validate(),
                      Equals("max_step is nan, it must be positive and finite"));
    CHECK_THROWS_WITH((Rprop{.min_step = 2, .max_step = 1}).validate(),
                      Equals("max_step is 1, it must be at least min_step, 2"));
}
