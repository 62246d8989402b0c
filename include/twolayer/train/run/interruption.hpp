// SPDX-License-Identifier: MIT
// Ends a fit within an iteration if a stop is requested or its time is over.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/stopwatch.hpp>
#include <twolayer/base/watch.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/train/fit_options.hpp>

#include <atomic>
#include <limits>
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

/// When a fit ends early: on request, at its time limit and, for a run beside others, once one with
/// a lower number has ended the fit.
class EarlyEnd {
public:
    explicit EarlyEnd(const FitOptions& options) : options_(options) {}

    double seconds() const { return watch_.seconds(); }
    bool limited() const { return options_.time_limit < unbounded; }
    bool possible() const { return limited() || options_.stop.stop_possible(); }

    /// A reason to end run `number`, if any; `looks_at_clock` returns whether to check the time
    /// now.
    template <typename LooksAtClock>
    std::optional<StopReason> reason(Index number, LooksAtClock looks_at_clock) const {
        if (options_.stop.stop_requested() || ended_before(number))
            return StopReason::stopped_by_caller;
        if (limited() && looks_at_clock() && seconds() >= options_.time_limit)
            return StopReason::time_limit;
        return std::nullopt;
    }

    /// Whether a run with a lower number has ended the fit.
    bool ended_before(Index number) const { return last_ < number; }

    /// Runs with higher numbers end now.
    void end_after(Index number) {
        for (Index last = last_; number < last && !last_.compare_exchange_weak(last, number);) {
        }
    }

    /// Whether the caller is waiting for the end.
    bool urgent(StopReason reason) const {
        return reason == StopReason::time_limit || options_.stop.stop_requested();
    }

private:
    const FitOptions& options_;
    Stopwatch watch_;
    std::atomic<Index> last_{(std::numeric_limits<Index>::max)()};
};

}  // namespace twolayer::detail
