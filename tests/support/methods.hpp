// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/gradient_descent.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/levenberg_marquardt.hpp>
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/optim/rprop.hpp>

#include "support/functions.hpp"
#include "support/minimize.hpp"

namespace twolayer::test {

/// The result of minimizing a function of the battery from the start of the literature.
template <typename Scalar>
struct Outcome {
    Vector<Scalar> theta;
    MinimizeReport<Scalar> report;
    double gap;  ///< difference between the final value and the minimum
};

template <typename Scalar, typename Method>
Outcome<Scalar> run(const Function<Scalar>& function, const Method& method,
                    const MinimizeOptions& options = {}) {
    Outcome<Scalar> outcome{.theta = function.start, .report = {}, .gap = 0};
    outcome.report = minimize(function.f, outcome.theta, method, options);
    outcome.gap = static_cast<double>(outcome.report.iterate.value) - function.least;
    return outcome;
}

}  // namespace twolayer::test
