// SPDX-License-Identifier: MIT
// Runs the parts of a computation on several threads.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/kernels/vectors.hpp>

#if defined(_OPENMP)
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif
#endif

namespace twolayer::kernels {

#if defined(_OPENMP)

/// Starts `threads` threads, waits until all exist, and ends them; returns how many started.
inline int startable(int threads) {
#ifdef __cpp_exceptions
    std::vector<std::thread> started;
    started.reserve(std::size_t(threads));
    std::mutex gate;
    {
        const std::lock_guard closed(gate);
        try {
            while (int(started.size()) < threads)
                started.emplace_back([&gate] { const std::lock_guard until_open(gate); });
        } catch (const std::exception&) {  // fewer must do
        }
    }
    for (std::thread& thread : started) thread.join();
    return int(started.size());
#else
    return threads;
#endif
}

#if defined(__unix__) || defined(__APPLE__)
/// The process in which threads have worked, 0 before.
inline std::atomic<pid_t> team_process{0};
#endif

/// Returns `threads`, or fewer if the system does not let the calling thread have as many: OpenMP
/// would end the program if it could not start one. Tests this once for each larger number. Returns
/// 1 in a child forked from a process in which threads have worked: it has none of them, and some
/// OpenMP libraries, such as GNU's, would wait for them for ever.
inline int team_size(int threads) {
    if (threads <= 1)
        return 1;
#if defined(__unix__) || defined(__APPLE__)
    const pid_t here = getpid();
    pid_t before = 0;
    if (!team_process.compare_exchange_strong(before, here) && before != here)
        return 1;
#endif
    thread_local int max_tried = 1, max_started = 1;
    if (max_tried < threads) {
        max_tried = threads;
        // One more than OpenMP starts, since the calling thread works as well.
        max_started = (std::max)(1, startable(threads));
    }
    return (std::min)(threads, max_started);
}

#endif

inline namespace TWOLAYER_ISA {

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
        const auto use_safely = [&](Index part, int thread) {
            try {
                use(part, thread);
            } catch (...) {
#pragma omp critical(twolayer_exception)
                if (part < first) {
                    first = part;
                    exception = std::current_exception();
                }
            }
        };
#else
        auto& use_safely = use;
#endif
#pragma omp parallel for num_threads(team) schedule(dynamic, 1)
        for (Index part = 0; part < parts; ++part) use_safely(part, omp_get_thread_num());
#ifdef __cpp_exceptions
        if (exception != nullptr)
            std::rethrow_exception(exception);
#endif
        return;
    }
#endif
    static_cast<void>(threads);
    for (Index part = 0; part < parts; ++part) use(part, 0);
}

}  // namespace TWOLAYER_ISA

}  // namespace twolayer::kernels
