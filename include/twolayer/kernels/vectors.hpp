// SPDX-License-Identifier: MIT
// Vectors of numbers, for the instruction set that a translation unit is compiled for.
#pragma once

#include <twolayer/base/types.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstring>

// The compilers' vector extensions serve every instruction set with one source.
//
// The kernels are in a namespace named after them, so that a program can be linked from units
// compiled for different processors, with OpenMP and without, provided that Eigen aligns memory
// alike in all of them (base/eigen.hpp).
//
// Templates above the kernels have the same name in all units. The linker keeps one of each, and
// that one calls its own unit's kernels. So only kernels may depend on the lanes of a vector. The
// layout of memory may depend only on the lack of a heap, which all units share.

#if defined(EIGEN_NO_MALLOC)
#define TWOLAYER_INSTRUCTIONS heapless
#define TWOLAYER_VECTOR_BYTES 16
#define TWOLAYER_MAX_SUMS 12
#elif defined(__AVX512F__)
#define TWOLAYER_INSTRUCTIONS avx512
#define TWOLAYER_VECTOR_BYTES 64
#define TWOLAYER_MAX_SUMS 24
#elif defined(__FMA__)
#define TWOLAYER_INSTRUCTIONS fma
#define TWOLAYER_VECTOR_BYTES 32
#define TWOLAYER_MAX_SUMS 12
#elif defined(__AVX__)
#define TWOLAYER_INSTRUCTIONS avx
#define TWOLAYER_VECTOR_BYTES 32
#define TWOLAYER_MAX_SUMS 12
#elif defined(__aarch64__)
#define TWOLAYER_INSTRUCTIONS neon
#define TWOLAYER_VECTOR_BYTES 16
#define TWOLAYER_MAX_SUMS 24
#else
#define TWOLAYER_INSTRUCTIONS plain
#define TWOLAYER_VECTOR_BYTES 16
#define TWOLAYER_MAX_SUMS 12
#endif

#if defined(_OPENMP)
#define TWOLAYER_THREADS openmp
#else
#define TWOLAYER_THREADS serial
#endif

// At the beginning of a function: computes sums in the order in which they are written, even under
// -ffast-math. g++ has no such pragma; there kernels::round_to_type() does the job.
#if defined(__clang__)
#define TWOLAYER_IN_THIS_ORDER _Pragma("clang fp reassociate(off)")
#else
#define TWOLAYER_IN_THIS_ORDER
#endif

#define TWOLAYER_JOIN(a, b) a##_##b
#define TWOLAYER_JOINED(a, b) TWOLAYER_JOIN(a, b)
#define TWOLAYER_ISA TWOLAYER_JOINED(TWOLAYER_INSTRUCTIONS, TWOLAYER_THREADS)

namespace twolayer::kernels {

inline namespace TWOLAYER_ISA {

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

/// Up to this many entries, sums and sigmoids are computed four at a time: a wide vector that is
/// read right after narrower ones were written has to wait for the cache.
inline constexpr Index few_entries = 8;

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

/// Number of terms that sum() adds up at a time.
inline constexpr std::size_t terms_at_a_time = heapless ? 4 : 64;

/// sum_i term(i), several terms at a time with Eigen's vectorized sum.
template <typename Number, typename Term>
Number sum(std::size_t count, Term term) {
    Eigen::Array<Number, int(terms_at_a_time), 1> terms;
    Number total(0);
    for (std::size_t first = 0; first < count; first += terms_at_a_time) {
        const std::size_t now = (std::min)(terms_at_a_time, count - first);
        for (std::size_t i = 0; i < now; ++i) terms(Index(i)) = term(first + i);
        total += terms.head(Index(now)).sum();
    }
    return total;
}

}  // namespace TWOLAYER_ISA

}  // namespace twolayer::kernels
