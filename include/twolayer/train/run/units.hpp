// SPDX-License-Identifier: MIT
// The units of a training task: the scale of its gradient, and the accuracy of its loss.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/network/tile_sum.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>

namespace twolayer::detail {

/// The nearest power of ten; 1 if x is not positive and finite.
inline double order_of_magnitude(double x) {
    return 0 < x && is_finite(x) ? std::pow(10, std::round(std::log10(x))) : 1;
}

/// Orders of magnitude of the inputs and targets; 1 for standardized ones. A weight is typically as
/// large as the signal that it leads to, divided by the signal that it receives, and the loss as
/// large as the square of the targets:
///
///     W1, row d: 1 / inputs(d)      b1: 1      W2, b2: targets      L: targets^2
///
/// With these in place of typx and typf of Dennis and Schnabel 1983, "Numerical methods for
/// unconstrained optimization and nonlinear equations", section 7.2, the size of a gradient does
/// not depend on the units of X and Y.
struct Units {
    Vector<double> inputs;  ///< of each column: a third of its largest |x|, near its deviation
    double targets = 1;     ///< their deviation from the mean, for Identity; 1 otherwise
    double largest = 1;     ///< how large they are, their mean included

    template <Network Net>
    static Units of(const Net& net, const Samples<typename Net::Scalar>& samples,
                    TileMemory<Net>& memory) {
        const Index D = net.shape().inputs, K = net.shape().outputs;
        Units units{.inputs = Vector<double>::Zero(D)};
        Vector<double> first = Vector<double>::Zero(K), sum = first;
        double total = 0, squares = 0;
        const auto add = [&](const auto&, const auto& tile, const auto&, int) {
            for (Index n = 0; n < tile.rows; ++n) {
                const auto w = double(tile.sample_weights(n, 0));
                for (Index d = 0; d < D; ++d)
                    units.inputs(d) = (std::max)(units.inputs(d), std::abs(double(tile.X(n, d))));
                for (Index k = 0; k < K; ++k) {
                    if (total == 0)
                        first(k) = double(tile.Y(n, k));
                    const double y = double(tile.Y(n, k)) - first(k);  // else the mean hides them
                    sum(k) += w * y;
                    squares += w * y * y;
                }
                total += w;
            }
            return 0;
        };
        sum_over_tiles(net.weights(), samples, memory, nullptr, {}, add);
        for (double& x : units.inputs) x = order_of_magnitude(x / 3);
        if constexpr (std::same_as<typename Net::Output, Identity>) {
            const Vector<double> mean = sum / total;
            const double variance = squares / total - mean.squaredNorm();
            units.largest = std::sqrt((first + mean).squaredNorm() + (std::max)(variance, 0.0));
            units.targets = order_of_magnitude(variance > 0 ? std::sqrt(variance) : units.largest);
        }
        return units;
    }

    /// The largest absolute entry of a gradient, for weights and a loss in these units.
    template <typename Weights>
    double size(const Weights& gradient) const {
        const auto largest_of = [](const auto& block) {
            return block.size() == 0 ? 0.0 : double(block.cwiseAbs().maxCoeff());
        };
        double hidden = largest_of(gradient.b1());
        for (Index d = 0; d < inputs.size(); ++d)
            hidden = (std::max)(hidden, largest_of(gradient.W1().row(d)) / inputs(d));
        return (std::max)(hidden / targets,
                          (std::max)(largest_of(gradient.W2()), largest_of(gradient.b2()))) /
               targets;
    }

    /// The rounding error in a loss due to the residuals, whose terms are as large as the targets.
    double rounding(double loss, double epsilon) const {
        return epsilon * largest * std::sqrt(2 * (std::max)(loss, 0.0));
    }

    /// The same for the size of its gradient: the mean of products with a residual, whose size
    /// is sqrt(2 L).
    double rounding_of_size(double loss, double epsilon) const {
        return epsilon * (largest + std::sqrt(2 * (std::max)(loss, 0.0))) / targets;
    }
};

}  // namespace twolayer::detail
