// SPDX-License-Identifier: MIT
// The derivatives of the outputs of one sample.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/tiles/tile.hpp>

#include <cstddef>

namespace twolayer::detail {

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

}  // namespace twolayer::detail
