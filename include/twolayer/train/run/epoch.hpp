// SPDX-License-Identifier: MIT
// One epoch of training: steps through all batches, or an iteration of a minimizer.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/run/batches.hpp>

#include <cmath>
#include <iterator>
#include <numbers>
#include <optional>

namespace twolayer::detail {

/// A method with a learning rate, which can be lowered from epoch to epoch.
template <typename Method>
concept Annealed = requires(Method& method) { method.learning_rate *= 0.5; };

/// What steps through batches need for an epoch.
template <Network Net>
struct EpochMemory {
    Batches<typename Net::Scalar> batches;
    typename Net::Weights before, gradient;
};

/// One step for each batch. Sets the loss, the mean over the samples, each computed before its
/// step. Returns a reason to stop if the epoch failed, and the run then has the best weights of
/// its history, or if the weights before the epoch had reached the goal.
///
/// `keep_lowest`: whether the history keeps the weights of the lowest loss.
template <typename Run, typename Method, typename Objective, Network Net>
std::optional<StopReason> step_through_batches(Run& run, const Method& method,
                                               const FitOptions& options, Index default_epochs,
                                               Objective& objective, EpochMemory<Net>& memory,
                                               bool keep_lowest, double& loss) {
    using Scalar = typename Net::Scalar;
    auto& batches = memory.batches;
    const bool whole = batches.whole();
    const auto done = std::ssize(run.history.losses);
    Method now = method;
    if constexpr (Annealed<Method>)
        if (options.anneal) {
            const double progress = double(done) / double(options.epochs.value_or(default_epochs));
            now.learning_rate *= 0.5 * (1 + std::cos(std::numbers::pi * progress));
        }
    memory.before = run.weights;
    // A batch of all samples is one sum, computed before anything moves, and without a watch
    // nothing is interrupted.
    std::optional<Rollback<typename Net::Weights, decltype(run.method), decltype(run.generator)>>
        undo;
    if (!whole && objective.workspace().watch() != nullptr)
        undo.emplace(run.weights, run.method, run.generator);
    const auto theta = run.weights.theta(), g = memory.gradient.theta();
    bool reached = false;
    double monitored = 0;
    loss = 0;
    batches.for_each(run.generator, [&](const auto& batch, const auto& total, double share) {
        const auto losses = objective.losses_over(batch, total, run.weights, &memory.gradient);
        loss += share * double(static_cast<Scalar>(losses.loss));
        monitored += share * static_cast<double>(losses.monitored);
        reached = whole && monitored <= options.loss_goal && run.history.last_is_best();
        if (!reached)
            run.method.step(now, run.weights.theta(), g);
    });
    // The loss at the weights after the step is still unknown, unless it is computed here.
    const bool look = !whole && monitored <= options.loss_goal;
    run.monitored_loss = look ? objective(theta).monitored : reached ? monitored : unbounded;
    run.evaluations += look ? 2 : 1;
    if (keep_lowest && is_finite(loss))
        run.history.offer(memory.before, loss, done);
    if (reached)
        return StopReason::target_reached;
    if (is_finite(loss) && all_finite(theta)) {
        loss = objective.in_units(loss, monitored);
        return std::nullopt;
    }
    run.weights = run.history.best;
    return StopReason::not_finite;
}

/// One iteration of a minimizer. Sets the loss after it, in the caller's units. Returns a
/// reason to stop if no iteration was possible.
template <typename Run, typename Method, typename Objective>
std::optional<StopReason> minimize_once(Run& run, const Method& method, Objective& objective,
                                        bool keep_lowest, double& loss) {
    using Scalar = typename decltype(run.weights)::Scalar;
    const auto reason = run.method.step(method, objective, run.weights.theta());
    const Iterate<Scalar>& iterate = run.method.iterate();
    run.evaluations = iterate.evaluations;
    run.products = iterate.products;
    run.monitored_loss = iterate.monitored;
    loss = double(iterate.loss);
    if (reason == StopReason::not_finite && keep_lowest)  // no step increases the loss
        run.history.offer(run.weights, loss, std::ssize(run.history.losses));
    loss = objective.in_units(loss, run.monitored_loss);
    return reason;
}

}  // namespace twolayer::detail
