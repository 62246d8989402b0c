// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/kernels/vectors.hpp>
#include <twolayer/core/types.hpp>

#include <array>
#include <cstddef>

namespace twolayer::detail {

/// A number of scalars, zero at first: inside the object where Capacity bounds their number, on
/// the heap where it is Dynamic.
template <typename Scalar, Index Capacity>
class Buffer {
public:
    explicit Buffer(Index size) : size_(size), values_{} {}

    Index size() const { return size_; }
    Scalar* data() { return values_.data(); }
    const Scalar* data() const { return values_.data(); }

private:
    Index size_;
    alignas(heapless ? alignof(Scalar) : 64) std::array<Scalar, std::size_t(Capacity)> values_;
};

template <typename Scalar>
class Buffer<Scalar, Dynamic> {
public:
    explicit Buffer(Index size) : values_(Vector<Scalar>::Zero(size)) {}

    Index size() const { return values_.size(); }
    Scalar* data() { return values_.data(); }
    const Scalar* data() const { return values_.data(); }

private:
    Vector<Scalar> values_;
};

/// The capacity of a buffer behind whose last entry a product may read.
constexpr Index with_slack(Index capacity) {
    return capacity == Dynamic ? Index(Dynamic) : capacity + kernels::read_beyond;
}

}  // namespace twolayer::detail
