// SPDX-License-Identifier: MIT
// Reads samples into tiles.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/copy.hpp>
#include <twolayer/kernels/vectors.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace twolayer::detail {

/// X of a tile: in place if it is row-major, or column-major with few columns; otherwise a
/// row-major copy.
template <typename Net, Real Scalar>
[[gnu::always_inline]] inline MatrixView<const Scalar> tile_inputs(
    const MatrixView<const Scalar>& X, TileMemory<Net>& memory) {
    constexpr Index few = 64;
    const bool columns = X.row_stride == 1;
    if (X.col_stride == 1 || (columns && X.cols <= few))
        return X;
    const MatrixView<Scalar> tile_X = memory.inputs(X.rows, columns);
    copy<Scalar>(X, tile_X);
    return tile_X;
}

/// Y of a tile: in place if it is row-major without gaps; otherwise a copy.
template <typename Net, Real Scalar>
[[gnu::always_inline]] inline MatrixView<const Scalar> tile_targets(
    const MatrixView<const Scalar>& Y, TileMemory<Net>& memory) {
    if (Y.cols == 1 ? Y.row_stride == 1 : Y.col_stride == 1 && Y.row_stride == Y.cols)
        return {Y.data, Y.rows, Y.cols, Y.cols, 1};
    const MatrixView<Scalar> tile_Y = memory.targets(Y.rows);
    copy<Scalar>(Y, tile_Y);
    return tile_Y;
}

/// Copies the given rows of a matrix, in this order. A column-major matrix is read by columns.
template <Real Scalar>
void gather(const MatrixView<const Scalar>& from, std::span<const Index> rows,
            const MatrixView<Scalar>& to) {
    const Index count = Index(rows.size());
    if (from.col_stride == 1)
        for (Index i = 0; i < count; ++i)
            copy<Scalar>(from.middle_rows(rows[std::size_t(i)], 1), to.middle_rows(i, 1));
    else if (from.row_stride == 1 && to.row_stride == 1)
        for (Index j = 0; j < from.cols; ++j) {
            const Scalar* const column = &from(0, j);
            Scalar* const gathered = &to(0, j);
            Index i = 0;
            for (; i + 4 <= count; i += 4) {  // four loads at the same time
                const Index* const row = rows.data() + i;
                const Scalar a = column[row[0]], b = column[row[1]];
                const Scalar c = column[row[2]], d = column[row[3]];
                gathered[i] = a;
                gathered[i + 1] = b;
                gathered[i + 2] = c;
                gathered[i + 3] = d;
            }
            for (; i < count; ++i) gathered[i] = column[rows[std::size_t(i)]];
        }
    else
        for (Index j = 0; j < from.cols; ++j)
            for (Index i = 0; i < count; ++i) to(i, j) = from(rows[std::size_t(i)], j);
}

/// Writes (from - mean) factor. `from` and `to` may be the same matrix.
template <Real Scalar>
void standardize(const MatrixView<const Scalar>& from, const ColumnScaling<Scalar>& scaling,
                 const MatrixView<Scalar>& to) {
    const auto [means, factors] = scaling;
    if (from.row_stride == 1 && to.row_stride == 1)
        for (Index j = 0; j < to.cols; ++j) {
            const Scalar mean = means[j], factor = factors[j];
            const Scalar* const x = &from(0, j);
            Scalar* const y = &to(0, j);
            for (Index i = 0; i < to.rows; ++i) y[i] = (x[i] - mean) * factor;
        }
    else
        for (Index i = 0; i < to.rows; ++i) {
            const Scalar* const x = &from(i, 0);
            Scalar* const y = &to(i, 0);
            for (Index j = 0; j < to.cols; ++j) y[j] = (x[j] - means[j]) * factors[j];
        }
}

/// Standardizes a tile in the memory. Data that was copied there keeps its place and order.
template <typename Net, Real Scalar>
[[gnu::noinline]] void standardize(const Samples<Scalar>& samples, Tile<Scalar>& tile,
                                   TileMemory<Net>& memory) {
    const bool columns = tile.X.row_stride == 1 && tile.X.col_stride != 1;
    const MatrixView<Scalar> tile_X = memory.inputs(tile.rows, columns);
    standardize(tile.X, samples.X_scaling, tile_X);
    tile.X = tile_X;
    if (samples.Y_scaling.factor != nullptr) {
        const MatrixView<Scalar> tile_Y = memory.targets(tile.rows);
        standardize(tile.Y, samples.Y_scaling, tile_Y);
        tile.Y = tile_Y;
    }
}

/// The tile of the samples at positions [first, last), without those of weight zero, in the
/// caller's units.
template <typename Net, Real Scalar>
[[gnu::always_inline]] inline Tile<Scalar> load_raw_tile(const Samples<Scalar>& samples,
                                                         Index first, Index last,
                                                         TileMemory<Net>& memory) {
    const MatrixView<const Scalar>&X = samples.X, &Y = samples.Y;
    const VectorView<const Scalar>& weights = samples.weights;
    if (samples.rows.empty() && weights.empty()) {
        Tile<Scalar> tile = memory.tile(last - first);
        tile.X = tile_inputs(X.middle_rows(first, tile.rows), memory);
        tile.Y = tile_targets(Y.middle_rows(first, tile.rows), memory);
        for (Index n = 0; n < tile.rows; ++n) tile.sample_weights(n, 0) = Scalar(1);
        tile.weighted = false;
        return tile;
    }
    const std::span<Index> rows = memory.rows();
    std::size_t kept = 0;
    for (Index position = first; position < last; ++position)
        if (const Index row = samples.row(position); !(samples.weight(row) == Scalar(0)))
            rows[kept++] = row;
    Tile<Scalar> tile = memory.tile(Index(kept));
    // Products read whole vectors, and so beyond the rows of a tile that is not full.
    for (const MatrixView<Scalar>& A : {tile.Z, tile.delta1})
        std::fill_n(A.data + A.size(), kernels::read_beyond, Scalar(0));
    const MatrixView<Scalar> tile_X = memory.inputs(tile.rows, X.col_stride != 1);
    const MatrixView<Scalar> tile_Y = memory.targets(tile.rows);
    gather(X, rows.first(kept), tile_X);
    gather(Y, rows.first(kept), tile_Y);
    for (Index n = 0; n < tile.rows; ++n)
        tile.sample_weights(n, 0) = samples.weight(rows[std::size_t(n)]);
    tile.X = tile_X;
    tile.Y = tile_Y;
    tile.weighted = !weights.empty();
    return tile;
}

/// The same, standardized if the samples have a scaling.
template <typename Net, Real Scalar>
[[gnu::always_inline]] inline Tile<Scalar> load_tile(const Samples<Scalar>& samples, Index first,
                                                     Index last, TileMemory<Net>& memory) {
    Tile<Scalar> tile = load_raw_tile(samples, first, last, memory);
    if constexpr (!heapless)
        if (samples.X_scaling.factor != nullptr) [[unlikely]]
            standardize(samples, tile, memory);
    return tile;
}

}  // namespace twolayer::detail
