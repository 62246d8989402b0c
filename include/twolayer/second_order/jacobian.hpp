// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/forward.hpp>
#include <twolayer/core/gradient.hpp>
#include <twolayer/core/kernels/product.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/core/samples.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/workspace.hpp>

namespace twolayer {

namespace detail {

/// The slopes of one sample's outputs.
template <Real Scalar>
struct OutputSlopes {
    Matrix<Scalar> S;  ///< K x K   S = dYhat/dO
    Matrix<Scalar> G;  ///< K x M   G = dYhat/dH = (S W2^T) .* (1 (Z .* (1 - Z)))

    explicit OutputSlopes(const Shape& shape)
        : S(shape.outputs, shape.outputs), G(shape.outputs, shape.hidden) {}

    /// The slopes of sample n of a tile, after its forward pass.
    template <typename Output, typename Weights>
    void set(const Weights& weights, const Tile<Scalar>& tile, Index n) {
        S.setIdentity();
        for (Index k = 0; k < S.cols(); ++k)  // column k of S is S e_k
            Output::template times_slope<Scalar>(output_sample(tile, n),
                                                 {S.col(k).data(), std::size_t(S.rows())});
        G = S.lazyProduct(weights.W2().transpose());
        for (Index m = 0; m < G.cols(); ++m) G.col(m) *= tile.Z(n, m) * tile.one_minus_Z(n, m);
    }
};

}  // namespace detail

/// dYhat/dtheta for X, N x D: (N K) x P, row n K + k is output k of sample n.
///
/// With S = dYhat/dO and G = dYhat/dH of the sample,
///
///     dYhat_k/dW1_dm = x_d G_km      dYhat_k/db1_m = G_km
///     dYhat_k/dW2_mj = Z_m S_kj      dYhat_k/db2_j = S_kj
///
/// Throws std::invalid_argument where X has another number of columns than the network has inputs.
template <Network Net>
Matrix<typename Net::Scalar> jacobian(const Net& net, const MatrixArg<typename Net::Scalar>& X) {
    using Scalar = typename Net::Scalar;
    detail::check_inputs(net.shape(), X.rows, X.cols);
    const auto [D, M, K, biases] = net.shape();
    const Index b1 = D * M, W2 = b1 + (biases ? M : 0), b2 = W2 + M * K;  // where each begins

    Matrix<Scalar> J(X.rows * K, net.weights().size());
    auto workspace = Workspace<Net>::for_one_call(net.shape(), X.rows);
    detail::OutputSlopes<Scalar> slopes(net.shape());
    detail::forward_tiles(net, X, workspace, [&](Index first, const Tile<Scalar>& tile) {
        for (Index n = 0; n < tile.rows; ++n) {
            slopes.template set<typename Net::Output>(net.weights(), tile, n);
            auto rows = J.middleRows((first + n) * slopes.S.rows(), slopes.S.rows());
            for (Index m = 0; m < slopes.G.cols(); ++m)
                for (Index d = 0; d < tile.X.cols; ++d)
                    rows.col(m * tile.X.cols + d) = tile.X(n, d) * slopes.G.col(m);
            for (Index j = 0; j < slopes.S.cols(); ++j)
                for (Index m = 0; m < slopes.G.cols(); ++m)
                    rows.col(W2 + j * slopes.G.cols() + m) = tile.Z(n, m) * slopes.S.col(j);
            if (net.shape().biases) {
                rows.middleCols(b1, slopes.G.cols()) = slopes.G;
                rows.middleCols(b2, slopes.S.cols()) = slopes.S;
            }
        }
    });
    return J;
}

/// dYhat/dx of one sample x, D values in either orientation: K x D, G W1^T. Throws
/// std::invalid_argument for another number of values.
template <Network Net>
Matrix<typename Net::Scalar> input_jacobian(const Net& net,
                                            const VectorArg<typename Net::Scalar>& x) {
    using Scalar = typename Net::Scalar;
    detail::check_inputs(net.shape(), 1, x.size);
    auto workspace = Workspace<Net>::for_one_call(net.shape(), 1);
    detail::OutputSlopes<Scalar> slopes(net.shape());
    const MatrixView<const Scalar> X(x.data, 1, x.size, 1, x.stride);
    detail::forward_tiles(net, X, workspace, [&](Index, const Tile<Scalar>& tile) {
        slopes.template set<typename Net::Output>(net.weights(), tile, 0);
    });
    return slopes.G.lazyProduct(net.weights().W1().transpose());
}

/// dL/dX, N x D: how the mean loss changes with each input, delta1 W1^T; zero in rows of weight
/// zero. Throws as loss().
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
    for (Index n = 0; n < X.rows; ++n) {
        const Tile<Scalar> tile = detail::load_tile(samples, n, n + 1, workspace);
        detail::forward<typename Net::Output>(net.weights(), tile);
        detail::backward<Loss, typename Net::Output>(net.weights(), tile, total);
        kernels::add_product(MatrixView(gradient).middle_rows(n, tile.rows), tile.delta1,
                             MatrixView(net.weights().W1()).transpose());
    }
    return gradient;
}

}  // namespace twolayer
