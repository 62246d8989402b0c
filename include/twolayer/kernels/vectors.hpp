// SPDX-License-Identifier: MIT
// Vectors of numbers for the kernels.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/kernels/isa.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstring>

// The compilers' vector extensions, so that one source serves every instruction set.

namespace twolayer::kernels {

inline namespace TWOLAYER_TARGET {

/// The size in bytes of the widest vector, and how many vectors of sums fit into the registers in
/// addition to those of the factors.
inline constexpr int vector_bytes = TWOLAYER_VECTOR_BYTES, max_sums = TWOLAYER_MAX_SUMS;

template <std::floating_point Scalar>
inline constexpr int widest_lanes = vector_bytes / int(sizeof(Scalar));

template <std::floating_point Scalar>
inline constexpr int narrowest_lanes = 16 / int(sizeof(Scalar));

/// As widest_lanes, but at least four, for the four sums computed at the same time.
template <std::floating_point Scalar>
inline constexpr int lanes_of_sums = (std::max)(widest_lanes<Scalar>, 4);

/// Types that have vectors. For other number types the kernels are plain loops. Without a heap they
/// are plain loops for all types: a whole small program is then about half as large.
template <typename T>
concept Vectorized = !heapless && (std::same_as<T, float> || std::same_as<T, double>);

template <Vectorized Scalar, int Lanes>
using Pack [[gnu::vector_size(std::size_t(Lanes) * sizeof(Scalar))]] = Scalar;

/// Rounds x to its type before it is used: (x + shift) - shift must not become x, neither under
/// -fassociative-math nor in the wider registers of x87. clang++ also needs TWOLAYER_IN_THIS_ORDER
/// at the beginning of the function.
template <typename T>
[[gnu::always_inline]] inline void round_to_type([[maybe_unused]] T& x) {
#if __FLT_EVAL_METHOD__ == 1 || __FLT_EVAL_METHOD__ == 2
    volatile T stored = x;
    x = stored;
#elif defined(__ASSOCIATIVE_MATH__)
    x = __builtin_assoc_barrier(x);
#endif
}

/// Number of entries that may be read after the last one of a factor, to read whole vectors.
inline constexpr Index read_beyond = heapless ? 0 : 16;

/// Copies the first `count` of fewer than 2 Size entries, in pieces of powers of two.
template <int Size, typename Scalar>
void copy_first(Scalar* to, const Scalar* from, Index count) {
    if (count & Size) {
        std::memcpy(to, from, std::size_t(Size) * sizeof(Scalar));
        to += Size;
        from += Size;
    }
    if constexpr (Size > 1)
        copy_first<Size / 2>(to, from, count);
}

}  // namespace TWOLAYER_TARGET

}  // namespace twolayer::kernels
