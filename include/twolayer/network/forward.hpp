// SPDX-License-Identifier: MIT
// The forward pass, tile by tile: a tile is some consecutive samples, few enough that all their
// matrices stay in the cache.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/elementwise.hpp>
#include <twolayer/kernels/few_rows.hpp>
#include <twolayer/kernels/product.hpp>
#include <twolayer/kernels/vectors.hpp>
#include <twolayer/network/network.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/tiles/load_tile.hpp>
#include <twolayer/tiles/packed_weights.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <algorithm>

namespace twolayer::detail {

/// B = A W + 1 b, the sums of a layer. Weights are usually packed, that is, copied into the layout
/// that products need. For a few samples that would take longer than all the rest, so the weights
/// are read in place, in theta.
template <Real Scalar>
[[gnu::always_inline]] inline void sum_layer(const MatrixView<Scalar>& B,
                                             const MatrixView<const Scalar>& A,
                                             const MatrixView<const Scalar>& W,
                                             const MatrixView<const Scalar>& b, bool in_place) {
    if constexpr (kernels::Vectorized<Scalar>)
        if (in_place)
            return multiply_few_rows<Scalar>(B, b, A, W);
    kernels::multiply(B, kernels::in_every_row(b), A, W);
}

/// The forward pass over the rows of a tile, from tile.X to tile.Yhat: README, equations (1) to
/// (4).
template <typename Output, Real Scalar>
[[gnu::always_inline]] inline void forward(const PackedWeights<const Scalar>& weights,
                                           const Tile<Scalar>& tile) {
    const auto& [W1, b1, W2, b2, W2_rows] = weights;
    const auto& X = tile.X;
    const auto &H = tile.H, &Z = tile.Z, &O = tile.O;
    const bool in_place = weights.in_place();
    sum_layer<Scalar>(H, X, W1, b1, in_place);  // H = X W1 + 1 b1    (1)
    kernels::sigmoid_all<Scalar>(H.entries(), Z.entries(), tile.one_minus_Z.entries());  // (2)
    sum_layer<Scalar>(O, Z, W2_rows, b2, in_place);           // O = Z W2 + 1 b2    (3)
    apply_output<Output>(O, tile.Yhat, tile.one_minus_Yhat);  // Yhat = output(O)   (4)
}

/// Runs the forward pass over X tile by tile and calls `use(first, tile)` after each tile; `first`
/// is the row of X at which the tile begins. Throws std::invalid_argument if the number of columns
/// of X differs from the number of inputs.
template <Network Net, typename Use>
void forward_tiles(const Net& net, MatrixFor<Net> X, TileMemory<Net>& memory, Use use) {
    check_inputs(net.shape(), X.rows, X.cols);
    const auto weights = memory.load(net.weights(), X.rows);
    for (Index first = 0; first < X.rows; first += memory.tile_rows()) {
        auto tile = memory.tile((std::min)(memory.tile_rows(), X.rows - first));
        tile.X = tile_inputs(X.middle_rows(first, tile.rows), memory);
        forward<typename Net::Output>(weights, tile);
        use(first, tile);
    }
}

}  // namespace twolayer::detail
