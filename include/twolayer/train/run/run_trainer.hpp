// SPDX-License-Identifier: MIT
// The training of one start: its first weights, epochs, validation and score.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/random.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/policies/initialize.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/fit_state.hpp>
#include <twolayer/train/run/epoch.hpp>
#include <twolayer/train/run/interruption.hpp>
#include <twolayer/train/run/objective.hpp>
#include <twolayer/train/run/training_data.hpp>

#include <cstdint>
#include <numbers>
#include <optional>
#include <random>

namespace twolayer::detail {

/// Draws the weights that a start begins with. With few inputs, spreading the slopes over them
/// takes half the iterations or less to learn a function of them; with more inputs it does not
/// help.
///
/// NguyenWidrow is for inputs between -1 and 1. Standardized inputs reach sqrt(3) if they are
/// uniform, and further otherwise. For a curve, 2.5 was measured to be better.
template <typename Weights, WordGenerator Generator>
void draw_first_weights(Weights& weights, Generator& generator, bool standardized) {
    const Shape& shape = weights.shape();
    if (!shape.biases || shape.inputs > 3)
        return Glorot::draw(weights, generator);
    NguyenWidrow::draw(weights, generator);
    if (standardized)
        weights.W1() /= typename Weights::Scalar(shape.inputs == 1 ? 2.5 : std::numbers::sqrt3);
}

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
    using Objective = NetworkObjective<Net>;
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
        auto& history = run.history;
        const Index epochs = options_.epochs.value_or(default_epochs);
        const bool validated = data_.validated();
        std::optional<StopReason> reason;
        const auto interruption = watched(objective_, watch, [&] {
            if (validated && history.losses.empty())
                history.offer(run.weights, double(validation_losses(run.weights).loss), 0);
            bool trained = validated && history.validation_losses.size() < history.losses.size();
            for (;;) {
                if (trained && validated)
                    validate(run);
                reason = trained ? after_epoch(run) : std::nullopt;
                if (!reason)
                    reason = history.stop_reason;
                if (!reason && run.monitored_loss <= options_.loss_goal && history.last_is_best())
                    reason = StopReason::goal_reached;
                if (!reason && std::ssize(history.losses) >= epochs)
                    reason = StopReason::iteration_limit;
                if (reason)
                    return;
                if constexpr (steps_from_gradient)
                    trained = step_through_batches(run, method_, options_, epochs, objective_,
                                                   *epoch_, !validated);
                else
                    trained = minimize_once(run, method_, objective_, !validated);
            }
        });
        return interruption ? *interruption : *reason;
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
            watched(objective_, watch,
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
        if (watched(objective_, watch, evaluate))
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
