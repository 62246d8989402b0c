// SPDX-License-Identifier: MIT
// The forward pass, tile by tile: a tile is some consecutive samples, few enough that all their
// matrices stay in the cache.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/kernels/few_rows.hpp>
#include <twolayer/kernels/product.hpp>
#include <twolayer/network/network.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/policies/sigmoid.hpp>
#include <twolayer/tiles/load_tile.hpp>
#include <twolayer/tiles/packed_weights.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <algorithm>

namespace twolayer::detail {

/// The forward pass over the rows of a tile, from tile.X to tile.Yhat: README, equations (1) to
/// (4). The weights are packed, that is, copied into the layout that products need. For a few
/// samples that would take longer than all the rest, so their products read the weights in place.
template <typename Output, Real Scalar>
[[gnu::always_inline]] inline void forward(const PackedWeights<const Scalar>& weights,
                                           const Tile<Scalar>& tile) {
    using kernels::in_every_row, kernels::multiply;
    if constexpr (kernels::Vectorized<Scalar>)
        if (weights.in_place()) {
            multiply_few_rows<Scalar>(tile.H, weights.b1, tile.X, weights.W1);        // (1)
            sigmoid(tile.H.data, tile.Z.data, tile.one_minus_Z.data, tile.H.size());  // (2)
            multiply_few_rows<Scalar>(tile.O, weights.b2, tile.Z, weights.W2);        // (3)
            return apply_output<Output>(tile.O, tile.Yhat, tile.one_minus_Yhat);      // (4)
        }
    multiply(tile.H, in_every_row(weights.b1), tile.X, weights.W1);           // X W1 + 1 b1  (1)
    sigmoid(tile.H.data, tile.Z.data, tile.one_minus_Z.data, tile.H.size());  // sigma(H)     (2)
    multiply(tile.O, in_every_row(weights.b2), tile.Z, weights.W2_rows);      // Z W2 + 1 b2  (3)
    apply_output<Output>(tile.O, tile.Yhat, tile.one_minus_Yhat);             // output(O)    (4)
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
