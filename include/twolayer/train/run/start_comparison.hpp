// SPDX-License-Identifier: MIT
// Compares the starts of a fit and keeps the best.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/stop_reason.hpp>
#include <twolayer/train/fit_report.hpp>
#include <twolayer/train/fit_state.hpp>

#include <optional>
#include <utility>

namespace twolayer::detail {

/// A start that has ended: the reason, and the history by which it is compared.
template <Network Net, typename Method>
struct EndedStart {
    StopReason reason;
    FitHistory<Net> history;
    Index evaluations;
    Index products;
    /// The whole start, if no other follows and it is not in the FitState already.
    std::optional<typename FitState<Net, Method>::Start> start = {};
};

/// Whether a start that ended for this reason ends the fit, even if starts are left.
inline bool ends_the_fit(StopReason reason) {
    return reason == StopReason::target_reached || reason == StopReason::stopped_by_caller ||
           reason == StopReason::time_limit;
}

template <Network Net, typename Method>
bool beats_kept(const FitState<Net, Method>& state, const FitHistory<Net>& history) {
    return !state.kept || history.best_loss < state.kept->best_loss;
}

/// Moves on to the next start. Keeps the one that has ended if it is the best so far.
template <Network Net, typename Method>
void keep_start(FitState<Net, Method>& state, EndedStart<Net, Method>&& ended) {
    state.evaluations += ended.evaluations;
    state.products += ended.products;
    if (beats_kept(state, ended.history)) {
        state.kept = std::move(ended.history);
        state.kept_start = state.start;
    }
    ++state.start;
}

/// Returns the weights of the best of all starts and reports how they were found. `last` is the
/// current start of the state.
template <Network Net, typename Method>
typename Net::Weights choose_start(const FitState<Net, Method>& state,
                                   EndedStart<Net, Method>&& last, FitReport& report) {
    FitHistory<Net> history = std::move(last.history);
    StopReason reason = last.reason;
    report.best_start = state.start;
    if (reason != StopReason::target_reached && !beats_kept(state, history)) {
        history = *state.kept;
        report.best_start = state.kept_start;
        if (!ends_the_fit(reason))  // a start without a reason did all its epochs
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

}  // namespace twolayer::detail
