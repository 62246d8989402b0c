// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/core/finite.hpp>
#include <twolayer/core/shape.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>
#include <twolayer/core/workspace.hpp>

#include <span>

namespace twolayer {

/// What a loss is the mean over: rows of X and Y, each with its sample weight.
template <Real Scalar>
struct Samples {
    MatrixView<const Scalar> X;        ///< N x D
    MatrixView<const Scalar> Y;        ///< N x K
    VectorView<const Scalar> weights;  ///< N values >= 0, or empty for all ones
    std::span<const Index> rows = {};  ///< the rows that count, in this order; all when empty

    Index count() const { return rows.empty() ? X.rows : Index(rows.size()); }

    Index row(Index position) const {
        return rows.empty() ? position : rows[std::size_t(position)];
    }

    Scalar weight(Index row) const { return weights.empty() ? Scalar(1) : weights(row); }
};

namespace detail {

/// The sum of the weights of N samples, N where the weights are empty. Throws std::invalid_argument
/// for no samples, for another number of weights, and for weights that are negative, not finite or
/// all zero.
template <Real Scalar>
Accumulator<Scalar> total_weight(Index N, const VectorView<const Scalar>& weights) {
    if (N == 0)
        fail("there are no samples");
    if (weights.empty())
        return Accumulator<Scalar>(double(N));
    if (weights.size != N)
        fail("there are ", weights.size, " sample weights for ", N, " samples");

    Accumulator<Scalar> total(0);
    for (Index n = 0; n < N; ++n) {
        const Scalar& w = weights(n);
        if (w < Scalar(0) || !is_finite(w))
            fail("the weight of sample ", n, " is ", w, ", it must be finite and at least 0");
        total += w;
    }
    if (!is_finite(total))
        fail("the sum of the ", N, " sample weights overflows");
    if (!(Accumulator<Scalar>(0) < total))
        fail("all ", N, " sample weights are 0");
    return total;
}

/// The total weight of samples for a network. Throws as total_weight(), and for shapes of X and Y
/// that do not fit the network's or each other's.
template <Real Scalar>
Accumulator<Scalar> checked_total_weight(const Shape& shape, const Samples<Scalar>& samples) {
    const auto& [X, Y, weights, rows] = samples;
    check_inputs(shape, X.rows, X.cols);
    if (Y.rows != X.rows || Y.cols != shape.outputs)
        fail("Y is ", Y.rows, " x ", Y.cols, ", but X has ", X.rows, " samples and the network ",
             shape.outputs, " outputs");
    return total_weight(X.rows, weights);
}

/// X of a tile, rows of a matrix: in place where it is kept row by row, or in few columns of which
/// a product then reads all at once; otherwise a copy.
template <typename Net, Real Scalar>
MatrixView<const Scalar> tile_inputs(const MatrixView<const Scalar>& X, Workspace<Net>& workspace) {
    constexpr Index few = 64;
    const bool columns = X.row_stride == 1;
    if (X.col_stride == 1 || (columns && X.cols <= few))
        return X;
    const MatrixView<Scalar> tile_X = workspace.inputs(X.rows, columns);
    copy<Scalar>(X, tile_X);
    return tile_X;
}

/// The tile of the samples at positions [first, last), without those of weight zero.
template <typename Net, Real Scalar>
Tile<Scalar> load_tile(const Samples<Scalar>& samples, Index first, Index last,
                       Workspace<Net>& workspace) {
    Tile<Scalar> tile = workspace.tile(last - first);
    if (samples.rows.empty() && samples.weights.empty()) {
        tile.X = tile_inputs(samples.X.middle_rows(first, tile.rows), workspace);
        copy<Scalar>(samples.Y.middle_rows(first, tile.rows), tile.Y);
        for (Index n = 0; n < tile.rows; ++n) tile.sample_weights(n, 0) = Scalar(1);
        tile.weighted = false;
        return tile;
    }
    const MatrixView<Scalar> X = workspace.inputs(tile.rows);
    Index kept = 0;
    for (Index position = first; position < last; ++position) {
        const Index row = samples.row(position);
        if (samples.weight(row) == Scalar(0))
            continue;
        copy<Scalar>(samples.X.middle_rows(row, 1), X.middle_rows(kept, 1));
        copy<Scalar>(samples.Y.middle_rows(row, 1), tile.Y.middle_rows(kept, 1));
        tile.sample_weights(kept, 0) = samples.weight(row);
        ++kept;
    }
    tile = workspace.tile(kept);
    tile.X = workspace.inputs(kept);
    tile.weighted = !samples.weights.empty();
    return tile;
}

}  // namespace detail

}  // namespace twolayer
