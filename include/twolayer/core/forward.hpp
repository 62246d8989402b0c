// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/kernels/product.hpp>
#include <twolayer/core/sigmoid.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>
#include <twolayer/core/workspace.hpp>

#include <algorithm>

namespace twolayer {

/// Everything the forward pass computes, N samples at a time.
template <Real Scalar, int Hidden = Dynamic, int Outputs = Dynamic>
struct ForwardPass {
    Matrix<Scalar, Hidden> H;      ///< N x M   H = X W1 + 1 b1
    Matrix<Scalar, Hidden> Z;      ///< N x M   Z = sigma(H)
    Matrix<Scalar, Outputs> O;     ///< N x K   O = Z W2 + 1 b2
    Matrix<Scalar, Outputs> Yhat;  ///< N x K   Yhat = output(O)
};

namespace detail {

/// A = 1 b: every row becomes b, or zero where b is empty.
template <Real Scalar>
void set_rows(MatrixView<Scalar> A, MatrixView<const std::type_identity_t<Scalar>> b) {
    for (Index n = 0; n < A.rows; ++n)
        for (Index j = 0; j < A.cols; ++j) A(n, j) = b.cols == 0 ? Scalar(0) : b(0, j);
}

/// The forward pass over the rows of a tile, from tile.X to tile.Yhat: README, equations (1) to
/// (4).
template <typename Output, typename Weights, Real Scalar>
void forward(const Weights& weights, const Tile<Scalar>& tile) {
    set_rows(tile.H, weights.b1());  // H    = X W1 + 1 b1
    kernels::add_product(tile.H, tile.X, weights.W1());
    sigmoid(tile.H, tile.Z, tile.one_minus_Z);  // Z    = sigma(H)
    set_rows(tile.O, weights.b2());             // O    = Z W2 + 1 b2
    kernels::add_product(tile.O, tile.Z, weights.W2());
    if constexpr (requires { &Output::template apply_rows<Scalar>; })  // Yhat = output(O)
        Output::apply_rows(tile.O, tile.Yhat, tile.one_minus_Yhat);
    else
        for (Index n = 0; n < tile.rows; ++n)
            Output::template apply<Scalar>(tile.O.row(n), tile.Yhat.row(n),
                                           tile.one_minus_Yhat.row(n));
}

/// Runs the forward pass over X tile by tile and calls `use(first, tile)` after each, `first` the
/// row of X that the tile begins with.
template <typename Net, typename Use>
void forward_tiles(const Net& net, const MatrixView<const typename Net::Scalar>& X,
                   Workspace<Net>& workspace, Use use) {
    for (Index first = 0; first < X.rows; first += workspace.tile_rows()) {
        const auto tile = workspace.tile(std::min(workspace.tile_rows(), X.rows - first));
        copy(X.middle_rows(first, tile.rows), tile.X);
        forward<typename Net::Output>(net.weights(), tile);
        use(first, tile);
    }
}

}  // namespace detail

}  // namespace twolayer
