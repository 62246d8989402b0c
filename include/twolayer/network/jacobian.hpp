// SPDX-License-Identifier: MIT
// Derivatives of the outputs of a sample, their Jacobians, and the gradient of the loss with
// respect to the inputs.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/network/forward.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/network.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/tiles/tile.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <cstddef>

namespace twolayer {

namespace detail {

/// The slopes of one sample's outputs, and the rows of its Jacobian that follow from them.
template <Real Scalar>
struct OutputSlopes {
    Eigen::Matrix<Scalar, Dynamic, Dynamic, Eigen::RowMajor> S;  ///< K x K   S = dYhat/dO
    Eigen::Matrix<Scalar, Dynamic, Dynamic, Eigen::RowMajor> G;  ///< K x M   G = dYhat/dH
    Vector<Scalar> x;                                            ///< D       the sample itself

    explicit OutputSlopes(const Shape& shape)
        : S(shape.outputs, shape.outputs), G(shape.outputs, shape.hidden), x(shape.inputs) {}

    /// The slopes of sample n of a tile, after its forward pass:
    ///
    ///     G = (S W2^T) .* (1 (Z .* (1 - Z)))
    template <typename Output, typename Weights>
    void set(const Weights& weights, const Tile<Scalar>& tile, Index n) {
        const auto W2 = weights.W2();
        for (Index d = 0; d < x.size(); ++d) x(d) = tile.X(n, d);
        S.setIdentity();
        for (Index k = 0; k < S.rows(); ++k)  // row k of S is S e_k: S is symmetric
            Output::template times_slope<Scalar>(output_sample(tile, n),
                                                 {S.row(k).data(), std::size_t(S.cols())});
        for (Index k = 0; k < G.rows(); ++k) {
            G.row(k).setZero();
            for (Index j = 0; j < S.cols(); ++j)
                if (S(k, j) != Scalar(0))
                    for (Index m = 0; m < G.cols(); ++m) G(k, m) += S(k, j) * W2(m, j);
            for (Index m = 0; m < G.cols(); ++m) G(k, m) *= tile.Z(n, m) * tile.one_minus_Z(n, m);
        }
    }

    /// Writes the K rows of dYhat/dtheta, each times `factor`, one after the other:
    ///
    ///     dYhat_k/dW1_dm = x_d G_km      dYhat_k/db1_m = G_km
    ///     dYhat_k/dW2_mj = Z_m S_kj      dYhat_k/db2_j = S_kj
    void write_rows(const Tile<Scalar>& tile, Index n, bool biases, const Scalar& factor,
                    MatrixView<Scalar> rows) const {
        const Index D = x.size(), M = G.cols(), K = S.rows();
        const Scalar* const z = tile.Z.row(n).data();
        for (Index k = 0; k < K; ++k) {
            Scalar* next = rows.row(k).data();
            const auto append_products = [&next](const Scalar* values, Index size, Scalar times) {
                for (Index i = 0; i < size; ++i) next[i] = values[i] * times;
                next += size;
            };
            for (Index m = 0; m < M; ++m) append_products(x.data(), D, factor * G(k, m));
            if (biases)
                append_products(G.row(k).data(), M, factor);
            for (Index j = 0; j < K; ++j) append_products(z, M, factor * S(k, j));
            if (biases)
                append_products(S.row(k).data(), K, factor);
        }
    }
};

}  // namespace detail

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
