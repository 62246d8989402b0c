// SPDX-License-Identifier: MIT
// Includes Eigen, for compilers that can compile the library and units that can be linked.
#pragma once

#if !(defined(__clang__) ? __clang_major__ >= 14 : defined(__GNUC__) && __GNUC__ >= 12)
#error "twolayer needs g++ 12 or later or clang++ 14 or later; on Windows, those of MinGW-w64"
#elif __cplusplus < 202002L
#error "twolayer needs C++20: compile with -std=c++20"
#endif

// g++ 12 warns that variables of its own AVX-512 intrinsics are uninitialized, wherever they are
// inlined (its bug 105593), even in system headers.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <Eigen/Core>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

// -mavx and -mavx512f change how Eigen aligns memory: one unit would free what another allocated in
// a different way. A variable that is thread-local in one unit and not in the other makes ld and
// gold refuse to link them, and its name says why. Units for different processors can be linked if
// EIGEN_MAX_ALIGN_BYTES is defined alike for all of them.

#if !defined(EIGEN_NO_MALLOC) && defined(__ELF__)

#if EIGEN_MAX_ALIGN_BYTES & (16 | 64)
#define TWOLAYER_LOW_BIT constinit thread_local
#else
#define TWOLAYER_LOW_BIT
#endif
#if EIGEN_MAX_ALIGN_BYTES & (32 | 64)
#define TWOLAYER_HIGH_BIT constinit thread_local
#else
#define TWOLAYER_HIGH_BIT
#endif

namespace twolayer::detail {

[[gnu::used,
  gnu::visibility("hidden")]] inline TWOLAYER_LOW_BIT char units_differ_in_EIGEN_MAX_ALIGN_BYTES =
    0;
[[gnu::used,
  gnu::visibility(
      "hidden")]] inline TWOLAYER_HIGH_BIT char units_differ_in_EIGEN_MAX_ALIGN_BYTES_too = 0;

}  // namespace twolayer::detail

#undef TWOLAYER_LOW_BIT
#undef TWOLAYER_HIGH_BIT

#endif
