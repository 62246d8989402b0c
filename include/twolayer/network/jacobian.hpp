// SPDX-License-Identifier: MIT
// Jacobians of the outputs, and the gradient of the loss with respect to the inputs.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/network/forward.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/network.hpp>
#include <twolayer/network/output_slopes.hpp>
#include <twolayer/network/tile_sum.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/tiles/workspace.hpp>

namespace twolayer {

/// dYhat/dtheta for X, N x D: (N K) x P, row n K + k is output k of sample n.
///
/// Throws std::invalid_argument if the number of columns of X differs from the number of inputs.
template <Network Net>
Matrix<ScalarOf<Net>> jacobian(const Net& net, MatrixFor<Net> X) {
    using Scalar = ScalarOf<Net>;
    const Index K = net.shape().outputs, P = net.weights().size();

    Matrix<Scalar> J(X.rows * K, P);
    Eigen::Matrix<Scalar, Dynamic, Dynamic, Eigen::RowMajor> rows(K, P);
    auto memory = detail::TileMemory<Net>::for_one_call(net.shape(), X.rows);
    detail::OutputSlopes<Scalar> slopes(net.shape());
    detail::forward_tiles(net, X, memory, [&](Index first, const Tile<Scalar>& tile) {
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
Matrix<ScalarOf<Net>> input_jacobian(const Net& net, VectorFor<Net> x) {
    using Scalar = ScalarOf<Net>;
    detail::check_input(net.shape(), x.size);
    auto memory = detail::TileMemory<Net>::for_one_call(net.shape(), 1);
    detail::OutputSlopes<Scalar> slopes(net.shape());
    const MatrixView<const Scalar> X(x.data, 1, x.size, 1, x.stride);
    detail::forward_tiles(net, X, memory, [&](Index, const Tile<Scalar>& tile) {
        slopes.template set<typename Net::Output>(net.weights(), tile, 0);
    });
    return slopes.G.lazyProduct(net.weights().W1().transpose());
}

/// dL/dX, N x D: how the mean loss changes with each input, delta1 W1^T; zero in rows of weight
/// zero. Throws as mean_loss().
template <Network Net, LossOf<Net> Loss = SquaredError>
Matrix<ScalarOf<Net>> input_gradient(const Net& net, MatrixFor<Net> X, MatrixFor<Net> Y, Loss = {},
                                     VectorFor<Net> sample_weights = {}) {
    using Scalar = ScalarOf<Net>;
    const Samples<Scalar> samples{X, Y, sample_weights};
    const auto total = detail::checked_total_weight(net.shape(), samples);

    Matrix<Scalar> gradient = Matrix<Scalar>::Zero(X.rows, X.cols);
    auto memory = detail::TileMemory<Net>::for_one_call(net.shape(), 1);
    const auto weights = memory.load(net.weights());
    const auto W1 = net.weights().W1();
    for (Index n = 0; n < X.rows; ++n) {
        if (samples.weight(n) == Scalar(0))
            continue;
        const Tile<Scalar> tile = detail::forward_tile<Net>(weights, samples, n, n + 1, memory);
        detail::compute_deltas<Loss, typename Net::Output>(weights, tile, total);
        const Eigen::Map<const Vector<Scalar>> delta1(tile.delta1.data, W1.cols());
        gradient.row(n).noalias() = (W1 * delta1).transpose();
    }
    return gradient;
}

}  // namespace twolayer
