// SPDX-License-Identifier: MIT
// The backward pass with all its matrices, for checking the derivation.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/copy.hpp>
#include <twolayer/network/forward.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/network.hpp>
#include <twolayer/plain.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <algorithm>
#include <cstddef>

namespace twolayer {

using plain::BackwardPass;

/// Returns both deltas and the gradient of the mean loss over X, N x D, and Y, N x K. Row n of a
/// delta contains the factor w_n / sum w, or 1/N without sample weights. The gradient is bitwise
/// equal to that of loss_and_gradient(). Rows of weight zero have zeros; without biases db1 and db2
/// are empty. Throws as mean_loss().
template <Network Net, LossOf<Net> Loss = SquaredError>
BackwardPass<ScalarOf<Net>> backward(const Net& net, MatrixFor<Net> X, MatrixFor<Net> Y,
                                     Loss policy = {}, VectorFor<Net> sample_weights = {}) {
    using Scalar = ScalarOf<Net>;
    const Samples<Scalar> samples{X, Y, sample_weights};
    const auto total = detail::checked_total_weight(net.shape(), samples);
    const auto [L, gradient] = loss_and_gradient(net, X, Y, policy, sample_weights);
    BackwardPass<Scalar> pass{.delta2 = Matrix<Scalar>::Zero(X.rows, net.shape().outputs),
                              .delta1 = Matrix<Scalar>::Zero(X.rows, net.shape().hidden),
                              .dW1 = gradient.W1(),   // (9)
                              .db1 = gradient.b1(),   // (9)
                              .dW2 = gradient.W2(),   // (8)
                              .db2 = gradient.b2()};  // (8)

    auto memory = detail::TileMemory<Net>::for_one_call(net.shape(), X.rows);
    const auto weights = memory.load(net.weights(), X.rows);
    for (Index first = 0; first < X.rows; first += memory.tile_rows()) {
        const Index last = (std::min)(X.rows, first + memory.tile_rows());
        const Tile<Scalar> tile =
            detail::forward_tile<Net>(weights, samples, first, last, memory);      // (1) to (4)
        detail::compute_deltas<Loss, typename Net::Output>(weights, tile, total);  // (6), (7)
        for (Index i = 0; i < tile.rows; ++i) {
            const Index n = tile.weighted ? memory.rows()[std::size_t(i)] : first + i;
            copy<Scalar>(tile.delta2.middle_rows(i, 1), MatrixView(pass.delta2).middle_rows(n, 1));
            copy<Scalar>(tile.delta1.middle_rows(i, 1), MatrixView(pass.delta1).middle_rows(n, 1));
        }
    }
    return pass;
}

}  // namespace twolayer
