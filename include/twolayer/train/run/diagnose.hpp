// SPDX-License-Identifier: MIT
// Diagnoses the data and the trained network of a fit for its report.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/network/forward.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/tiles/workspace.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/run/interruption.hpp>
#include <twolayer/train/run/units.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace twolayer::detail {

/// Warnings about columns far from unit scale, which first weights and steps assume. Checks a
/// thousand rows at most.
template <std::floating_point Scalar>
std::vector<std::string> warnings_of_scale(const Samples<Scalar>& samples, bool targets) {
    std::vector<std::string> warnings;
    const auto look = [&](std::string_view name, const MatrixView<const Scalar>& A) {
        std::vector<Index> distant;
        for (Index d = 0; d < A.cols; ++d) {
            Scalar least = (std::numeric_limits<Scalar>::max)(), most = -least;
            for (Index n = 0; n < A.rows; n += 1 + (A.rows - 1) / 1000)
                if (Scalar(0) < samples.weight(n)) {
                    least = (std::min)(least, A(n, d));
                    most = (std::max)(most, A(n, d));
                }
            const Scalar size = (std::max)(std::abs(least), std::abs(most)), range = most - least;
            if (range > 0 && (size > 30 || size < Scalar(1e-3) || range < Scalar(0.01) * size))
                distant.push_back(d);
        }
        warn_of_columns(warnings, name, distant,
                        ": the values are far from unit scale, so training may be slow or stop "
                        "early: set standardize, or name no method");
    };
    look("X", samples.X);
    if (targets)
        look("Y", samples.Y);
    return warnings;
}

/// Finds inactive hidden units from the sums of w Z and w Z^2 over the samples, and from how close
/// each Z comes to 1/2.
template <Network Net>
void find_inactive_units(const Net& net, const Samples<typename Net::Scalar>& samples,
                         TileMemory<Net>& memory, FitReport& report) {
    const Index M = net.shape().hidden;
    Vector<double> sum = Vector<double>::Zero(M), squares = Vector<double>::Zero(M);
    Vector<double> nearest = Vector<double>::Constant(M, unbounded);
    double total = 0;
    const auto add = [&](const auto&, const auto& tile, const auto&, int) {
        for (Index n = 0; n < tile.rows; ++n) {
            const auto w = double(tile.sample_weights(n, 0));
            total += w;
            for (Index m = 0; m < M; ++m) {
                const double z = double(tile.Z(n, m)) - 0.5;
                sum(m) += w * z;
                squares(m) += w * z * z;
                nearest(m) = (std::min)(nearest(m), std::abs(z));
            }
        }
        return 0;
    };
    sum_over_tiles(net.weights(), samples, memory, nullptr, {}, add);
    for (Index m = 0; m < M; ++m) {
        const double mean = sum(m) / total, variance = squares(m) / total - mean * mean;
        if (nearest(m) > 0.49)
            report.saturated_units.push_back(m);
        else if (variance < 1e-6)
            report.dead_units.push_back(m);
    }
}

/// Reports the final loss, gradient, weights and hidden units of a trained network. If the
/// watch interrupts it, it reports NaN and no units for the missing parts.
template <typename Objective, Network Net>
void diagnose(Objective& objective, const Net& net, const Watch* watch, FitReport& report) {
    const auto theta = net.weights().theta();
    Vector<typename Net::Scalar> gradient(theta.size());
    report.final_loss = report.gradient_norm = std::numeric_limits<double>::quiet_NaN();
    watched(objective, watch, [&] {
        const auto value = objective(theta, gradient);
        report.final_loss = objective.in_units(double(value.loss), value.monitored);
        report.gradient_norm = double(gradient.cwiseAbs().maxCoeff());
    });
    report.decayed_weights = net.weights().W1().size() + net.weights().W2().size();
    report.largest_weight = double(theta.cwiseAbs().maxCoeff());
    watched(objective, watch,
            [&] { find_inactive_units(net, objective.samples(), objective.workspace(), report); });
}

}  // namespace twolayer::detail
