// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/random.hpp>
#include <twolayer/core/samples.hpp>
#include <twolayer/core/types.hpp>

#include <algorithm>
#include <concepts>
#include <span>
#include <vector>

namespace twolayer::detail {

/// The training samples of positive weight, in batches.
///
/// One batch of all is taken as it lies. Smaller ones are drawn in a new order each epoch, and
/// their mean is over batch rows times the mean weight of all, so that each has its share of the
/// epoch's gradient.
///
/// Random rows of an X that lies column by column are spread over all of its memory, so those of
/// several batches are gathered in one go, where this takes little memory.
template <std::floating_point Scalar>
class Batches {
public:
    /// `total` is the sum of all sample weights.
    Batches(const Samples<Scalar>& all, const Accumulator<Scalar>& total, Index size)
        : all_(all), total_(total) {
        for (Index n = 0; n < all.X.rows; ++n)
            if (all.weight(n) > 0)
                ++count_;
        size_ = (std::min)(size, count_);
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

    /// Calls use(samples, total, share) for each batch of one epoch: the total by which its
    /// weighted sum is divided, and its share of the epoch's samples. The order follows from the
    /// generator alone.
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
    /// So many rows of the order, and those of the next batches are made ready where it pays.
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

    /// Some columns of the rows that are gathered: X, Y and the weights, column by column.
    MatrixView<Scalar> gathered(Index first, Index columns) {
        return {gathered_.data() + first * stride(), gathered_rows_, columns, 1, stride()};
    }

    /// Column stride, padded so that columns do not meet in one set of the cache.
    Index stride() const {
        constexpr Index line = 64 / Index(sizeof(Scalar)) + 1;
        return (gathered_rows_ / line / 2 * 2 + 3) * line;
    }

    /// Begins from the rows in their own order, not from that of the epoch before.
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
    std::vector<Index> order_;
    Index count_ = 0;
    Index size_ = 0;
    Index gathered_rows_ = 0;  ///< at a time, whole batches; none where batches are taken by rows
    std::vector<Scalar> gathered_;
};

}  // namespace twolayer::detail
