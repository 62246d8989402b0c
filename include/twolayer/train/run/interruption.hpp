// SPDX-License-Identifier: MIT
// Ends a fit within an iteration if a stop is requested or its time is over.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/stopwatch.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/tiles/workspace.hpp>
#include <twolayer/train/fit_options.hpp>

#include <atomic>
#include <limits>
#include <optional>

namespace twolayer::detail {

/// Thrown to abandon an unfinished iteration.
struct Interrupted {
    StopReason reason;
};

/// Throws Interrupted if there is a reason. Without exceptions it does nothing: a fit is then
/// stopped after an iteration.
inline void interrupt([[maybe_unused]] std::optional<StopReason> reason) {
#ifdef __cpp_exceptions
    if (reason)
        throw Interrupted{*reason};
#endif
}

/// Does work on an objective; returns the reason if the watch interrupted it.
template <typename Objective, typename Work>
std::optional<StopReason> watched(Objective& objective, const Watch* watch, Work work) {
    std::optional<StopReason> reason;
    objective.workspace().set_watch(watch);
#ifdef __cpp_exceptions
    try {
        work();
    } catch (const Interrupted& interrupted) {
        reason = interrupted.reason;
    }
#else
    work();
#endif
    objective.workspace().set_watch(nullptr);
    return reason;
}

/// Limits the work of a fit whose caller waits for the end to a fifth of a second. A fit does such
/// work twice, and the squared error of classes is two fits.
class Hurry final : public Watch {
public:
    explicit Hurry(bool urgent) : urgent_(urgent) {}

    void look(bool) const override {
        if (urgent_ && since_.seconds() > 0.2)
            interrupt(StopReason::time_limit);
    }

private:
    bool urgent_;
    Stopwatch since_;
};

/// Whether a run that ended for this reason ends the fit, even if starts are left.
inline bool ends_the_fit(StopReason reason) {
    return reason == StopReason::goal_reached || reason == StopReason::stopped_by_caller ||
           reason == StopReason::time_limit;
}

/// When a fit ends early: on request, at its time limit and, for parallel runs, once one with a
/// lower number has ended the fit.
class EarlyEnd {
public:
    EarlyEnd(const FitOptions& options, bool parallel) : options_(options), parallel_(parallel) {}

    double seconds() const { return watch_.seconds(); }
    bool limited() const { return options_.time_limit < unbounded; }
    bool possible() const { return parallel_ || limited() || options_.stop.stop_possible(); }

    /// A reason to end run `number`, if any; checks the time only if `looks_at_clock`.
    std::optional<StopReason> reason(Index number, bool looks_at_clock = true) const {
        if (options_.stop.stop_requested() || ended_before(number))
            return StopReason::stopped_by_caller;
        if (looks_at_clock && limited() && seconds() >= options_.time_limit)
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
    bool parallel_;  ///< whether runs are
    Stopwatch watch_;
    std::atomic<Index> last_{(std::numeric_limits<Index>::max)()};
};

/// Interrupts a run at its early end.
class RunWatch final : public Watch {
public:
    RunWatch(const EarlyEnd& end, Index number) : end_(end), number_(number) {}

    void look(bool slow) const override {
        interrupt(end_.reason(number_, slow || (end_.limited() && every_eighth_time())));
    }

private:
    /// Since reading the clock may take longer than a tile. Threads may call it at the same time;
    /// some counts may then be lost.
    bool every_eighth_time() const {
        const unsigned count = count_.load(std::memory_order_relaxed) + 1;
        count_.store(count, std::memory_order_relaxed);
        return count % 8 == 0;
    }

    const EarlyEnd& end_;
    Index number_;
    mutable std::atomic<unsigned> count_{0};
};

}  // namespace twolayer::detail
