// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/train/fit.hpp>

#include <algorithm>
#include <vector>

#include "parallel/sums.hpp"

/// The numbers of the reports and states of fits with several starts, without the seconds.
using Record = std::vector<double>;

/// The record of restarted() in a translation unit that is compiled without OpenMP.
Record restarted_without_openmp(const Task& task);

namespace {

/// Fits of several starts, which are resumed with more starts.
struct Restarts {
    using Net = Problem<double>::Net;

    Problem<double> problem;
    int threads;
    Record record = {};
    std::vector<twolayer::FitReport> reports = {};

    template <typename Method>
    twolayer::FitReport run(const Method& method, twolayer::FitOptions options,
                            twolayer::FitState<Net, Method>& state, Net& net) {
        options.threads = threads;
        return fit(net, problem.X, problem.Y, LocalCrossEntropy{}, problem.w, method, options,
                   state);
    }

    /// Trains five starts, and then resumes with twelve.
    template <typename Method>
    void train(const Method& method, twolayer::FitOptions options) {
        twolayer::FitState<Net, Method> state;
        for (const twolayer::Index starts : {5, 12}) {
            Net net = problem.net;
            options.starts = starts;
            const auto report = reports.emplace_back(run(method, options, state, net));
            for (const auto number :
                 {report.starts, report.best_start, report.epochs, report.best_epoch,
                  report.evaluations, twolayer::Index(report.stop_reason), state.start,
                  state.kept_start, state.evaluations, state.current->evaluations})
                record.push_back(double(number));
            record.push_back(report.final_loss);
            record.push_back(report.gradient_norm);
            for (const auto& losses : {report.losses, report.validation_losses})
                record.insert(record.end(), losses.begin(), losses.end());
            for (const auto& weights : {net.weights(), state.current->weights, state.kept->best})
                record.insert(record.end(), weights.theta().begin(), weights.theta().end());
        }
    }

    /// The final loss of start `number` alone.
    double loss_of_start(twolayer::Index number, const twolayer::FitOptions& options) {
        twolayer::FitState<Net, twolayer::Lbfgs> state;
        state.start = number;
        Net net = problem.net;
        return run(twolayer::Lbfgs{}, options, state, net).final_loss;
    }
};

/// Trains with mini-batches and validation data, with L-BFGS, and with L-BFGS and a loss goal that
/// one of the first starts reaches.
Restarts restarted(const Task& task, int threads) {
    Restarts starts{.problem = Problem<double>(task), .threads = threads};
    starts.train(twolayer::Adam{.learning_rate = 0.05},
                 {.epochs = 6, .batch_size = 5, .validation_fraction = 0.3, .patience = 3});
    twolayer::FitOptions options{.epochs = 8};
    starts.train(twolayer::Lbfgs{}, options);
    double target = starts.loss_of_start(0, options);
    for (twolayer::Index number = 1; number < 4; ++number)
        target = std::min(target, starts.loss_of_start(number, options));
    options.loss_goal = target;
    starts.train(twolayer::Lbfgs{}, options);
    return starts;
}

}  // namespace
