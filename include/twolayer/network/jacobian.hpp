// SPDX-License-Identifier: MIT
// Jacobians of the outputs, and the gradient of the loss with respect to the inputs.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/network/forward.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/network/output_slopes.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/tiles/load_tile.hpp>
#include <twolayer/tiles/workspace.hpp>

namespace twolayer {

/// dYhat/dtheta for X, N x D: (N K) x P, row n K + k is output k of sample n.
///
/// Throws std::invalid_argument if the number of columns of X differs from the number of inputs.
template <Network Net>
Matrix<typename Net::Scalar> jacobian(const Net& net, const MatrixArg<typename Net::Scalar>& X) {
    using Scalar = typename Net::Scalar;
    detail::check_inputs(net.shape(), X.rows, X.cols);
    const Index K = net.shape().outputs, P = net.weights().size();

    Matrix<Scalar> J(X.rows * K, P);
    Eigen::Matrix<Scalar, Dynamic, Dynamic, Eigen::RowMajor> rows(K, P);
    auto workspace = Workspace<Net>::for_one_call(net.shape(), X.rows);
    detail::OutputSlopes<Scalar> slopes(net.shape());
    detail::forward_tiles(net, X, workspace, [&](Index first, const Tile<Scalar>& tile) {
        for (Index n = 0; n < tile.rows; ++n) {
            slopes.template set<typename Net::Output>(net.weights(), tile, n);
            slopes.write_rows(tile, n, net.shape().biases, Scalar(1), rows);
            J.middleRows((first + n) * K, K) = rows;
        }
    });
    return J;
}

/// dYhat/dx of one sample x, D values in either orientation: K x D, G W1^T. Throws
/// std::invalid_argument if x has a different number of values.
template <Network Net>
Matrix<typename Net::Scalar> input_jacobian(const Net& net,
                                            const VectorArg<typename Net::Scalar>& x) {
    using Scalar = typename Net::Scalar;
    detail::check_input(net.shape(), x.size);
    auto workspace = Workspace<Net>::for_one_call(net.shape(), 1);
    detail::OutputSlopes<Scalar> slopes(net.shape());
    const MatrixView<const Scalar> X(x.data, 1, x.size, 1, x.stride);
    detail::forward_tiles(net, X, workspace, [&](Index, const Tile<Scalar>& tile) {
        slopes.template set<typename Net::Output>(net.weights(), tile, 0);
    });
    return slopes.G.lazyProduct(net.weights().W1().transpose());
}

/// dL/dX, N x D: how the mean loss changes with each input, delta1 W1^T; zero in rows of weight
/// zero. Throws as mean_loss().
template <Network Net, LossFor<typename Net::Output, typename Net::Scalar> Loss = SquaredError>
Matrix<typename Net::Scalar> input_gradient(
    const Net& net, const MatrixArg<typename Net::Scalar>& X,
    const MatrixArg<typename Net::Scalar>& Y, Loss = {},
    const VectorArg<typename Net::Scalar>& sample_weights = {}) {
    using Scalar = typename Net::Scalar;
    const Samples<Scalar> samples{X, Y, sample_weights};
    const auto total = detail::checked_total_weight(net.shape(), samples);

    Matrix<Scalar> gradient = Matrix<Scalar>::Zero(X.rows, X.cols);
    auto workspace = Workspace<Net>::for_one_call(net.shape(), 1);
    const auto weights = workspace.load(net.weights());
    const auto W1 = net.weights().W1();
    for (Index n = 0; n < X.rows; ++n) {
        const Tile<Scalar> tile = detail::load_tile(samples, n, n + 1, workspace);
        if (tile.rows == 0)
            continue;
        detail::forward<typename Net::Output>(weights, tile);
        detail::backward<Loss, typename Net::Output>(weights, tile, total);
        const Eigen::Map<const Vector<Scalar>> delta1(tile.delta1.data, W1.cols());
        gradient.row(n).noalias() = (W1 * delta1).transpose();
    }
    return gradient;
}

}  // namespace twolayer
