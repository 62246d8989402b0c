// SPDX-License-Identifier: MIT
//
// A fit refuses invalid arguments by name and value before it changes anything.
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/optim/rprop.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/refusal.hpp"
#include "train/every_method.hpp"

using namespace twolayer;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

/// The error message of a fit with changed samples, weights, method or options. The network must
/// not change.
template <typename Method = Adam>
struct Attempt {
    test::Task p;
    std::vector<double> w;
    Method method = {};
    FitOptions options = {.epochs = 1};

    std::string refused() {
        const Vector<double> before = p.net.weights().theta();
        FitState<test::Task::Net, Method> state;
        bool called = false;
        options.callback = [&](const FitProgress&) { return called = true; };
        const std::string message = test::refusal<std::invalid_argument>(
            [&] { fit(p.net, p.X, p.Y, SquaredError{}, w, method, options, state); });
        const bool refused = message != "nothing refused";
        CHECK((p.net.weights().theta() == before) == refused);
        CHECK(called == !refused);
        CHECK(state.current.has_value() == !refused);
        return message;
    }
};

std::string with_options(FitOptions options) {
    Attempt<> attempt;
    attempt.options = std::move(options);
    return attempt.refused();
}

template <typename Method>
std::string with_method(const Method& method) {
    Attempt<Method> attempt;
    attempt.method = method;
    return attempt.refused();
}

}  // namespace

TEST_CASE("fit refusals: options out of range", "[train][fit_refusals]") {
    CHECK(with_options({.epochs = 0}) == "epochs is 0, it must be at least 1");
    CHECK(with_options({.loss_goal = nan_value}) == "loss_goal is nan, it must be a number");
    CHECK(with_options({.time_limit = 0}) == "time_limit is 0, it must be positive, in seconds");
    CHECK(with_options({.time_limit = nan_value}) ==
          "time_limit is nan, it must be positive, in seconds");
    CHECK(with_options({.batch_size = 0}) == "batch_size is 0, it must be at least 1");
    CHECK(with_options({.batch_size = -3}) == "batch_size is -3, it must be at least 1");
    CHECK(with_options({.threads = 0}) == "threads is 0, it must be at least 1");
    CHECK(with_options({.weight_decay = -1}) ==
          "weight_decay is -1, it must be finite and at least 0");
    CHECK(with_options({.weight_decay = inf}) ==
          "weight_decay is inf, it must be finite and at least 0");
    CHECK(with_options({.weight_decay = nan_value}) ==
          "weight_decay is nan, it must be finite and at least 0");
    CHECK(with_options({.class_weights = {1, -2}}) ==
          "class_weights[1] is -2, it must be finite and at least 0");
    CHECK(with_options({.class_weights = {inf, 1}}) ==
          "class_weights[0] is inf, it must be finite and at least 0");
    CHECK(with_options({.class_weights = {1, 1}}) ==
          "class_weights is for classes, whose targets are 0 and 1");
    CHECK(with_options({.class_weights = {1, 1}, .balanced = true}) ==
          "class_weights are given and balanced is set: give only one of them");
    CHECK(with_options({.balanced = true}) == "balanced is for classes, whose targets are 0 and 1");
    CHECK(with_options({.validation_fraction = -0.1}) ==
          "validation_fraction is -0.1, it must be at least 0 and below 1");
    CHECK(with_options({.validation_fraction = 1}) ==
          "validation_fraction is 1, it must be at least 0 and below 1");
    CHECK(with_options({.validation_fraction = nan_value}) ==
          "validation_fraction is nan, it must be at least 0 and below 1");
    CHECK(with_options({.validation_fraction = 0.01}) ==
          "validation_fraction is 0.01 of 23 samples, which leaves nothing on one side");
    CHECK(with_options({.patience = 0}) == "patience is 0, it must be at least 1");
    CHECK(with_options({.starts = 0}) == "starts is 0, it must be at least 1");
}

TEST_CASE("fit refusals: settings of the method out of range", "[train][fit_refusals]") {
    CHECK(with_method(Adam{.learning_rate = -1}) ==
          "learning_rate is -1, it must be positive and finite");
    CHECK(with_method(GradientDescent{.learning_rate = nan_value}) ==
          "learning_rate is nan, it must be positive and finite");
    CHECK(with_method(Rprop{.decrease = 1}) == "decrease is 1, it must be above 0 and below 1");
    CHECK(with_method(Lbfgs{.memory = 0}) == "memory is 0, it must be at least 1");
    CHECK(with_method(NewtonCg{.max_cg_iterations = 0}) ==
          "max_cg_iterations is 0, it must be at least 1");
    CHECK(with_method(LevenbergMarquardt{.damping = 0}) ==
          "damping is 0, it must be positive and finite");
    CHECK(with_method(BayesianRegularization{.tolerance = 0}) ==
          "tolerance is 0, it must be positive and finite");
    CHECK(with_method(BayesianRegularization{.minimizer = {.gradient_tolerance = -1}}) ==
          "gradient_tolerance is -1, it must be positive and finite");
}

TEST_CASE("fit refusals: more memory than allowed", "[train][fit_refusals]") {
    // 26 weights: three matrices of 26 26 8 bytes.
    const std::string message =
        "Levenberg-Marquardt takes 16224 bytes for 26 weights, memory_limit is 16223: raise it, "
        "or use Lbfgs or NewtonCg";
    CHECK(with_method(LevenbergMarquardt{.memory_limit = 16223}) == message);
    CHECK(with_method(BayesianRegularization{.minimizer = {.memory_limit = 16223}}) == message);
    CHECK(with_method(LevenbergMarquardt{.memory_limit = 16224}) == "nothing refused");
}

TEMPLATE_TEST_CASE("fit refusals: a batch, for methods that take all samples",
                   "[train][fit_refusals]", Rprop, Lbfgs, LevenbergMarquardt, NewtonCg,
                   BayesianRegularization) {
    Attempt<TestType> attempt;
    attempt.options.batch_size = 8;
    CHECK(attempt.refused() == "batch_size is 8, " + std::string(TestType::name) +
                                   " takes all 23 samples: leave it out");
}

TEMPLATE_TEST_CASE("fit refusals: annealing, for methods that have no rate",
                   "[train][fit_refusals]", Rprop, Lbfgs, LevenbergMarquardt, NewtonCg,
                   BayesianRegularization) {
    Attempt<TestType> attempt;
    attempt.options.anneal = true;
    CHECK(attempt.refused() == "anneal is set, but " + std::string(TestType::name) +
                                   " has no rate to lower: leave it out");
}

TEST_CASE("fit refusals: weights to start from that are not finite", "[train][fit_refusals]") {
    for (const auto& [value, text] : {std::pair(nan_value, "nan"), std::pair(-inf, "-inf")}) {
        test::Task p;
        p.net.weights().theta()(5) = value;
        Vector<double> before = p.net.weights().theta();
        CHECK(test::refusal<std::invalid_argument>([&] {
                  fit(p.net, p.X, p.Y, SquaredError{}, Adam{}, {.epochs = 1});
              }) == "theta(5) is " + std::string(text) + ", every weight must be finite");
        CHECK(std::memcmp(before.data(), p.net.weights().theta().data(),
                          sizeof(double) * std::size_t(before.size())) == 0);
    }
}

TEST_CASE("fit refusals: samples that are not finite or out of the output's range",
          "[train][fit_refusals]") {
    const auto with = [](auto change) {
        Attempt<> attempt;
        change(attempt);
        return attempt.refused();
    };
    using A = Attempt<>;
    CHECK(with([](A& a) { a.p.X(5, 1) = nan_value; }) ==
          "X is nan in row 5, column 1, every entry must be finite");
    CHECK(with([](A& a) { a.p.X(6, 2) = -inf; }) ==
          "X is -inf in row 6, column 2, every entry must be finite");
    CHECK(with([](A& a) { a.p.Y(4, 1) = inf; }) ==
          "Y is inf in row 4, column 1, every entry must be finite");
    CHECK(with([](A& a) { a.p.Y(4, 1) = 3; }) ==
          "Y is 3 in row 4, column 1, this output only takes values from 0 to 1");
    CHECK(with([](A& a) { a.p.Y(0, 0) = -0.5; }) ==
          "Y is -0.5 in row 0, column 0, this output only takes values from 0 to 1");
    CHECK(with([](A& a) { a.w.assign(22, 1); }) == "there are 22 sample weights for 23 samples");
    CHECK(with([](A& a) { a.w.assign(23, 0); }) ==
          "all 23 sample weights are 0, expected one above 0");
    CHECK(with([](A& a) { a.w.assign(23, 1), a.w[7] = -1; }) ==
          "the weight of sample 7 is -1, it must be finite and at least 0");
    CHECK(with([](A& a) { a.w.assign(23, 1), a.w[7] = nan_value; }) ==
          "the weight of sample 7 is nan, it must be finite and at least 0");
    CHECK(with([](A& a) { a.p.X.conservativeResize(0, 3), a.p.Y.conservativeResize(0, 2); }) ==
          "there are no samples, expected at least one");
    CHECK(with([](A& a) { a.p.X.conservativeResize(23, 2); }) ==
          "X is 23 x 2, the network has 3 inputs");
    CHECK(with([](A& a) { a.p.Y.conservativeResize(23, 1); }) ==
          "Y is 23 x 1, but X has 23 samples and the network 2 outputs");
    CHECK(with([](A&) {}) == "nothing refused");
}

TEST_CASE("fit refusals: messages use the caller's name of each argument",
          "[train][fit_refusals]") {
    using Net = test::Task::Net;
    const test::Task p;
    const std::vector<double> ones(23, 1.0);
    /// The arguments of a call; each check makes one of them invalid.
    struct Arguments {
        Matrix<double> X, Y, X_validation, Y_validation;
        std::vector<double> w, w_validation;
    };
    const auto fitted = [&](const Arguments& a) {
        Net net = p.net;
        fit(net, a.X, a.Y, SquaredError{}, a.w, Adam{}, {.epochs = 1},
            {a.X_validation, a.Y_validation, VectorArg<double>(a.w_validation)});
    };
    const auto said = [&](const auto& change) {
        Arguments a{p.X, p.Y, p.X.topRows(9), p.Y.topRows(9), ones, std::vector<double>(9, 1.0)};
        change(a);
        return test::refusal<std::invalid_argument>([&] { fitted(a); });
    };
    const auto refuses = [&](const char* start, const auto& change) {
        const std::string message = said(change);
        INFO(message);
        CHECK(message.starts_with(start));
    };
    for (const double bad : {nan_value, inf, -inf}) {
        refuses("X is ", [=](Arguments& a) { a.X(7, 2) = bad; });
        refuses("Y is ", [=](Arguments& a) { a.Y(7, 1) = bad; });
        refuses("validation.X is ", [=](Arguments& a) { a.X_validation(7, 2) = bad; });
        refuses("validation.Y is ", [=](Arguments& a) { a.Y_validation(7, 1) = bad; });
        refuses("the weight of sample 7 is ", [=](Arguments& a) { a.w[7] = bad; });
        refuses("the weight of validation sample 7 is ",
                [=](Arguments& a) { a.w_validation[7] = bad; });
    }
    refuses("Y is 1.5 in row 4, column 1", [](Arguments& a) { a.Y(4, 1) = 1.5; });
    refuses("validation.Y is 1.5 in row 4, column 1",
            [](Arguments& a) { a.Y_validation(4, 1) = 1.5; });
    refuses("X is 23 x 2", [](Arguments& a) { a.X.conservativeResize(23, 2); });
    refuses("Y is 22 x 2, but X", [](Arguments& a) { a.Y.conservativeResize(22, 2); });
    refuses("validation.X is 9 x 2", [](Arguments& a) { a.X_validation.conservativeResize(9, 2); });
    refuses("validation.Y is 8 x 2, but validation.X has 9",
            [](Arguments& a) { a.Y_validation.conservativeResize(8, 2); });
    refuses("there are 5 sample weights for 23 samples", [](Arguments& a) { a.w.resize(5); });
    refuses("there are 5 validation sample weights for 9 validation samples",
            [](Arguments& a) { a.w_validation.resize(5); });
    refuses("all 9 validation sample weights are 0, expected one above 0",
            [](Arguments& a) { a.w_validation.assign(9, 0.0); });
}
