// SPDX-License-Identifier: MIT
// One epoch of training: steps through all batches, or an iteration of a minimizer.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/random.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/tiles/load_tile.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/run/training_data.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <iterator>
#include <numbers>
#include <optional>
#include <span>
#include <vector>

namespace twolayer::detail {

/// Samples, the divisor of their weighted sum, and their share of all samples.
template <std::floating_point Scalar>
struct Batch {
    Samples<Scalar> samples;
    Accumulator<Scalar> total;
    double share;
};

/// The training samples of positive weight, in batches.
///
/// A batch of all samples is used in place. Smaller batches are drawn in a new order each epoch.
/// Their weighted sum is divided by the number of rows in the batch times the mean weight of all
/// samples, so that each batch contributes its share of the epoch's gradient.
///
/// If X is column-major, random rows are scattered over all of its memory. The rows of several
/// batches are then gathered at once, if this takes little memory.
template <std::floating_point Scalar>
class Batches {
public:
    Batches(const CheckedSamples<Scalar>& all, Index size)
        : all_(all), total_(all.total), count_(all.counted), size_((std::min)(size, all.counted)) {
        if (whole())
            return;
        order_.reserve(std::size_t(count_));
        if (all.X.col_stride == 1)
            return;
        constexpr Index bytes = 256 * 1024;
        const Index row_size = all.X.cols + all.Y.cols + (all.weights.empty() ? 0 : 1);
        const Index rows = (std::min)(bytes / Index(sizeof(Scalar)) / row_size, count_ + size_ - 1);
        gathered_rows_ = rows / size_ * size_;
        gathered_.resize(std::size_t(stride() * row_size));
    }

    bool whole() const { return size_ == count_; }

    /// The number of batches of an epoch.
    Index count() const { return (count_ + size_ - 1) / size_; }

    /// Draws the order of the next epoch. It depends on the generator alone, since it starts from
    /// the original order of the rows and not from that of the previous epoch.
    template <WordGenerator Generator>
    void draw_order(Generator& generator) {
        if (whole())
            return;
        order_.clear();
        for (Index n = 0; n < all_.X.rows; ++n)
            if (all_.weight(n) > 0)
                order_.push_back(n);
        shuffle(order_, generator);
    }

    /// Batch b of the epoch, after the one before. If it pays, also gathers the rows of the next.
    Batch<Scalar> batch(Index b) {
        if (whole())
            return {all_, total_, 1.0};
        const Index first = b * size_, rows = (std::min)(size_, count_ - first);
        const double share = double(rows) / double(count_);
        return {rows_from(first, rows), total_ * Accumulator<Scalar>(share), share};
    }

private:
    Samples<Scalar> rows_from(Index first, Index rows) {
        Samples<Scalar> batch = all_;
        if (gathered_rows_ == 0) {
            batch.rows = order(first, rows);
            return batch;
        }
        const Index begin = first % gathered_rows_;
        if (begin == 0)
            gather_rows(order(first, (std::min)(gathered_rows_, count_ - first)));
        const auto columns = [&](Index column, Index count) {
            return gathered(column, count).middle_rows(begin, rows);
        };
        const Index D = all_.X.cols, K = all_.Y.cols;
        batch.X = columns(0, D);
        batch.Y = columns(D, K);
        if (!all_.weights.empty())
            batch.weights = {columns(D + K, 1).data, rows, 1};
        return batch;
    }

    std::span<const Index> order(Index first, Index rows) const {
        return std::span(order_).subspan(std::size_t(first), std::size_t(rows));
    }

    void gather_rows(std::span<const Index> rows) {
        const Index D = all_.X.cols, K = all_.Y.cols;
        gather(all_.X, rows, gathered(0, D));
        gather(all_.Y, rows, gathered(D, K));
        if (!all_.weights.empty())
            gather(MatrixView(all_.weights.data, all_.X.rows, 1, all_.weights.stride, 1), rows,
                   gathered(D + K, 1));
    }

    /// Some columns of [X Y weights] for the gathered rows, column-major.
    MatrixView<Scalar> gathered(Index first, Index columns) {
        return {gathered_.data() + first * stride(), gathered_rows_, columns, 1, stride()};
    }

    /// Column stride, padded to avoid cache-set conflicts between columns.
    Index stride() const {
        constexpr Index line = 64 / Index(sizeof(Scalar)) + 1;
        return (gathered_rows_ / line / 2 * 2 + 3) * line;
    }

    Samples<Scalar> all_;
    Accumulator<Scalar> total_;
    Index count_, size_;
    std::vector<Index> order_;
    Index gathered_rows_ = 0;  ///< at a time, whole batches; 0 if batches refer to rows by index
    std::vector<Scalar> gathered_;
};

/// A method with a learning rate, which can be lowered from epoch to epoch.
template <typename Method>
concept Annealed = requires(Method& method) { method.learning_rate *= 0.5; };

/// What steps through batches need for an epoch.
template <Network Net>
struct EpochMemory {
    Batches<typename Net::Scalar> batches;
    typename Net::Weights before, gradient;
};

/// One step for each batch. Adds the loss of the epoch to the history: the mean over the samples,
/// each computed before its step. Returns false if the weights before the epoch had reached the
/// goal, or if the epoch failed: the run then has the best weights of its history, and a reason to
/// stop.
///
/// `keep_lowest`: whether the history keeps the weights of the lowest loss.
template <typename Run, typename Method, typename Objective, Network Net>
bool step_through_batches(Run& run, const Method& method, const FitOptions& options, Index epochs,
                          Objective& objective, EpochMemory<Net>& memory, bool keep_lowest) {
    using Scalar = typename Net::Scalar;
    Batches<Scalar>& batches = memory.batches;
    const bool whole = batches.whole();
    const auto done = std::ssize(run.history.losses);
    Method now = method;
    if constexpr (Annealed<Method>)
        if (options.anneal) {
            const double progress = double(done) / double(epochs);
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
    double loss = 0, monitored = 0;
    batches.draw_order(run.generator);
    for (Index b = 0; b < batches.count(); ++b) {
        const auto [samples, total, share] = batches.batch(b);
        const auto losses = objective.losses_over(samples, total, run.weights, &memory.gradient);
        loss += share * double(static_cast<Scalar>(losses.loss));
        monitored += share * static_cast<double>(losses.monitored);
        reached = whole && monitored <= options.loss_goal && run.history.last_is_best();
        if (!reached)
            run.method.step(now, theta, g);
    }
    // The loss at the weights after the step is still unknown, unless it is computed here.
    const bool look = !whole && monitored <= options.loss_goal;
    run.monitored_loss = look ? objective(theta).monitored : reached ? monitored : unbounded;
    run.evaluations += look ? 2 : 1;
    run.history.weight_decay = objective.weight_decay();
    if (keep_lowest && is_finite(loss))
        run.history.offer(memory.before, loss, done);
    if (reached)
        return false;
    if (is_finite(loss) && all_finite(theta)) {
        run.history.losses.push_back(objective.in_units(loss, monitored));
        return true;
    }
    run.weights = run.history.best;
    run.history.stop_reason = StopReason::not_finite;
    return false;
}

/// One iteration of a minimizer. Adds the loss after it to the history, or a reason to stop if no
/// iteration was possible, and then returns false.
template <typename Run, typename Method, typename Objective>
bool minimize_once(Run& run, const Method& method, Objective& objective, bool keep_lowest) {
    auto& history = run.history;
    const auto reason = run.method.step(method, objective, run.weights.theta());
    const auto& iterate = run.method.iterate();
    run.evaluations = iterate.evaluations;
    run.products = iterate.products;
    run.monitored_loss = iterate.monitored;
    history.weight_decay = objective.weight_decay();
    const double loss = double(iterate.loss);
    if (reason == StopReason::not_finite && keep_lowest)  // no step increases the loss
        history.offer(run.weights, loss, std::ssize(history.losses));
    if (reason)
        history.stop_reason = reason;
    else
        history.losses.push_back(objective.in_units(loss, iterate.monitored));
    return !reason;
}

}  // namespace twolayer::detail
