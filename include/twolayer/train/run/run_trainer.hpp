// SPDX-License-Identifier: MIT
// The training of one start: its epochs, validation and score.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/fit_state.hpp>
#include <twolayer/train/run/batches.hpp>
#include <twolayer/train/run/interruption.hpp>
#include <twolayer/train/run/objective.hpp>
#include <twolayer/train/run/training_data.hpp>

#include <cmath>
#include <iterator>
#include <numbers>
#include <optional>

namespace twolayer::detail {

/// A method with a learning rate, which can be lowered from epoch to epoch.
template <typename Method>
concept Annealed = requires(Method& method) { method.learning_rate *= 0.5; };

/// The end of a run: the reason, and the history with the score that selects the best run.
template <Network Net>
struct FinishedRun {
    StopReason reason;
    FitHistory<Net> history;
    Index evaluations, products;
};

/// Trains runs of a fit, one at a time. Several trainers may run in parallel, each in its own
/// thread.
template <Network Net>
class RunTrainer {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;
    using Run = FitRun<Net>;
    template <typename Method>
    using RunBy = typename FitState<Net, Method>::Run;

public:
    /// `threads` is the maximum number of threads for losses and gradients.
    RunTrainer(const Net& net, const LossFunctions<Net>& functions,
               const TrainingData<Scalar>& data, const FitOptions& options, int threads)
        : data_(data),
          options_(options),
          objective_(net, functions, data.training(), options.weight_decay, threads),
          batches_(data.training(), options.batch_size),
          before_(net.shape(), Unset{}),
          gradient_(net.shape(), Unset{}) {}

    NetworkObjective<Net>& objective() { return objective_; }

    /// Trains a run to its end, and from then on ends the runs with higher numbers if it ends the
    /// fit. An epoch is a pass over all batches for a method that steps from a gradient, and an
    /// iteration for one that minimizes over all samples; after_epoch() may return a reason to
    /// stop. If `end` interrupts an epoch, the run is as it was after the previous epoch; only the
    /// validation of an epoch may still be missing.
    template <typename Method, typename AfterEpoch>
    FinishedRun<Net> train(RunBy<Method>& run, const Method& method, Index number, EarlyEnd& end,
                           AfterEpoch after_epoch) {
        const Index epochs = options_.epochs.value_or(default_epochs<Method, Scalar>);
        auto& history = run.history;
        std::optional<StopReason> reason;
        const RunWatch watch(end, number);
        const auto interruption = watched(objective_, end.possible() ? &watch : nullptr, [&] {
            bool trained =
                data_.validated() && history.validation_losses.size() < history.losses.size();
            if (data_.validated() && history.losses.empty())
                validate(run);
            for (;;) {
                if (trained && data_.validated())
                    validate(run);
                reason = trained ? after_epoch() : std::nullopt;
                if (!reason)
                    reason = history.stop_reason;
                if (!reason && run.monitored_loss <= options_.loss_goal && history.last_is_best())
                    reason = StopReason::goal_reached;
                if (!reason && std::ssize(history.losses) >= epochs)
                    reason = StopReason::iteration_limit;
                if (reason)
                    return;
                if constexpr (GradientMethod<Method, Scalar>)
                    trained = step_through_batches(run, method, epochs);
                else
                    trained = minimize_once(run, method);
                history.weight_decay = objective_.weight_decay();
            }
        });
        if (interruption)
            reason = interruption;
        if (ends_the_fit(*reason))
            end.end_after(number);
        return {*reason, ended_history(run, Hurry(end.urgent(*reason))), run.evaluations,
                run.products};
    }

private:
    /// The history of a run that has ended. `best_loss` is the score by which runs are compared:
    /// the validation loss; else minus the log evidence; else the final loss plus penalty, or the
    /// best finite one if that is not finite. `best` holds the weights with this score. If the
    /// watch leaves no time to compute it, `best_loss` is unbounded.
    template <typename MethodRun>
    FitHistory<Net> ended_history(MethodRun& run, const Watch& watch) {
        FitHistory<Net> history = scored_history(run, watch);
        if constexpr (requires { run.method.effective_parameters(); }) {
            history.effective_parameters = run.method.effective_parameters();
            if (history.stop_reason != StopReason::not_finite)
                watched(objective_, &watch, [&] {
                    history.log_evidence = run.method.log_evidence(objective_, run.weights.theta());
                });
            if (!data_.validated())
                history.best_loss = -history.log_evidence;
        }
        return history;
    }

    /// One step for each batch. Adds the loss of the epoch to the history: the mean over the
    /// samples, each computed before its step. Returns false if the weights before the epoch had
    /// reached the goal, or if the epoch failed: the run then has the best weights of its history,
    /// and a reason to stop.
    template <typename Method>
    bool step_through_batches(RunBy<Method>& run, const Method& method, Index epochs) {
        auto& history = run.history;
        const bool whole = batches_.whole();
        const auto done = std::ssize(history.losses);
        Method now = method;
        if constexpr (Annealed<Method>)
            if (options_.anneal) {
                const double progress = double(done) / double(epochs);
                now.learning_rate *= 0.5 * (1 + std::cos(std::numbers::pi * progress));
            }
        // A batch of all samples is one sum, computed before anything moves, and without a watch
        // nothing is interrupted.
        std::optional<Rollback<Weights, decltype(run.method), decltype(run.generator)>> undo;
        if (!whole && objective_.workspace().watch() != nullptr)
            undo.emplace(run.weights, run.method, run.generator);
        const auto theta = run.weights.theta(), g = gradient_.theta();
        before_ = run.weights;
        bool reached = false;
        double loss = 0, monitored = 0;
        batches_.draw_order(run.generator);
        for (Index b = 0; b < batches_.count(); ++b) {
            const auto batch = batches_.batch(b);
            const double share = batches_.share(batch);
            const auto losses = objective_.losses_over(batch, run.weights, &gradient_);
            loss += share * double(static_cast<Scalar>(losses.loss));
            monitored += share * static_cast<double>(losses.monitored);
            reached = whole && monitored <= options_.loss_goal && history.last_is_best();
            if (!reached)
                run.method.step(now, theta, g);
        }
        // The loss at the weights after the step is still unknown, unless it is computed here.
        const bool look = !whole && monitored <= options_.loss_goal;
        run.monitored_loss = look ? objective_(theta).monitored : reached ? monitored : unbounded;
        run.evaluations += look ? 2 : 1;
        if (!data_.validated())
            history.offer(before_, loss, done);
        if (reached)
            return false;
        if (is_finite(loss) && all_finite(theta)) {
            history.losses.push_back(objective_.in_units(loss, monitored));
            return true;
        }
        run.weights = history.best;
        history.stop_reason = StopReason::not_finite;
        return false;
    }

    /// One iteration of a minimizer. Adds the loss after it to the history, or a reason to stop if
    /// no iteration was possible, and then returns false.
    template <typename Method>
    bool minimize_once(RunBy<Method>& run, const Method& method) {
        auto& history = run.history;
        const auto reason = run.method.step(method, objective_, run.weights.theta());
        const auto iterate = run.method.iterate();
        run.evaluations = iterate.evaluations;
        run.products = iterate.products;
        run.monitored_loss = iterate.monitored;
        const double loss = double(iterate.loss);
        if (reason == StopReason::not_finite && !data_.validated())  // no step increases the loss
            history.offer(run.weights, loss, std::ssize(history.losses));
        if (reason)
            history.stop_reason = reason;
        else
            history.losses.push_back(objective_.in_units(loss, iterate.monitored));
        return !reason;
    }

    /// Computes the validation loss after the last epoch, or before the first.
    void validate(Run& run) {
        auto& history = run.history;
        const auto losses = objective_.losses_over(data_.validation(), run.weights);
        const Index epoch = std::ssize(history.losses);
        const double loss = double(losses.loss);
        history.offer(run.weights, loss, epoch);
        if (epoch > 0)
            history.validation_losses.push_back(
                objective_.in_units(loss, double(losses.monitored)));
        if (epoch - history.best_epoch >= options_.patience)
            history.stop_reason = StopReason::no_further_progress;
    }

    /// The history with its score, without the evidence.
    FitHistory<Net> scored_history(const Run& run, const Watch& watch) {
        FitHistory<Net> history = run.history;
        if (data_.validated()) {
            history.losses.resize(history.validation_losses.size());
            return history;
        }
        objective_.set_weight_decay(history.weight_decay);
        double loss = unbounded;  // and penalty
        const auto evaluate = [&](const Weights& at, const Watch* by) {
            const auto set_loss = [&] { loss = double(objective_(at.theta()).total()); };
            return watched(objective_, by, set_loss);
        };
        if (history.stop_reason != StopReason::not_finite &&
            (evaluate(run.weights, &watch) || is_finite(loss))) {
            history.best = run.weights;
            history.best_epoch = std::ssize(history.losses);
        } else {
            history.stop_reason = StopReason::not_finite;
            evaluate(history.best, nullptr);
        }
        history.best_loss = is_finite(loss) ? loss : unbounded;
        return history;
    }

    const TrainingData<Scalar>& data_;
    const FitOptions& options_;
    NetworkObjective<Net> objective_;
    Batches<Scalar> batches_;
    Weights before_, gradient_;  ///< of an epoch's steps
};

}  // namespace twolayer::detail
