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
template <std::floating_point Scalar>
class Batches {
public:
    /// `total` is the sum of all sample weights.
    Batches(const Samples<Scalar>& all, const Accumulator<Scalar>& total, Index size)
        : all_(all), total_(total) {
        for (Index n = 0; n < all.X.rows; ++n)
            if (all.weight(n) > 0)
                rows_.push_back(n);
        size_ = std::min(size, Index(rows_.size()));
        order_ = rows_;
    }

    bool whole() const { return size_ == std::ssize(rows_); }

    /// Calls use(samples, total, share) for each batch of one epoch: the total by which its
    /// weighted sum is divided, and its share of the epoch's samples. The order follows from the
    /// generator alone.
    template <WordGenerator Generator, typename Use>
    void for_each(Generator& generator, Use use) {
        const auto count = std::ssize(rows_);
        if (whole())
            return use(all_, total_, 1.0);
        order_ = rows_;
        shuffle(order_, generator);
        for (Index first = 0; first < count; first += size_) {
            const Index last = std::min(count, first + size_);
            Samples<Scalar> batch = all_;
            batch.rows = std::span(order_).subspan(std::size_t(first), std::size_t(last - first));
            const double share = double(last - first) / double(count);
            use(batch, total_ * Accumulator<Scalar>(share), share);
        }
    }

private:
    Samples<Scalar> all_;
    Accumulator<Scalar> total_;
    std::vector<Index> rows_, order_;
    Index size_ = 0;
};

}  // namespace twolayer::detail
