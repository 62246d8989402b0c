// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/shape.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/levenberg_marquardt.hpp>
#include <twolayer/second_order/gauss_newton_blocks.hpp>
#include <twolayer/train/fit_options.hpp>

#include <algorithm>
#include <cstdio>
#include <string>

namespace twolayer::detail {

enum class MethodKind { lbfgs, levenberg_marquardt, adam };

/// A method for a task, and why.
struct MethodChoice {
    MethodKind kind;
    std::string reason;
};

/// What a task is made of, in multiplications and bytes.
struct TaskCost {
    double gradient;             ///< multiplications of one gradient over all samples
    double levenberg_marquardt;  ///< of one iteration of Levenberg-Marquardt
    double matrix_bytes;         ///< that Levenberg-Marquardt takes

    template <Real Scalar>
    static TaskCost of(const Shape& shape, Index samples) {
        const double N = double(samples), D = double(shape.inputs), M = double(shape.hidden),
                     K = double(shape.outputs), P = double(shape.size());
        const double rows = K * P * P / 2, products = GaussNewtonBlocks<Scalar>::operations(shape);
        // An exponential takes about as long as 20 multiplications.
        return {.gradient = N * (2 * D * M + 3 * M * K + 20 * (M + K)),
                .levenberg_marquardt = N * std::min(rows, products) + P * P * P / 6,
                .matrix_bytes = LevenbergMarquardt::bytes<Scalar>(shape.size())};
    }
};

/// The method for a loss: `squares` says that it is the squared error, of targets that are no
/// classes, of which the target loss is this `share` of the variance (0 where there is none). A
/// function of task and shape alone, so that a seed gives the same bits everywhere.
template <Real Scalar>
MethodChoice choose_method(const Shape& shape, Index samples, bool squares, Index batch,
                           double share = 0) {
    // Levenberg-Marquardt needs about 30 times fewer iterations where the residuals vanish, since
    // then its matrix is the Hessian. Where they stay it is not, and may be far from it.
    constexpr double worth = 30, most_share = 0.1, most_bytes = 1 << 30, most_work = 2e12;
    const TaskCost cost = TaskCost::of<Scalar>(shape, samples);
    const auto text = [](const char* format, auto... values) {
        char line[240];
        std::snprintf(line, sizeof line, format, values...);
        return std::string(line);
    };
    if (batch < samples)
        return {MethodKind::adam, text("batches of %td samples were asked for", batch)};
    if (squares && share < most_share && cost.levenberg_marquardt < worth * cost.gradient &&
        cost.matrix_bytes < most_bytes)
        return {
            MethodKind::levenberg_marquardt,
            text("a squared error with %td weights: at most %.2g MB of matrices, an iteration "
                 "costs as much as %.0f gradients",
                 shape.size(), cost.matrix_bytes / 1e6, cost.levenberg_marquardt / cost.gradient)};
    const double work = cost.gradient * 1000;
    if (work < most_work)
        return {MethodKind::lbfgs,
                text("%s: %td vectors of %td weights take %.2g MB, 1000 iterations %.2g billion "
                     "multiplications",
                     !squares             ? "classes"
                     : share < most_share ? "a squared error with many weights"
                                          : "a squared error that stays large",
                     2 * Lbfgs{}.memory + 4, shape.size(),
                     1e-6 * double(2 * Lbfgs{}.memory + 4) * double(shape.size()) *
                         double(sizeof(Scalar)),
                     work / 1e9)};
    return {MethodKind::adam,
            text("1000 iterations over %td samples would take %.2g billion multiplications, 100 "
                 "epochs of mini-batches take a tenth",
                 samples, work / 1e9)};
}

}  // namespace twolayer::detail
