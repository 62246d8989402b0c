// SPDX-License-Identifier: MIT
// The memory of weights and workspaces: inside the object, on the heap, or lent by the thread.
#pragma once

#include <twolayer/base/types.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace twolayer::detail {

/// Says that a buffer is written before it is read, so it need not be filled with zeros.
struct Unset {};

/// A number of scalars, initially zero: inside the object if Capacity bounds their number, on the
/// heap if it is Dynamic.
template <typename Scalar, Index Capacity>
class Buffer {
public:
    explicit Buffer(Index size) : size_(size), values_{} {}
    Buffer(Index size, Unset) : size_(size) {}

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
    Buffer(Index size, Unset) : values_(size) {}

    Index size() const { return values_.size(); }
    Scalar* data() { return values_.data(); }
    const Scalar* data() const { return values_.data(); }

private:
    Vector<Scalar> values_;
};

/// Memory that a thread keeps from one call for the next. Without it, memory goes back to the
/// system after every call, and a large gradient spends its time on page faults.
template <typename Scalar>
class ThreadMemory {
public:
    /// Maximum number of bytes that a thread keeps.
    static constexpr Index max_bytes = Index(32) << 20;

    static Vector<Scalar> take(Index size) {
        if (!ended_ && kept_.values.size() >= size)
            return std::exchange(kept_.values, Vector<Scalar>());
        return Vector<Scalar>(size);
    }

    /// Keeps the larger of `values` and what it kept before.
    static void give(Vector<Scalar>& values) noexcept {
        if (!ended_ && values.size() > kept_.values.size() &&
            values.size() <= max_bytes / Index(sizeof(Scalar)))
            kept_.values.swap(values);
    }

private:
    struct Kept {
        Vector<Scalar> values;
        ~Kept() { ended_ = true; }
    };

    static inline thread_local bool ended_ = false;  // for calls by destructors of static objects
    static inline thread_local Kept kept_;
};

/// A buffer of a workspace on the heap: of zeros or, for a single call, unset and lent by the
/// thread.
template <typename Scalar>
class LentBuffer {
public:
    explicit LentBuffer(Index size) : values_(Vector<Scalar>::Zero(size)) {}
    LentBuffer(Index size, Unset) : values_(ThreadMemory<Scalar>::take(size)), lent_(true) {}

    LentBuffer(const LentBuffer& other) : values_(other.values_) {}
    LentBuffer(LentBuffer&& other) noexcept
        : values_(std::move(other.values_)), lent_(std::exchange(other.lent_, false)) {}
    LentBuffer& operator=(LentBuffer other) noexcept {
        std::swap(lent_, other.lent_);
        values_.swap(other.values_);
        return *this;
    }
    ~LentBuffer() {
        if (lent_)
            ThreadMemory<Scalar>::give(values_);
    }

    Scalar* data() { return values_.data(); }

private:
    Vector<Scalar> values_;
    bool lent_ = false;
};

}  // namespace twolayer::detail
