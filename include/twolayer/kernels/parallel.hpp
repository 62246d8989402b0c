// SPDX-License-Identifier: MIT
// Runs the parts of a computation on several threads.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/kernels/isa.hpp>

#if defined(_OPENMP)
#include <omp.h>
#include <twolayer/kernels/team.hpp>

#include <algorithm>
#ifdef __cpp_exceptions
#include <exception>
#endif
#endif

namespace twolayer::kernels {

inline namespace TWOLAYER_TARGET {

/// Whether more than one thread can run.
#if defined(_OPENMP)
inline constexpr bool parallel = true;
#else
inline constexpr bool parallel = false;
#endif

/// Throws std::invalid_argument for less than one.
inline void check_threads(int threads) {
    if (threads < 1)
        fail("threads is ", threads, ", it must be at least 1");
}

/// Calls use(part, thread) once for each part: with OpenMP on up to `threads` threads in parallel,
/// numbered from 0 (see team_size()). Rethrows the exception of the first part that throws.
template <typename Use>
void for_each_part(Index parts, int threads, Use use) {
#if defined(_OPENMP)
    const int team = team_size(int(std::min<Index>(threads, parts)));
    if (team > 1) {
#ifdef __cpp_exceptions
        // No exception may leave an OpenMP loop. Parts start in order, so the exception of the
        // first part is the one that a single thread would have thrown.
        Index first = parts;
        std::exception_ptr exception;
#pragma omp parallel for num_threads(team) schedule(dynamic, 1)
        for (Index part = 0; part < parts; ++part) {
            try {
                use(part, omp_get_thread_num());
            } catch (...) {
#pragma omp critical(twolayer_exception)
                if (part < first) {
                    first = part;
                    exception = std::current_exception();
                }
            }
        }
        if (exception != nullptr)
            std::rethrow_exception(exception);
#else
#pragma omp parallel for num_threads(team) schedule(dynamic, 1)
        for (Index part = 0; part < parts; ++part) use(part, omp_get_thread_num());
#endif
        return;
    }
#endif
    static_cast<void>(threads);
    for (Index part = 0; part < parts; ++part) use(part, 0);
}

}  // namespace TWOLAYER_TARGET

}  // namespace twolayer::kernels
