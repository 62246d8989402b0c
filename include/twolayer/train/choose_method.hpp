// SPDX-License-Identifier: MIT
// Chooses the training method that suits a task, by what each would cost.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/network/gauss_newton_blocks.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/levenberg_marquardt.hpp>
#include <twolayer/policies/shape.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace twolayer::detail {

enum class MethodKind { lbfgs, levenberg_marquardt, adam };

/// A method for a task, and why.
struct MethodChoice {
    MethodKind kind;
    std::string reason;
};

/// The multiplications of one gradient over N samples, where an exponential takes about as long as
/// 20 of them.
inline double gradient_cost(const Shape& shape, Index N) {
    const double D = double(shape.inputs), M = double(shape.hidden), K = double(shape.outputs);
    return double(N) * (2 * D * M + 3 * M * K + 20 * (M + K));
}

/// Chooses the method for a loss. `squares`: whether it is the squared error, of targets that are
/// not classes. `fraction`: the loss goal relative to the loss of predicting the mean, 0 without a
/// goal. The choice depends on task and shape alone, so a seed leads to the same bits everywhere.
template <Real Scalar>
MethodChoice choose_method(const Shape& shape, Index samples, bool squares, Index batch,
                           double fraction = 0) {
    // Levenberg-Marquardt needs about 30 times fewer iterations if the residuals vanish, since its
    // matrix is then the Hessian. Otherwise it is not, and may be far from it.
    constexpr double worth = 30, max_fraction = 0.1, max_bytes = 1 << 30, max_work = 2e12;
    // Costs in multiplications: of one gradient over all samples, and of one iteration of
    // Levenberg-Marquardt, with its bytes.
    const double N = double(samples), K = double(shape.outputs), P = double(shape.size());
    const double gradient = gradient_cost(shape, samples);
    const double rows = K * P * P / 2, products = GaussNewtonBlocks<Scalar>(shape).operations();
    const double iteration = N * (std::min)(rows, products) + P * P * P / 6;
    const double matrix_bytes = LevenbergMarquardt::bytes<Scalar>(shape.size());
    // Two digits, with a decimal point in every locale.
    const auto rough = [](double value) {
        char digits[32];
        return std::string(digits, std::to_chars(digits, digits + sizeof digits, value,
                                                 std::chars_format::general, 2)
                                       .ptr);
    };
    if (batch < samples)
        return {MethodKind::adam, message("the options give batches of ", batch, " samples")};
    if (squares && fraction < max_fraction && iteration < worth * gradient &&
        matrix_bytes < max_bytes)
        return {
            MethodKind::levenberg_marquardt,
            message("a squared error with ", shape.size(), " weights: at most ",
                    rough(matrix_bytes / 1e6), " MB of matrices, an iteration costs as much as ",
                    std::round(iteration / gradient), " gradients")};
    const double work = gradient * 1000;
    if (work < max_work) {
        const Index vectors = 2 * Lbfgs{}.memory + 4;
        const double bytes = double(vectors) * double(shape.size()) * double(sizeof(Scalar));
        const char* const task = !squares                  ? "classes"
                                 : fraction < max_fraction ? "a squared error with many weights"
                                                           : "a squared error that stays large";
        return {MethodKind::lbfgs,
                message(task, ": ", vectors, " vectors of ", shape.size(), " weights take ",
                        rough(1e-6 * bytes), " MB, 1000 iterations ", rough(work / 1e9),
                        " billion multiplications")};
    }
    return {MethodKind::adam,
            message("1000 iterations over ", samples, " samples would take ", rough(work / 1e9),
                    " billion multiplications, 100 epochs of mini-batches take a tenth")};
}

}  // namespace twolayer::detail
