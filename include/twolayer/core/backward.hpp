// SPDX-License-Identifier: MIT
// The backward pass with all its matrices, for those who check the derivation.
#pragma once

#include <twolayer/core/copy.hpp>
#include <twolayer/core/gradient.hpp>
#include <twolayer/core/loss.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/core/packed_weights.hpp>
#include <twolayer/core/samples.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>
#include <twolayer/core/workspace.hpp>

#include <algorithm>
#include <cstddef>

namespace twolayer {

/// Everything the backward pass computes, N samples at a time. README, equations (6) to (9).
template <Real Scalar>
struct BackwardPass {
    using Row = Eigen::Matrix<Scalar, 1, Dynamic, Eigen::RowMajor>;

    Matrix<Scalar> delta2;  ///< N x K   delta2 = dL/dO
    Matrix<Scalar> delta1;  ///< N x M   delta1 = dL/dH = (delta2 W2^T) .* Z .* (1 - Z)
    Matrix<Scalar> dW1;     ///< D x M   dL/dW1 = X^T delta1
    Row db1;                ///< 1 x M   dL/db1 = 1^T delta1, 1 x 0 without biases
    Matrix<Scalar> dW2;     ///< M x K   dL/dW2 = Z^T delta2
    Row db2;                ///< 1 x K   dL/db2 = 1^T delta2, 1 x 0 without biases
};

/// The backward pass of the mean loss over the samples X, N x D, and Y, N x K: both deltas, with
/// the factor w_n / sum w (1/N without sample weights), and the gradient, with the bits of
/// loss_and_gradient(). Rows of weight zero have zeros. Throws as mean_loss().
template <Network Net, LossFor<typename Net::Output, typename Net::Scalar> Loss = SquaredError>
BackwardPass<typename Net::Scalar> backward(
    const Net& net, const MatrixArg<typename Net::Scalar>& X,
    const MatrixArg<typename Net::Scalar>& Y, Loss policy = {},
    const VectorArg<typename Net::Scalar>& sample_weights = {}) {
    using Scalar = typename Net::Scalar;
    const Samples<Scalar> samples{X, Y, sample_weights};
    const auto total = detail::checked_total_weight(net.shape(), samples);
    const auto [L, gradient] = loss_and_gradient(net, X, Y, policy, sample_weights);
    BackwardPass<Scalar> pass{.delta2 = Matrix<Scalar>::Zero(X.rows, net.shape().outputs),
                              .delta1 = Matrix<Scalar>::Zero(X.rows, net.shape().hidden),
                              .dW1 = gradient.W1(),
                              .db1 = gradient.b1(),
                              .dW2 = gradient.W2(),
                              .db2 = gradient.b2()};

    auto workspace = Workspace<Net>::for_one_call(net.shape(), X.rows);
    const auto weights = workspace.few(X.rows) ? detail::rows_in_theta<const Scalar>(net.weights())
                                               : workspace.load(net.weights());
    for (Index first = 0; first < X.rows; first += workspace.tile_rows()) {
        const Index last = (std::min)(X.rows, first + workspace.tile_rows());
        const Tile<Scalar> tile = detail::load_tile(samples, first, last, workspace);
        detail::forward<typename Net::Output>(weights, tile);
        detail::backward<Loss, typename Net::Output>(weights, tile, total);
        for (Index i = 0; i < tile.rows; ++i) {
            const Index n = tile.weighted ? workspace.rows()[std::size_t(i)] : first + i;
            copy<Scalar>(tile.delta2.middle_rows(i, 1), MatrixView(pass.delta2).middle_rows(n, 1));
            copy<Scalar>(tile.delta1.middle_rows(i, 1), MatrixView(pass.delta1).middle_rows(n, 1));
        }
    }
    return pass;
}

}  // namespace twolayer
