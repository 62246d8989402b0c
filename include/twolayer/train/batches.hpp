// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/random.hpp>
#include <twolayer/core/samples.hpp>
#include <twolayer/core/types.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <random>
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
    Batches(const Samples<Scalar>& all, Index size, std::uint64_t seed)
        : all_(all), generator_(seed), total_(total_weight(all.X.rows, all.weights)) {
        for (Index n = 0; n < all.X.rows; ++n)
            if (all.weight(n) > 0)
                rows_.push_back(n);
        size_ = std::min(size, Index(rows_.size()));
    }

    /// The sum of all sample weights.
    const Accumulator<Scalar>& total() const { return total_; }

    /// Calls use(samples, total, share) for each batch of one epoch: the total by which its
    /// weighted sum is divided, and its share of the epoch's samples.
    template <typename Use>
    void for_each(Use use) {
        const auto count = Index(rows_.size());
        if (size_ == count)
            return use(all_, total_, 1.0);
        shuffle(rows_, generator_);
        for (Index first = 0; first < count; first += size_) {
            const Index last = std::min(count, first + size_);
            Samples<Scalar> batch = all_;
            batch.rows = std::span(rows_).subspan(std::size_t(first), std::size_t(last - first));
            const double share = double(last - first) / double(count);
            use(batch, total_ * Accumulator<Scalar>(share), share);
        }
    }

private:
    Samples<Scalar> all_;
    std::mt19937_64 generator_;
    Accumulator<Scalar> total_;
    std::vector<Index> rows_;
    Index size_ = 0;
};

}  // namespace twolayer::detail
