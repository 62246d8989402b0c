// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/minimizer.hpp>

#include <functional>
#include <limits>
#include <optional>

namespace twolayer::test {

struct MinimizeOptions {
    Index iterations = 1000;
    double target = -std::numeric_limits<double>::infinity();  ///< stops at a value this low
    /// Receives the number of iterations and the value after each of them; returning false stops.
    std::function<bool(Index, double)> callback = {};
};

/// The result of minimize().
template <Real Scalar>
struct MinimizeReport {
    StopReason stop_reason = StopReason::iteration_limit;
    Index iterations = 0;
    Iterate<Scalar> iterate;
};

/// Turns a method that takes only gradients into one that evaluates the function itself, at the
/// start and after each step. Undoes a step to a point where the function is not finite.
template <typename Method, Real Scalar>
class FollowedGradient {
public:
    FollowedGradient(const Method&, Index size) : method_(size), gradient_(size), before_(size) {}

    Iterate<Scalar> iterate() const { return iterate_; }

    template <Objective<Scalar> F>
    std::optional<StopReason> step(const Method& settings, F&& f, Theta<Scalar> theta) {
        if (iterate_.evaluations == 0 && !evaluate(f, theta))
            return StopReason::not_finite;
        if (iterate_.gradient_norm == Scalar(0))
            return StopReason::converged;
        before_ = theta;
        method_.step(settings, theta, gradient_);
        if (evaluate(f, theta))
            return std::nullopt;
        theta = before_;
        return StopReason::not_finite;
    }

private:
    template <typename F>
    bool evaluate(F& f, const Theta<Scalar>& theta) {
        return iterate_.take(iterate_.evaluate(f, theta, gradient_), gradient_);
    }

    typename Method::template State<Scalar> method_;
    Vector<Scalar> gradient_, before_;
    Iterate<Scalar> iterate_;
};

template <typename Method, Real Scalar>
struct MinimizerState {
    using type = typename Method::template State<Scalar>;
};

template <typename Method, Real Scalar>
requires GradientMethod<Method, Scalar>
struct MinimizerState<Method, Scalar> {
    using type = FollowedGradient<Method, Scalar>;
};

/// Minimizes f from theta in at most `iterations` steps. A Minimizer leaves theta at the lowest
/// point found. A GradientMethod, whose steps may raise the value, leaves it at the end of its last
/// step. theta remains finite. Throws std::invalid_argument for settings out of range.
template <typename F, typename V, typename Method, Real Scalar = typename V::Scalar>
requires GradientMethod<Method, Scalar> || Minimizer<Method, Scalar>
MinimizeReport<Scalar> minimize(F&& f, V& theta, const Method& method,
                                const MinimizeOptions& options = {}) {
    method.validate();
    typename MinimizerState<Method, Scalar>::type state(method, theta.size());
    MinimizeReport<Scalar> report;
    while (report.iterations < options.iterations) {
        if (const auto reason = state.step(method, f, Theta<Scalar>(theta))) {
            report.stop_reason = *reason;
            break;
        }
        ++report.iterations;
        const double value = static_cast<double>(state.iterate().value);
        if (value <= options.target) {
            report.stop_reason = StopReason::goal_reached;
            break;
        }
        if (options.callback && !options.callback(report.iterations, value)) {
            report.stop_reason = StopReason::stopped_by_caller;
            break;
        }
    }
    report.iterate = state.iterate();
    return report;
}

}  // namespace twolayer::test
