// SPDX-License-Identifier: MIT
// Splits the training samples into batches, in a new random order each epoch.
#pragma once

#include <twolayer/base/random.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/tiles/load_tile.hpp>
#include <twolayer/train/run/checked_samples.hpp>

#include <algorithm>
#include <concepts>
#include <span>
#include <vector>

namespace twolayer::detail {

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

    /// Calls use(samples, total, share) for each batch of one epoch: `total` is the divisor of its
    /// weighted sum, `share` its share of the epoch's samples. The order depends on the generator
    /// alone.
    template <WordGenerator Generator, typename Use>
    void for_each(Generator& generator, Use use) {
        if (whole())
            return use(all_, total_, 1.0);
        draw_order(generator);
        for (Index first = 0; first < count_; first += size_) {
            const Index rows = (std::min)(size_, count_ - first);
            const double share = double(rows) / double(count_);
            use(batch(first, rows), total_ * Accumulator<Scalar>(share), share);
        }
    }

private:
    /// The rows of the order from `first` on. If it pays, also gathers those of the next batches.
    Samples<Scalar> batch(Index first, Index rows) {
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

    /// Starts from the original order of the rows, not from that of the previous epoch.
    template <WordGenerator Generator>
    void draw_order(Generator& generator) {
        order_.clear();
        for (Index n = 0; n < all_.X.rows; ++n)
            if (all_.weight(n) > 0)
                order_.push_back(n);
        shuffle(order_, generator);
    }

    Samples<Scalar> all_;
    Accumulator<Scalar> total_;
    Index count_, size_;
    std::vector<Index> order_;
    Index gathered_rows_ = 0;  ///< at a time, whole batches; 0 if batches refer to rows by index
    std::vector<Scalar> gathered_;
};

}  // namespace twolayer::detail
