// SPDX-License-Identifier: MIT
// The batches of training samples that the epochs of a method step through.
#pragma once

#include <twolayer/base/random.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/tiles/load_tile.hpp>
#include <twolayer/train/run/training_data.hpp>

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
        : all_(all), size_((std::min)(size, all.counted)) {
        if (whole())
            return;
        order_.reserve(std::size_t(all.counted));
        if (all.X.col_stride == 1)
            return;
        constexpr Index bytes = 256 * 1024;
        const Index row_size = all.X.cols + all.Y.cols + (all.weights.empty() ? 0 : 1);
        const Index rows =
            (std::min)(bytes / Index(sizeof(Scalar)) / row_size, all.counted + size_ - 1);
        gathered_rows_ = rows / size_ * size_;
        gathered_.resize(std::size_t(stride() * row_size));
    }

    bool whole() const { return size_ == all_.counted; }

    /// The number of batches of an epoch.
    Index count() const { return (all_.counted + size_ - 1) / size_; }

    /// The fraction of all samples that a batch holds.
    double share(const CheckedSamples<Scalar>& batch) const {
        return double(batch.counted) / double(all_.counted);
    }

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
    CheckedSamples<Scalar> batch(Index b) {
        CheckedSamples<Scalar> batch = all_;
        if (whole())
            return batch;
        const Index first = b * size_, rows = (std::min)(size_, all_.counted - first);
        batch.counted = rows;
        batch.total *= Accumulator<Scalar>(share(batch));
        if (gathered_rows_ == 0) {
            batch.rows = order(first, rows);
            return batch;
        }
        const Index begin = first % gathered_rows_;
        if (begin == 0)
            gather_rows(order(first, (std::min)(gathered_rows_, all_.counted - first)));
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

private:
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

    CheckedSamples<Scalar> all_;
    Index size_;
    std::vector<Index> order_;
    Index gathered_rows_ = 0;  ///< at a time, whole batches; 0 if batches refer to rows by index
    std::vector<Scalar> gathered_;
};

}  // namespace twolayer::detail
