// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/types.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/stop_reason.hpp>

#include <concepts>
#include <optional>
#include <string_view>

namespace twolayer {

/// A function to minimize: f(theta, gradient) gives f and writes its gradient.
template <typename F, typename Scalar>
concept Objective = requires(F&& f, ConstTheta<Scalar> theta, Theta<Scalar> gradient) {
    { f(theta, gradient) } -> std::convertible_to<Scalar>;
};

/// Where a minimizer stands.
template <Real Scalar>
struct Standing {
    Scalar value{0};          ///< f(theta)
    Scalar gradient_norm{0};  ///< largest entry of the gradient, in size
    Index evaluations = 0;    ///< of f and its gradient, so far
};

/// A method that evaluates a function where it wants: settings, and a State that holds all it
/// remembers. A step moves theta to a lower value, or gives a reason to stop.
template <typename T, typename Scalar>
concept Minimizer = requires(const T& settings, typename T::template State<Scalar>& state,
                             Scalar (&f)(ConstTheta<Scalar>, Theta<Scalar>), Theta<Scalar> theta) {
    { T::name } -> std::convertible_to<std::string_view>;
    settings.check();
    { state.step(settings, f, theta) } -> std::same_as<std::optional<StopReason>>;
    { state.standing() } -> std::convertible_to<Standing<Scalar>>;
};

/// What minimize() did.
template <Real Scalar>
struct MinimizeReport {
    StopReason stop_reason = StopReason::iteration_limit;
    Index iterations = 0;
    Standing<Scalar> standing;
};

/// Minimizes f from theta, which is moved to the lowest point found, in at most `iterations` steps.
/// Throws std::invalid_argument for settings out of their range.
template <Real Scalar, Objective<Scalar> F, Minimizer<Scalar> Method>
MinimizeReport<Scalar> minimize(F&& f, Theta<Scalar> theta, const Method& method,
                                Index iterations = 1000) {
    method.check();
    typename Method::template State<Scalar> state(method, theta.size());
    MinimizeReport<Scalar> report;
    for (; report.iterations < iterations; ++report.iterations)
        if (const auto reason = state.step(method, f, theta)) {
            report.stop_reason = *reason;
            break;
        }
    report.standing = state.standing();
    return report;
}

}  // namespace twolayer
