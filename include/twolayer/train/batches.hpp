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
                ++count_;
        size_ = std::min(size, count_);
        if (!whole())
            order_.reserve(std::size_t(count_));
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
            const Index last = std::min(count_, first + size_);
            Samples<Scalar> batch = all_;
            batch.rows = std::span(order_).subspan(std::size_t(first), std::size_t(last - first));
            const double share = double(last - first) / double(count_);
            use(batch, total_ * Accumulator<Scalar>(share), share);
        }
    }

private:
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
};

}  // namespace twolayer::detail
