// SPDX-License-Identifier: MIT
// Chooses the training method from the shape and the loss of a task.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/network/gauss_newton_blocks.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/levenberg_marquardt.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/train/fit_options.hpp>

#include <algorithm>
#include <charconv>
#include <string>

namespace twolayer::detail {

enum class MethodKind { lbfgs, levenberg_marquardt, adam };

/// A method for a task, and why.
struct MethodChoice {
    MethodKind kind;
    std::string reason;
};

/// The cost of a task, in multiplications and bytes.
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
                .levenberg_marquardt = N * (std::min)(rows, products) + P * P * P / 6,
                .matrix_bytes = LevenbergMarquardt::bytes<Scalar>(shape.size())};
    }
};

/// Chooses the method for a loss. `squares`: whether it is the squared error, of targets that are
/// not classes. `share`: the loss goal relative to the variance of the targets, 0 without a goal.
/// The choice depends on task and shape alone, so a seed leads to the same bits everywhere.
template <Real Scalar>
MethodChoice choose_method(const Shape& shape, Index samples, bool squares, Index batch,
                           double share = 0) {
    // Levenberg-Marquardt needs about 30 times fewer iterations if the residuals vanish, since its
    // matrix is then the Hessian. Otherwise it is not, and may be far from it.
    constexpr double worth = 30, max_share = 0.1, max_bytes = 1 << 30, max_work = 2e12;
    const TaskCost cost = TaskCost::of<Scalar>(shape, samples);
    // Two digits, or a whole number, with a decimal point in every locale.
    const auto number = [](double value, std::chars_format format, int precision) {
        char digits[320];
        return std::string(
            digits, std::to_chars(digits, digits + sizeof digits, value, format, precision).ptr);
    };
    const auto rough = [&](double value) { return number(value, std::chars_format::general, 2); };
    const auto whole = [&](auto value) {
        return number(double(value), std::chars_format::fixed, 0);
    };
    if (batch < samples)
        return {MethodKind::adam, "batches of " + whole(batch) + " samples were asked for"};
    if (squares && share < max_share && cost.levenberg_marquardt < worth * cost.gradient &&
        cost.matrix_bytes < max_bytes)
        return {MethodKind::levenberg_marquardt,
                "a squared error with " + whole(shape.size()) + " weights: at most " +
                    rough(cost.matrix_bytes / 1e6) +
                    " MB of matrices, an iteration costs as much as " +
                    whole(cost.levenberg_marquardt / cost.gradient) + " gradients"};
    const double work = cost.gradient * 1000;
    if (work < max_work) {
        const Index vectors = 2 * Lbfgs{}.memory + 4;
        const double bytes = double(vectors) * double(shape.size()) * double(sizeof(Scalar));
        const std::string task = !squares            ? "classes"
                                 : share < max_share ? "a squared error with many weights"
                                                     : "a squared error that stays large";
        return {MethodKind::lbfgs, task + ": " + whole(vectors) + " vectors of " +
                                       whole(shape.size()) + " weights take " +
                                       rough(1e-6 * bytes) + " MB, 1000 iterations " +
                                       rough(work / 1e9) + " billion multiplications"};
    }
    return {MethodKind::adam,
            "1000 iterations over " + whole(samples) + " samples would take " + rough(work / 1e9) +
                " billion multiplications, 100 epochs of mini-batches take a tenth"};
}

}  // namespace twolayer::detail
