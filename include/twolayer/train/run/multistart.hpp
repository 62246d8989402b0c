// SPDX-License-Identifier: MIT
// Trains the starts of one fit, in parallel if that pays, and keeps the best.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/kernels/parallel.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/fit_state.hpp>
#include <twolayer/train/run/diagnose.hpp>
#include <twolayer/train/run/interruption.hpp>
#include <twolayer/train/run/run_trainer.hpp>
#include <twolayer/train/run/training_data.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace twolayer::detail {

/// A run that has ended: the reason, and the history by which it is compared.
template <Network Net, typename Method>
struct FinishedRun {
    StopReason reason;
    FitHistory<Net> history;
    Index evaluations;
    Index products;
    /// The whole run, if no other follows and it is not in the FitState already.
    std::optional<typename FitState<Net, Method>::Run> run = {};
};

/// Whether a run that ended for this reason ends the fit, even if starts are left.
inline bool ends_the_fit(StopReason reason) {
    return reason == StopReason::goal_reached || reason == StopReason::stopped_by_caller ||
           reason == StopReason::time_limit;
}

template <Network Net, typename Method>
bool improves_on_best(const FitState<Net, Method>& state, const FitHistory<Net>& history) {
    return !state.kept || history.best_loss < state.kept->best_loss;
}

/// Moves on to the next start. Keeps the run that has ended if it is the best so far.
template <Network Net, typename Method>
void record(FitState<Net, Method>& state, FinishedRun<Net, Method>&& run) {
    state.evaluations += run.evaluations;
    state.products += run.products;
    if (improves_on_best(state, run.history)) {
        state.kept = std::move(run.history);
        state.kept_start = state.start;
    }
    ++state.start;
}

/// Returns the weights of the best of all runs and reports how they were found. `last` is the
/// current run of the state.
template <Network Net, typename Method>
typename Net::Weights report_best(const FitState<Net, Method>& state,
                                  FinishedRun<Net, Method>&& last, FitReport& report) {
    FitHistory<Net> history = std::move(last.history);
    StopReason reason = last.reason;
    report.best_start = state.start;
    if (reason != StopReason::goal_reached && !improves_on_best(state, history)) {
        history = *state.kept;
        report.best_start = state.kept_start;
        if (!ends_the_fit(reason))  // a run without a reason did all its epochs
            reason = history.stop_reason.value_or(StopReason::iteration_limit);
    } else if (history.stop_reason == StopReason::not_finite) {
        reason = StopReason::not_finite;
    }
    report.stop_reason = reason;
    report.epochs = std::ssize(history.losses);
    report.best_epoch = history.best_epoch;
    report.losses = std::move(history.losses);
    report.validation_losses = std::move(history.validation_losses);
    report.evaluations = state.evaluations + last.evaluations;
    report.products = state.products + last.products;
    report.starts = state.start + 1;
    report.weight_decay = history.weight_decay;
    report.effective_parameters = history.effective_parameters;
    report.log_evidence = history.log_evidence;
    return history.best;
}

/// How many of the remaining starts are trained in parallel: as many as threads if at least as many
/// remain as there are parts in a gradient; otherwise one, and all threads share each gradient.
/// With a callback or a time limit, starts are trained one after the other.
template <Network Net, typename Method>
Index starts_at_once(const Shape& shape, Index samples, const Method& method,
                     const FitOptions& options, Index remaining) {
    using Scalar = typename Net::Scalar;
    if (!kernels::parallel || options.callback || options.time_limit < unbounded)
        return 1;
    Index most = std::min<Index>(options.threads, remaining);
    if constexpr (requires { method.template states_within_limit<Scalar>(shape.size()); })
        most = (std::min)(most, method.template states_within_limit<Scalar>(shape.size()));
    if (most == 1)
        return 1;
    const Index rows = (std::min)(options.batch_size, samples);
    const Index parts = TileMemory<Net>::for_one_call(shape, rows).parts_of(rows);
    return most < std::min<Index>(options.threads, parts) ? 1 : most;
}

/// Trains all starts of a fit from its state on, and gives the network the best of their weights.
template <Network Net, typename Method>
FitReport multistart(Net& net, const LossFunctions<Net>& functions,
                     const TrainingData<typename Net::Scalar>& data, const Method& method,
                     const FitOptions& options, FitState<Net, Method>& state) {
    using Run = typename FitState<Net, Method>::Run;
    using Trainer = RunTrainer<Net, Method>;
    using Finished = FinishedRun<Net, Method>;
    EarlyEnd end(options);
    const typename Net::Weights given = net.weights();
    const double seconds_before = state.seconds;
    const Index starts = (std::max)(options.starts.value_or(1), state.start + 1);
    const Index at_once = starts_at_once<Net>(net.shape(), data.training().X.rows, method, options,
                                              starts - state.start);

    std::vector<std::optional<Trainer>> trainers(static_cast<std::size_t>(at_once));
    const auto trainer = [&](int thread) -> Trainer& {  // created by the thread that uses it
        auto& created = trainers[std::size_t(thread)];
        if (!created)
            created.emplace(net, functions, data, method, options,
                            at_once > 1 ? 1 : options.threads);
        return *created;
    };
    const auto call_back = [&](const Run& run) {
        const auto& history = run.history;
        net.weights() = data.units().to_caller(run.weights);
        state.seconds = seconds_before + end.seconds();
        return options.callback({.epoch = Index(history.losses.size()),
                                 .loss = history.losses.back(),
                                 .validation_loss = data.validated()
                                                        ? history.validation_losses.back()
                                                        : std::numeric_limits<double>::quiet_NaN(),
                                 .start = state.start});
    };

    trainer(0);  // refuses batches before anything changes
    if (!state.current)
        state.current = trainer(0).begin(state.start, net.weights());
    state.units = data.units();
    std::optional<Finished> last;
    while (!last) {
        // The current run and, in parallel, some of the following ones: more than threads, so that
        // no thread idles; not all of them, to bound the memory for their histories. Entries after
        // the run that ended the fit are empty.
        std::vector<std::optional<Finished>> round(
            std::size_t((std::min)(at_once == 1 ? 1 : 4 * at_once, starts - state.start)));
        kernels::for_each_part(std::ssize(round), int(at_once), [&](Index i, int thread) {
            const Index number = state.start + i;
            if (end.ended_before(number))
                return;
            std::optional<Run> following;
            if (i > 0)
                following = trainer(thread).begin(number, net.weights());
            Run& run = i > 0 ? *following : *state.current;
            const RunWatch watch(end, number);
            const auto after_epoch = [&](const Run& at) {
                return options.callback && !call_back(at)
                           ? std::optional(StopReason::stopped_by_caller)
                           : end.reason(number);
            };
            const StopReason reason = trainer(thread).train(
                run, at_once > 1 || end.possible() ? &watch : nullptr, after_epoch);
            if (ends_the_fit(reason))
                end.end_after(number);
            const Hurry hurry(end.urgent(reason));
            auto& finished = round[std::size_t(i)];
            finished = Finished{reason, trainer(thread).ended_history(run, &hurry), run.evaluations,
                                run.products};
            if (ends_the_fit(reason) || number + 1 == starts)
                finished->run = std::move(following);
        });
        for (std::optional<Finished>& finished : round) {
            if (finished->run)
                state.current = std::move(finished->run);
            if (ends_the_fit(finished->reason) || state.start + 1 == starts) {
                last = std::move(finished);
                break;
            }
            record(state, std::move(*finished));
        }
        if (!last)
            state.current = trainer(0).begin(state.start, net.weights());
    }

    FitReport report;
    report.method = Method::name;
    report.loss = functions.name;
    Net trained = net;
    trained.weights() = report_best(state, std::move(*last), report);
    auto& objective = trainer(0).objective();
    objective.set_weight_decay(report.weight_decay);
    const Hurry hurry(end.urgent(report.stop_reason));
    diagnose(objective, trained, &hurry, report);
    // Exactly the given weights if they are still those converted from them.
    typename Net::Weights taken_over = given;
    data.units().from_caller(taken_over);
    net.weights() = taken_over.theta() == trained.weights().theta()
                        ? given
                        : data.units().to_caller(trained.weights());
    report.seconds = state.seconds = seconds_before + end.seconds();
    return report;
}

}  // namespace twolayer::detail
