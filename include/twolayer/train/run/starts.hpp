// SPDX-License-Identifier: MIT
// The starts of a fit: their first weights, how many are trained at once, and the best of them.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/random.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/kernels/parallel.hpp>
#include <twolayer/network/forward.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/policies/initialize.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/tiles/workspace.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/fit_state.hpp>
#include <twolayer/train/run/interruption.hpp>
#include <twolayer/train/run/objective.hpp>
#include <twolayer/train/run/run_trainer.hpp>
#include <twolayer/train/run/units.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <iterator>
#include <limits>
#include <numbers>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// A start before its first epoch. Start 0 takes the given weights if they are not all zero; all
/// others draw their own.
template <Network Net>
FitRun<Net> begin_run(Index number, typename Net::Weights weights, const FitOptions& options,
                      const FitUnits<typename Net::Scalar>& units) {
    // Every start has its own generator, so starts may run in any order.
    std::seed_seq seeds{std::uint32_t(options.seed), std::uint32_t(options.seed >> 32),
                        std::uint32_t(number)};
    std::mt19937_64 generator(seeds);
    if (number > 0 || weights.theta().isZero(0))
        draw_first_weights(weights, generator, options.standardize);
    else
        units.from_caller(weights);
    if (!all_finite(weights.theta()))
        fail("a weight is too large for the units of standardized data");
    return {.weights = weights,
            .generator = generator,
            .history = {.best = weights,
                        .losses = {},
                        .validation_losses = {},
                        .weight_decay = options.weight_decay}};
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

/// Moves on to the next start. Keeps the run that has ended if it is the best so far.
template <Network Net, typename Method>
void record(FitState<Net, Method>& state, FinishedRun<Net>&& run) {
    state.evaluations += run.evaluations;
    state.products += run.products;
    if (!state.kept || run.history.best_loss < state.kept->best_loss) {
        state.kept = std::move(run.history);
        state.kept_start = state.start;
    }
    ++state.start;
}

/// Warnings about columns far from unit scale, which first weights and steps assume. Checks a
/// thousand rows at most.
template <std::floating_point Scalar>
std::vector<std::string> warnings_of_scale(const Samples<Scalar>& samples, bool targets) {
    std::vector<std::string> warnings;
    const auto look = [&](std::string_view name, const MatrixView<const Scalar>& A) {
        std::vector<Index> distant;
        for (Index d = 0; d < A.cols; ++d) {
            Scalar least = (std::numeric_limits<Scalar>::max)(), most = -least;
            for (Index n = 0; n < A.rows; n += 1 + (A.rows - 1) / 1000)
                if (Scalar(0) < samples.weight(n)) {
                    least = (std::min)(least, A(n, d));
                    most = (std::max)(most, A(n, d));
                }
            const Scalar size = (std::max)(std::abs(least), std::abs(most)), range = most - least;
            if (range > 0 && (size > 30 || size < Scalar(1e-3) || range < Scalar(0.01) * size))
                distant.push_back(d);
        }
        warn_of_columns(warnings, name, distant,
                        ": the values are far from unit scale, so training may be slow or stop "
                        "early: set standardize, or name no method");
    };
    look("X", samples.X);
    if (targets)
        look("Y", samples.Y);
    return warnings;
}

/// Finds inactive hidden units from the sums of w Z and w Z^2 over the samples, and from how close
/// each Z comes to 1/2.
template <Network Net>
void find_inactive_units(const typename Net::Weights& weights,
                         const Samples<typename Net::Scalar>& samples, TileMemory<Net>& memory,
                         FitReport& report) {
    const Index M = weights.shape().hidden;
    Vector<double> sum = Vector<double>::Zero(M), squares = Vector<double>::Zero(M);
    Vector<double> nearest = Vector<double>::Constant(M, unbounded);
    double total = 0;
    const auto add = [&](const auto&, const auto& tile, const auto&, int) {
        for (Index n = 0; n < tile.rows; ++n) {
            const auto w = double(tile.sample_weights(n, 0));
            total += w;
            for (Index m = 0; m < M; ++m) {
                const double z = double(tile.Z(n, m)) - 0.5;
                sum(m) += w * z;
                squares(m) += w * z * z;
                nearest(m) = (std::min)(nearest(m), std::abs(z));
            }
        }
        return 0;
    };
    sum_over_tiles(weights, samples, memory, nullptr, {}, add);
    for (Index m = 0; m < M; ++m) {
        const double mean = sum(m) / total, variance = squares(m) / total - mean * mean;
        if (nearest(m) > 0.49)
            report.saturated_units.push_back(m);
        else if (variance < 1e-6)
            report.dead_units.push_back(m);
    }
}

/// Reports the final loss, gradient, weights and hidden units of a trained network. If the
/// watch interrupts it, it reports NaN and no units for the missing parts.
template <Network Net>
void diagnose(NetworkObjective<Net>& objective, const typename Net::Weights& weights,
              const Watch* watch, FitReport& report) {
    const auto theta = weights.theta();
    Vector<typename Net::Scalar> gradient(theta.size());
    report.final_loss = report.gradient_norm = std::numeric_limits<double>::quiet_NaN();
    watched(objective, watch, [&] {
        const auto value = objective(theta, gradient);
        report.final_loss = objective.in_units(double(value.loss), value.monitored);
        report.gradient_norm = double(gradient.cwiseAbs().maxCoeff());
    });
    report.decayed_weights = weights.W1().size() + weights.W2().size();
    report.largest_weight = double(theta.cwiseAbs().maxCoeff());
    watched(objective, watch, [&] {
        find_inactive_units(weights, objective.samples(), objective.workspace(), report);
    });
}

/// Gives the network the weights of the best of all runs and reports them. `last` is the current
/// run of the state; the network had the weights `given`.
template <Network Net, typename Method>
FitReport report_best(Net& net, const typename Net::Weights& given,
                      const FitState<Net, Method>& state, FinishedRun<Net>&& last,
                      RunTrainer<Net>& trainer, const FitUnits<typename Net::Scalar>& units,
                      const EarlyEnd& end) {
    FitReport report;
    FitHistory<Net> history = std::move(last.history);
    report.stop_reason = last.reason;
    report.best_start = state.start;
    if (last.reason != StopReason::goal_reached && state.kept &&
        !(history.best_loss < state.kept->best_loss)) {
        history = *state.kept;
        report.best_start = state.kept_start;
        if (!ends_the_fit(last.reason))  // a run without a reason did all its epochs
            report.stop_reason = history.stop_reason.value_or(StopReason::iteration_limit);
    } else if (history.stop_reason == StopReason::not_finite) {
        report.stop_reason = StopReason::not_finite;
    }
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

    trainer.objective().set_weight_decay(report.weight_decay);
    const Hurry hurry(end.urgent(report.stop_reason));
    diagnose(trainer.objective(), history.best, &hurry, report);
    // Exactly the given weights if they are still those converted from them.
    typename Net::Weights taken_over = given;
    units.from_caller(taken_over);
    net.weights() =
        taken_over.theta() == history.best.theta() ? given : units.to_caller(history.best);
    return report;
}

}  // namespace twolayer::detail
