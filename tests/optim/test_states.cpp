// SPDX-License-Identifier: MIT
//
// Properties of the state of every method.
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/optim/rprop.hpp>

#include <concepts>
#include <utility>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/dual.hpp"
#include "support/methods.hpp"

using namespace twolayer;

namespace {

/// A function that writes nonsense and then throws in one of its calls.
struct Throwing {
    test::LeastSquares<double> f;
    int calls;  ///< number of calls before that

    auto operator()(ConstTheta<double> theta, auto&&... results) {
        throw_at_last(results...);
        return f(theta, results...);
    }

    void product(Curvature curvature, ConstTheta<double> theta, ConstTheta<double> v,
                 Theta<double> product) {
        throw_at_last(product);
        f.product(curvature, theta, v, product);
    }

    void throw_at_last(auto&... results) {
        if (calls-- > 0)
            return;
        (results.setConstant(1e9), ...);
        throw "nonsense";
    }
};

}  // namespace

TEST_CASE("states: every method satisfies its concept", "[optim][states]") {
    STATIC_REQUIRE((Minimizer<Lbfgs, double> && Minimizer<NewtonCg, double> &&
                    Minimizer<LevenbergMarquardt, double>));
    STATIC_REQUIRE_FALSE((GradientMethod<Lbfgs, double> || Minimizer<Adam, double>));
    STATIC_REQUIRE((GradientMethod<Adam, test::Dual> && GradientMethod<Rprop, test::Dual>));
}

TEMPLATE_TEST_CASE("states: a copy of a state continues bit for bit", "[optim][states]", Lbfgs,
                   NewtonCg, LevenbergMarquardt) {
    const TestType method;
    const auto wood = test::wood<double>();
    using State = typename TestType::template State<double>;
    const auto go = [&](State& state, Vector<double>& theta, int steps) {
        for (int t = 0; t < steps; ++t) state.step(method, wood.f, theta);
    };
    for (int k = 0; k <= 60; ++k) {
        State state(method, 4);
        Vector<double> one = wood.start;
        go(state, one, k);
        State copy = state;
        Vector<double> other = one;
        go(state, one, 20);
        go(copy, other, 20);
        REQUIRE(one == other);
        REQUIRE(state.iterate().value == copy.iterate().value);
        REQUIRE(state.iterate().evaluations == copy.iterate().evaluations);
    }
}

TEMPLATE_TEST_CASE("states: a step during which the function throws leaves no trace",
                   "[optim][states]", Lbfgs, NewtonCg, LevenbergMarquardt) {
    TestType method;
    method.gradient_tolerance = 1e-200;  // continues until every attempt at a step fails
    if constexpr (std::same_as<TestType, NewtonCg>)
        method.curvature = Curvature::hessian;  // more attempts fail
    using State = typename TestType::template State<double>;
    test::for_each_function<double>([&](const test::Function<double>& function) {
        INFO(function.name);
        const auto finish = [&](State state, Vector<double> theta) {
            for (int t = 0; t < 5; ++t) state.step(method, function.f, theta);
            return std::pair(theta, state.iterate().evaluations);
        };
        State state(method, function.start.size());
        Vector<double> theta = function.start;
        for (int k = 0; k <= 60; ++k) {
            const auto expected = finish(state, theta);
            for (int calls = 0;; ++calls) {
                State copy = state;
                Vector<double> at = theta;
                try {
                    copy.step(method, Throwing{function.f, calls}, at);
                    break;
                } catch (const char*) {
                    REQUIRE(at == theta);
                    REQUIRE(finish(std::move(copy), at) == expected);
                }
            }
            state.step(method, function.f, theta);
        }
    });
}

TEMPLATE_TEST_CASE("states: a copy of a gradient method's state continues bit for bit",
                   "[optim][states]", GradientDescent, Adam, Rprop) {
    TestType method;
    if constexpr (std::same_as<TestType, GradientDescent>)
        method = {.learning_rate = 1e-4, .momentum = 0.9};
    const auto wood = test::wood<double>();
    using State = typename TestType::template State<double>;
    const auto go = [&](State& state, Vector<double>& theta, int steps) {
        Vector<double> gradient(4);
        for (int t = 0; t < steps; ++t) {
            wood.f(theta, gradient);
            state.step(method, theta, gradient);
        }
    };
    for (int k = 0; k <= 60; ++k) {
        State state(4);
        Vector<double> one = wood.start;
        go(state, one, k);
        State copy = state;
        Vector<double> other = one;
        go(state, one, 20);
        go(copy, other, 20);
        REQUIRE(one == other);
        REQUIRE(one != wood.start);
    }
}

TEMPLATE_TEST_CASE("states: no method allocates after its start", "[optim][states]",
                   GradientDescent, Adam, Rprop, Lbfgs, NewtonCg, LevenbergMarquardt) {
    if (!test::counts_allocations())
        return;
    const TestType method;
    const auto wood = test::wood<double>();
    Vector<double> theta = wood.start, gradient(4);
    if constexpr (GradientMethod<TestType, double>) {
        typename TestType::template State<double> state(4);
        CHECK(test::allocations_in([&] {
                  for (int t = 0; t < 40; ++t) {
                      wood.f(theta, gradient);
                      state.step(method, theta, gradient);
                  }
              }) == 0);
    } else {
        typename TestType::template State<double> state(method, 4);
        CHECK(test::allocations_in([&] {
                  for (int t = 0; t < 40; ++t) state.step(method, wood.f, theta);
              }) == 0);
    }
}
