// SPDX-License-Identifier: MIT
//
// This library: fit() that chooses loss, method and starts itself, and fit() with a given method.

#include <string>
#include <twolayer.hpp>

#include "peer.hpp"

namespace benchmark {

namespace {

using namespace twolayer;
using Net = TwoLayerNet<double>;

/// Training by `call(net, task, options)`. The options have the task's level as their loss goal.
template <typename Call>
Method row(
    const char* name, const char* minimizes, Call call,
    std::function<bool(const Task&)> suits = [](const Task&) { return true; }) {
    const auto prepare = [call](const Task& task) -> Training {
        return [call, &task](std::uint64_t seed) {
            const Stopwatch watch;
            Net net({.inputs = task.X.cols(),
                     .hidden = task.hidden,
                     .outputs = task.Y.cols(),
                     .biases = true});
            call(net, task,
                 FitOptions{
                     .loss_goal = task.level, .time_limit = task.limit_seconds, .seed = seed});
            const double seconds = watch.seconds();
            return Outcome{seconds, net.predict(task.X)};
        };
    };
    return {name, minimizes, prepare, suits};
}

bool has_labels(const Task& task) {
    return task.has_labels();
}
bool has_numbers(const Task& task) {
    return !task.has_labels();
}

/// fit() without a loss and a method: it minimizes the log-loss for labels, else the squared error.
Method one_call(const char* minimizes, std::function<bool(const Task&)> suits) {
    const auto call = [](Net& net, const Task& task, const FitOptions& options) {
        fit(net, task.X, task.Y, options);
    };
    return row("fit", minimizes, call, suits);
}

/// As many epochs as the time limit allows, in one start.
FitOptions patient(FitOptions options) {
    options.epochs = 10'000'000;
    return options;
}

template <typename FitMethod>
Method on_squared_error(const char* name, const FitMethod& method) {
    const auto call = [method](Net& net, const Task& task, const FitOptions& options) {
        fit(net, task.X, task.Y, SquaredError{}, method, patient(options));
    };
    return row(name, "squared error", call);
}

/// Without a loss, fit() minimizes the log-loss of labels; its goal is still the squared error.
template <typename FitMethod>
Method on_log_loss(const char* name, const FitMethod& method) {
    const auto call = [method](Net& net, const Task& task, const FitOptions& options) {
        fit(net, task.X, task.Y, method, patient(options));
    };
    return row(name, "log-loss", call, has_labels);
}

}  // namespace

Program ours() {
    const Lbfgs lbfgs{.gradient_tolerance = 1e-12};
    return {"twolayer",
            twolayer::library_version(),
            {one_call("log-loss", has_labels), one_call("squared error", has_numbers),
             on_squared_error("L-BFGS", lbfgs), on_log_loss("L-BFGS", lbfgs),
             on_squared_error("LM", LevenbergMarquardt{})}};
}

}  // namespace benchmark
