// SPDX-License-Identifier: MIT
//
// Ends a fit within an iteration if a stop is requested or its time is over.
#pragma once

#include <twolayer/base/stopwatch.hpp>
#include <twolayer/base/watch.hpp>
#include <twolayer/optim/stop_reason.hpp>

#include <atomic>
#include <optional>
#include <utility>

namespace twolayer::detail {

/// Thrown to abandon an unfinished iteration.
struct Interrupted {
    StopReason reason;
};

/// Throws Interrupted as soon as `reason(slow)` returns a reason to stop. Without exceptions it
/// does nothing: a fit is then stopped after an iteration.
template <typename Reason>
class Interruption final : public Watch {
public:
    explicit Interruption(Reason reason) : reason_(std::move(reason)) {}

    void look([[maybe_unused]] bool slow) const override {
#ifdef __cpp_exceptions
        if (const std::optional<StopReason> reason = reason_(slow))
            throw Interrupted{*reason};
#endif
    }

private:
    Reason reason_;
};

/// Does the work; returns the reason if it was interrupted.
template <typename Work>
std::optional<StopReason> interruption_of(Work work) {
#ifdef __cpp_exceptions
    try {
        work();
    } catch (const Interrupted& interrupted) {
        return interrupted.reason;
    }
#else
    work();
#endif
    return std::nullopt;
}

/// Limits the work of a fit whose caller waits for the end to a fifth of a second. A fit does such
/// work twice, and the squared error of classes is two fits.
class Hurry {
public:
    /// Null if there is no hurry.
    const Watch* watch(bool hurry) const { return hurry ? &watch_ : nullptr; }

private:
    struct TimeIsUp {
        Stopwatch since = {};

        std::optional<StopReason> operator()(bool) const {
            return since.seconds() > 0.2 ? std::optional(StopReason::time_limit) : std::nullopt;
        }
    };

    Interruption<TimeIsUp> watch_{TimeIsUp{}};
};

/// True on every eighth call, since reading the clock may take longer than a tile. Threads may call
/// it at the same time; some counts may then be lost.
class EveryEighth {
public:
    bool operator()() const {
        const unsigned count = count_.load(std::memory_order_relaxed) + 1;
        count_.store(count, std::memory_order_relaxed);
        return count % 8 == 0;
    }

private:
    mutable std::atomic<unsigned> count_{0};
};

}  // namespace twolayer::detail
