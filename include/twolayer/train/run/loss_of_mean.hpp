// SPDX-License-Identifier: MIT
// The baseline of the squared error: predicting the mean of the targets.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/policies/samples.hpp>

namespace twolayer::detail {

/// The squared error of the best constants, half the variance of the targets. A network has to be
/// better. `total` is the sum of the sample weights.
template <Real Scalar>
double loss_of_mean(const Samples<Scalar>& samples, double total) {
    const auto mean = [&](auto value) {
        double sum = 0;
        for (Index n = 0; n < samples.Y.rows; ++n)
            if (const auto w = static_cast<double>(samples.weight(n)); w > 0)
                sum += w * value(n);
        return sum / total;
    };
    double variance = 0;
    for (Index k = 0; k < samples.Y.cols; ++k) {
        const auto y = [&samples, k](Index n) {
            const Scalar y_nk = samples.Y(n, k);
            const auto [means, factors] = samples.Y_scaling;
            return static_cast<double>(factors ? (y_nk - means[k]) * factors[k] : y_nk);
        };
        const double center = mean(y);
        variance += mean([&](Index n) { return (y(n) - center) * (y(n) - center); });
    }
    return variance / 2;
}

}  // namespace twolayer::detail
