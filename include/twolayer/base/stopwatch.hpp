// SPDX-License-Identifier: MIT
// Measures wall-clock time.
#pragma once

#include <chrono>

namespace twolayer::detail {

/// Starts when it is created.
class Stopwatch {
    using Clock = std::chrono::steady_clock;

public:
    /// Wall-clock time.
    double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

private:
    Clock::time_point begin_ = Clock::now();
};

}  // namespace twolayer::detail
