// SPDX-License-Identifier: MIT
//
// An interrupted fit resumes like an uninterrupted one, bit for bit.
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/optim/rprop.hpp>

#include <limits>
#include <stdexcept>
#include <vector>

#include "catch.hpp"
#include "train/every_method.hpp"
#include "train/every_way.hpp"
#include "train/same_report.hpp"

using namespace twolayer;

namespace {

/// Compares one run of all epochs with a run that is stopped after each of its first 60 epochs, and
/// with runs that continue from a copy of its state after each of them.
template <typename Method>
FitReport check_goes_on(const Method& method, const FitOptions& options) {
    using State = FitState<test::Task::Net, Method>;
    const test::Task p;
    const auto go_on = [&](test::Task::Net& net, const FitOptions& how, State& state) {
        return fit(net, p.X, p.Y, SquaredError{}, {}, method, how, state);
    };
    auto expected = p.net;
    State uninterrupted;
    const FitReport whole = go_on(expected, options, uninterrupted);
    REQUIRE(whole.losses.back() < whole.losses.front());

    FitOptions one_epoch = options;
    one_epoch.callback = [](const FitProgress&) { return false; };
    auto original = p.net;
    State state;
    for (int k = 1; k <= 60; ++k) {
        INFO(Method::name << " after epoch " << k);
        go_on(original, one_epoch, state);
        State copy = state;
        auto net = p.net;
        net.weights().theta().setConstant(double(k));  // the state has its own weights
        test::require_same(go_on(net, options, copy), whole);
        REQUIRE(net.weights().theta() == expected.weights().theta());
    }
    test::require_same(go_on(original, options, state), whole);
    CHECK(original.weights().theta() == expected.weights().theta());
    test::require_same(go_on(original, options, state), whole);  // once more: nothing is left to do
    CHECK(original.weights().theta() == expected.weights().theta());
    CHECK(state.current->monitored_loss == uninterrupted.current->monitored_loss);
    return whole;
}

template <typename Method>
void check_every_way(const Method& method, const FitOptions& options) {
    test::for_every_way(options, [&](const FitOptions& way) { return check_goes_on(method, way); });
}

}  // namespace

TEST_CASE("fit state: gradient descent resumes bit for bit", "[train][fit_state]") {
    check_every_way(GradientDescent{.learning_rate = 1, .momentum = 0.9}, {});
    check_every_way(GradientDescent{.learning_rate = 0.2, .momentum = 0.9, .nesterov = true},
                    {.batch_size = 5});
}

TEST_CASE("fit state: Adam resumes bit for bit", "[train][fit_state]") {
    check_every_way(Adam{.learning_rate = 0.03}, {});
    check_every_way(Adam{.learning_rate = 0.03}, {.batch_size = 5, .anneal = true});
}

TEMPLATE_TEST_CASE("fit state: methods over all samples resume bit for bit",
                   "[train][fit_state][slow]", Rprop, Lbfgs, LevenbergMarquardt, NewtonCg,
                   BayesianRegularization) {
    TestType method;
    if constexpr (requires { method.gradient_tolerance; })
        method.gradient_tolerance = 1e-14;
    check_every_way(method, {});
}

TEST_CASE("fit state: epochs count those done before", "[train][fit_state]") {
    test::Task p;
    const auto start = p.net;
    FitState<test::Task::Net, Adam> state;
    const auto until = [&](Index epochs) {
        return fit(p.net, p.X, p.Y, SquaredError{}, {}, Adam{}, {.epochs = epochs}, state);
    };
    CHECK(until(4).epochs == 4);
    CHECK(until(4).evaluations == 4);
    CHECK(until(10).losses.size() == 10);
    CHECK(until(3).epochs == 10);
    auto once = start;
    fit(once, p.X, p.Y, SquaredError{}, Adam{}, {.epochs = 10});
    CHECK(once.weights().theta() == p.net.weights().theta());
}

TEST_CASE("fit state: a state of another shape is refused", "[train][fit_state]") {
    test::Task p;
    FitState<test::Task::Net, Adam> state;
    fit(p.net, p.X, p.Y, SquaredError{}, {}, Adam{}, {.epochs = 1}, state);
    test::Task::Net wider({3, 40, 2});
    CHECK_THROWS_WITH(
        fit(wider, p.X, p.Y, SquaredError{}, {}, Adam{}, {.epochs = 2}, state),
        Catch::Matchers::Equals("the state is for 3 - 4 - 2 with biases, the network is 3 - 40 - 2 "
                                "with biases"));
    CHECK(wider.weights().theta().isZero(0));
}

TEST_CASE("fit state: a refused call leaves it unchanged", "[train][fit_state]") {
    test::Task p;
    FitState<test::Task::Net, Lbfgs> state;
    const auto train = [&](const FitOptions& options) {
        return fit(p.net, p.X, p.Y, SquaredError{}, {}, Lbfgs{}, options, state);
    };
    CHECK_THROWS_AS(train({.batch_size = 1, .standardize = true}), std::invalid_argument);
    CHECK_FALSE(state.units);
    CHECK(train({.epochs = 2}).epochs == 2);
}

TEST_CASE("fit state: seconds add up", "[train][fit_state]") {
    test::Task p;
    FitState<test::Task::Net, Adam> state;
    double before = 0;
    for (const Index epochs : {5, 10, 15}) {
        const double seconds =
            fit(p.net, p.X, p.Y, SquaredError{}, {}, Adam{}, {.epochs = epochs}, state).seconds;
        CHECK(seconds > before);
        CHECK(seconds == state.seconds);
        before = seconds;
    }
}
