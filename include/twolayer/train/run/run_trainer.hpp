// SPDX-License-Identifier: MIT
// The training of one start: its first weights, epochs, validation and score.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/fit_state.hpp>
#include <twolayer/train/run/batches.hpp>
#include <twolayer/train/run/epoch.hpp>
#include <twolayer/train/run/first_weights.hpp>
#include <twolayer/train/run/interruption.hpp>
#include <twolayer/train/run/objective.hpp>
#include <twolayer/train/run/training_data.hpp>

#include <cstdint>
#include <optional>
#include <random>

namespace twolayer::detail {

/// Trains runs of a fit, one at a time, an epoch at a time. An epoch is a pass over all batches
/// for a method that steps from a gradient, and an iteration for one that minimizes over all
/// samples. Several trainers may run in parallel, each in its own thread.
template <Network Net, typename Method>
class RunTrainer {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;
    using Run = typename FitState<Net, Method>::Run;
    static constexpr bool steps_from_gradient = GradientMethod<Method, Scalar>;

public:
    using Objective = NetworkObjective<Net, multiplies_by_curvature<Method>>;
    static constexpr Index default_epochs = steps_from_gradient ? 100 : 1000;

    /// `threads` is the maximum number of threads for losses and gradients. Throws
    /// std::invalid_argument for mini-batches that the method does not support.
    RunTrainer(const Net& net, const LossFunctions<Net>& functions,
               const TrainingData<Scalar>& data, const Method& method, const FitOptions& options,
               int threads)
        : data_(data),
          method_(method),
          options_(options),
          objective_(net, functions, data.training(), options.weight_decay, threads) {
        const Index samples = objective_.samples().counted;
        if constexpr (!steps_from_gradient || requires { Method::full_batch_only; })
            if (options.batch_size < samples)
                fail("batch_size is ", options.batch_size, ", ", Method::name, " takes all ",
                     samples, " samples: leave it out");
        if constexpr (steps_from_gradient)
            epoch_ = EpochMemory<Net>{
                {objective_.samples(), options.batch_size}, net.weights(), Weights(net.shape())};
    }

    Objective& objective() { return objective_; }

    /// The initial state of the method for `size` weights.
    static auto new_state(const Method& method, Index size) {
        using State = typename Method::template State<Scalar>;
        if constexpr (steps_from_gradient)
            return State(size);
        else
            return State(method, size);
    }

    /// Start 0 takes the given weights if they are not all zero; all others draw their own.
    Run begin(Index number, Weights weights) {
        // Every start has its own generator, so starts may run in any order.
        std::seed_seq seeds{std::uint32_t(options_.seed), std::uint32_t(options_.seed >> 32),
                            std::uint32_t(number)};
        std::mt19937_64 generator(seeds);
        if (number > 0 || weights.theta().isZero(Scalar(0)))
            draw_first_weights(weights, generator, options_.standardize);
        else
            data_.units().from_caller(weights);
        if (!all_finite(weights.theta()))
            fail("a weight is too large for the units of standardized data");
        return {.weights = weights,
                .method = new_state(method_, weights.size()),
                .generator = generator,
                .history = {.best = weights,
                            .losses = {},
                            .validation_losses = {},
                            .weight_decay = options_.weight_decay}};
    }

    /// Trains epochs until there is a reason to stop; `after_epoch(run)` may return one, too. If
    /// the watch interrupts an epoch, the run is as it was after the previous epoch; only the
    /// validation of an epoch may still be missing.
    template <typename AfterEpoch>
    StopReason train(Run& run, const Watch* watch, AfterEpoch after_epoch) {
        StopReason reason{};
        const auto interruption =
            watched(watch, [&] { reason = train_to_the_end(run, after_epoch); });
        return interruption.value_or(reason);
    }

    /// Does work on the objective; returns the reason if the watch interrupted it.
    template <typename Work>
    std::optional<StopReason> watched(const Watch* watch, Work work) {
        objective_.set_watch(watch);
        const auto interruption = interruption_of(work);
        objective_.set_watch(nullptr);
        return interruption;
    }

    /// The history of a run that has ended. `best_loss` is the score by which runs are compared:
    /// the validation loss; else minus the log evidence; else the final loss plus penalty, or the
    /// best finite one if that is not finite. `best` holds the weights with this score. If the
    /// watch leaves no time to compute it, `best_loss` is unbounded.
    FitHistory<Net> ended_history(Run& run, const Watch* watch) {
        FitHistory<Net> history = run.history;
        const bool failed = history.stop_reason == StopReason::not_finite;
        if (data_.validated()) {
            history.losses.resize(history.validation_losses.size());
        } else {
            const auto last =
                failed ? std::nullopt : loss_at(run.weights, history.weight_decay, watch);
            if (!failed && (!last || *last < unbounded)) {
                history.best = run.weights;
                history.best_epoch = std::ssize(history.losses);
                history.best_loss = last.value_or(unbounded);
            } else {
                history.stop_reason = StopReason::not_finite;
                history.best_loss = loss_at(history.best, history.weight_decay, nullptr).value();
            }
        }
        if constexpr (requires { run.method.effective_parameters(); })
            add_evidence(run, history, watch);
        return history;
    }

private:
    template <typename AfterEpoch>
    StopReason train_to_the_end(Run& run, AfterEpoch after_epoch) {
        auto& history = run.history;
        const Index epochs = options_.epochs.value_or(default_epochs);
        if (data_.validated() && history.losses.empty())
            history.offer(run.weights, double(validation_losses(run.weights).loss), 0);
        bool trained =
            data_.validated() && history.validation_losses.size() < history.losses.size();
        for (;; trained = train_one_epoch(run)) {
            if (trained) {
                if (data_.validated())
                    validate(run);
                if (const auto interruption = after_epoch(run))
                    return *interruption;
            }
            if (history.stop_reason)
                return *history.stop_reason;
            if (run.monitored_loss <= options_.loss_goal && history.last_is_best())
                return StopReason::target_reached;
            if (std::ssize(history.losses) >= epochs)
                return StopReason::iteration_limit;
        }
    }

    /// Returns false if no epoch was completed: the run then has a reason to stop.
    bool train_one_epoch(Run& run) {
        double loss = 0;
        std::optional<StopReason> reason;
        if constexpr (steps_from_gradient)
            reason = step_through_batches(run, method_, options_, default_epochs, objective_,
                                          *epoch_, !data_.validated(), loss);
        else
            reason = minimize_once(run, method_, objective_, !data_.validated(), loss);
        run.history.weight_decay = objective_.weight_decay();
        if (!reason)
            run.history.losses.push_back(loss);
        else if (*reason != StopReason::target_reached)
            run.history.stop_reason = reason;
        return !reason;
    }

    LossPair<Scalar> validation_losses(const Weights& weights) {
        return objective_.losses_over(data_.validation(), data_.validation().total, weights);
    }

    void validate(Run& run) {
        auto& history = run.history;
        const auto validation = validation_losses(run.weights);
        const double loss = double(validation.loss);
        const Index epoch = std::ssize(history.losses);
        history.validation_losses.push_back(
            objective_.in_units(loss, double(validation.monitored)));
        history.offer(run.weights, loss, epoch);
        if (epoch - history.best_epoch >= options_.patience)
            history.stop_reason = StopReason::no_further_progress;
    }

    /// Adds the evidence at the end of the run, if the method estimates it.
    void add_evidence(Run& run, FitHistory<Net>& history, const Watch* watch) {
        const auto theta = run.weights.theta();
        history.effective_parameters = run.method.effective_parameters();
        if (history.stop_reason != StopReason::not_finite)
            watched(watch,
                    [&] { history.log_evidence = run.method.log_evidence(objective_, theta); });
        if (!data_.validated())
            history.best_loss = -history.log_evidence;
    }

    /// The loss plus its penalty, unbounded if not finite; nothing if interrupted.
    std::optional<double> loss_at(const Weights& weights, double weight_decay, const Watch* watch) {
        objective_.set_weight_decay(weight_decay);
        const auto theta = weights.theta();
        double value = 0;
        const auto evaluate = [&] { value = double(objective_(theta).total()); };
        if (watched(watch, evaluate))
            return std::nullopt;
        return is_finite(value) ? value : unbounded;
    }

    const TrainingData<Scalar>& data_;
    const Method& method_;
    const FitOptions& options_;
    Objective objective_;
    std::optional<EpochMemory<Net>> epoch_;  ///< of a method that steps from a gradient
};

}  // namespace twolayer::detail
