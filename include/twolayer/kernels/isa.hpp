// SPDX-License-Identifier: MIT
// The instruction set and the options that a translation unit is compiled for.
#pragma once

// The kernels are in a namespace named after them, so that a program can be linked from units
// compiled for different processors, with OpenMP and without, provided that Eigen aligns memory
// alike in all of them (base/alignment.hpp).
//
// Templates above the kernels have the same name in all units. The linker keeps one of each, and
// that one calls its own unit's kernels. So only kernels may depend on the lanes of a vector. The
// layout of memory may depend only on the lack of a heap, which all units share.

#include <twolayer/base/compiler.hpp>

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
#define TWOLAYER_TARGET TWOLAYER_JOINED(TWOLAYER_INSTRUCTIONS, TWOLAYER_THREADS)
