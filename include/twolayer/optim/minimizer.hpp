// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/types.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/stop_reason.hpp>

#include <concepts>
#include <optional>

namespace twolayer {

/// A function to minimize: f(theta, gradient) gives f and writes its gradient.
template <typename F, typename Scalar>
concept Objective = requires(F& f, ConstTheta<Scalar> theta, Theta<Scalar> gradient) {
    { f(theta, gradient) } -> std::convertible_to<Scalar>;
};

/// Where a minimizer stands.
template <Real Scalar>
struct Standing {
    Scalar value{0};          ///< f(theta)
    Scalar gradient_norm{0};  ///< largest entry of the gradient, in size
    Index evaluations = 0;    ///< of f and its gradient, so far
};

}  // namespace twolayer
