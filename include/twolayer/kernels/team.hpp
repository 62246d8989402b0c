// SPDX-License-Identifier: MIT
// Limits the number of threads where OpenMP would hang or end the program.
#pragma once

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

namespace twolayer::kernels {

#if defined(__unix__) || defined(__APPLE__)

/// The process in which threads have worked, 0 before.
inline std::atomic<pid_t> team_process{0};

/// Whether this process was forked from one in which threads have worked. It has none of them, and
/// some OpenMP libraries, such as GNU's, would wait for them for ever.
inline bool forked_from_team() {
    const pid_t here = getpid();
    pid_t before = 0;
    return !team_process.compare_exchange_strong(before, here) && before != here;
}

#else

inline bool forked_from_team() {
    return false;
}

#endif

#ifdef __cpp_exceptions

/// Starts `threads` threads, waits until all exist, and ends them; returns how many started.
inline int startable(int threads) {
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
}

#endif

/// Returns `threads`, or fewer if the system does not let the calling thread have as many: OpenMP
/// would end the program if it could not start one. Tests this once for each larger number. Returns
/// 1 in a child forked from a process in which threads have worked.
inline int team_size(int threads) {
    if (threads <= 1)
        return 1;
    if (forked_from_team())
        return 1;
#ifdef __cpp_exceptions
    thread_local int max_tried = 1, max_started = 1;
    if (max_tried < threads) {
        max_tried = threads;
        // One more than OpenMP starts, since the calling thread works as well.
        max_started = (std::max)(1, startable(threads));
    }
    return (std::min)(threads, max_started);
#else
    return threads;
#endif
}

}  // namespace twolayer::kernels
