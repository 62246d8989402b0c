// SPDX-License-Identifier: MIT
// Samples and their weights, and how they are read into tiles.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/copy.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <span>
#include <string_view>

namespace twolayer {

/// Standardizes columns as their rows are read into a tile: (x - mean) factor, with one mean and
/// one factor per column. If null, the columns are not changed.
template <Real Scalar>
struct ColumnScaling {
    const Scalar* mean = nullptr;
    const Scalar* factor = nullptr;
};

/// What a loss is the mean over: rows of X and Y, each with its sample weight.
template <Real Scalar>
struct Samples {
    MatrixView<const Scalar> X;            ///< N x D
    MatrixView<const Scalar> Y;            ///< N x K
    VectorView<const Scalar> weights;      ///< N values >= 0, or empty for all ones
    std::span<const Index> rows = {};      ///< the rows that are used, in this order; all if empty
    ColumnScaling<Scalar> X_scaling = {};  ///< D columns
    ColumnScaling<Scalar> Y_scaling = {};  ///< K columns, only for an Identity

    Index count() const { return rows.empty() ? X.rows : Index(rows.size()); }

    Index row(Index position) const {
        return rows.empty() ? position : rows[std::size_t(position)];
    }

    Scalar weight(Index row) const { return weights.empty() ? Scalar(1) : weights(row); }
};

namespace detail {

/// What messages call samples, and the prefix of X and Y in them.
struct SampleNames {
    std::string_view prefix{}, sample = "sample", samples = "samples";
};

inline constexpr SampleNames validation_names{"validation.", "validation sample",
                                              "validation samples"};

/// The sum of the weights of N samples, or N if the weights are empty. Throws std::invalid_argument
/// if there are no samples, if the number of weights is not N, or if weights are negative, not
/// finite or all zero.
template <Real Scalar>
Accumulator<Scalar> total_weight(Index N, const VectorView<const Scalar>& weights,
                                 const SampleNames& names = {}) {
    if (N == 0)
        fail("there are no ", names.samples);
    if (weights.empty())
        return Accumulator<Scalar>(double(N));
    if (weights.size != N)
        fail("there are ", weights.size, " ", names.sample, " weights for ", N, " ", names.samples);

    Accumulator<Scalar> total(0);
    for (Index n = 0; n < N; ++n) {
        const Scalar& w = weights(n);
        if (w < Scalar(0) || !is_finite(w))
            fail("the weight of ", names.sample, " ", n, " is ", w,
                 ", it must be finite and at least 0");
        total += w;
    }
    if (!is_finite(total))
        fail("the sum of the ", N, " ", names.sample, " weights overflows");
    if (!(Accumulator<Scalar>(0) < total))
        fail("all ", N, " ", names.sample, " weights are 0");
    return total;
}

/// The total weight of samples for a network. Throws as total_weight(), and if the shapes of X and
/// Y do not match the network's or each other's.
template <Real Scalar>
Accumulator<Scalar> checked_total_weight(const Shape& shape, const Samples<Scalar>& samples,
                                         const SampleNames& names = {}) {
    const MatrixView<const Scalar>&X = samples.X, &Y = samples.Y;
    check_inputs(shape, X.rows, X.cols, names.prefix);
    if (Y.rows != X.rows || Y.cols != shape.outputs)
        fail(names.prefix, "Y is ", Y.rows, " x ", Y.cols, ", but ", names.prefix, "X has ", X.rows,
             " samples and the network ", shape.outputs, " outputs");
    return total_weight(X.rows, samples.weights, names);
}

/// X of a tile: in place if it is row-major, or column-major with few columns; otherwise a
/// row-major copy.
template <typename Net, Real Scalar>
[[gnu::always_inline]] inline MatrixView<const Scalar> tile_inputs(
    const MatrixView<const Scalar>& X, Workspace<Net>& workspace) {
    constexpr Index few = 64;
    const bool columns = X.row_stride == 1;
    if (X.col_stride == 1 || (columns && X.cols <= few))
        return X;
    const MatrixView<Scalar> tile_X = workspace.inputs(X.rows, columns);
    copy<Scalar>(X, tile_X);
    return tile_X;
}

/// Y of a tile: in place if it is row-major without gaps; otherwise a copy.
template <typename Net, Real Scalar>
[[gnu::always_inline]] inline MatrixView<const Scalar> tile_targets(
    const MatrixView<const Scalar>& Y, Workspace<Net>& workspace) {
    if (Y.cols == 1 ? Y.row_stride == 1 : Y.col_stride == 1 && Y.row_stride == Y.cols)
        return {Y.data, Y.rows, Y.cols, Y.cols, 1};
    const MatrixView<Scalar> tile_Y = workspace.targets(Y.rows);
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
    if (to.row_stride == 1)
        for (Index j = 0; j < to.cols; ++j) {
            const Scalar mean = means[j], factor = factors[j];
            const Scalar* const x = &from(0, j);
            Scalar* const y = &to(0, j);
            if (from.row_stride == 1)  // so that the compiler vectorizes it
                for (Index i = 0; i < to.rows; ++i) y[i] = (x[i] - mean) * factor;
            else
                for (Index i = 0; i < to.rows; ++i) y[i] = (x[i * from.row_stride] - mean) * factor;
        }
    else
        for (Index i = 0; i < to.rows; ++i) {
            const Scalar* const x = &from(i, 0);
            Scalar* const y = &to(i, 0);
            for (Index j = 0; j < to.cols; ++j) y[j] = (x[j] - means[j]) * factors[j];
        }
}

/// Standardizes a tile in the workspace. Data that was copied there keeps its place and order.
template <typename Net, Real Scalar>
[[gnu::noinline]] void standardize(const Samples<Scalar>& samples, Tile<Scalar>& tile,
                                   Workspace<Net>& workspace) {
    const bool columns = tile.X.row_stride == 1 && tile.X.col_stride != 1;
    const MatrixView<Scalar> tile_X = workspace.inputs(tile.rows, columns);
    standardize(tile.X, samples.X_scaling, tile_X);
    tile.X = tile_X;
    if (samples.Y_scaling.factor != nullptr) {
        const MatrixView<Scalar> tile_Y = workspace.targets(tile.rows);
        standardize(tile.Y, samples.Y_scaling, tile_Y);
        tile.Y = tile_Y;
    }
}

/// The tile of the samples at positions [first, last), without those of weight zero, in the
/// caller's units.
template <typename Net, Real Scalar>
[[gnu::always_inline]] inline Tile<Scalar> load_raw_tile(const Samples<Scalar>& samples,
                                                         Index first, Index last,
                                                         Workspace<Net>& workspace) {
    const MatrixView<const Scalar>&X = samples.X, &Y = samples.Y;
    const VectorView<const Scalar>& weights = samples.weights;
    if (samples.rows.empty() && weights.empty()) {
        Tile<Scalar> tile = workspace.tile(last - first);
        tile.X = tile_inputs(X.middle_rows(first, tile.rows), workspace);
        tile.Y = tile_targets(Y.middle_rows(first, tile.rows), workspace);
        for (Index n = 0; n < tile.rows; ++n) tile.sample_weights(n, 0) = Scalar(1);
        tile.weighted = false;
        return tile;
    }
    const std::span<Index> rows = workspace.rows();
    std::size_t kept = 0;
    for (Index position = first; position < last; ++position)
        if (const Index row = samples.row(position); !(samples.weight(row) == Scalar(0)))
            rows[kept++] = row;
    Tile<Scalar> tile = workspace.tile(Index(kept));
    workspace.clear_behind(tile);
    const MatrixView<Scalar> tile_X = workspace.inputs(tile.rows, X.col_stride != 1);
    const MatrixView<Scalar> tile_Y = workspace.targets(tile.rows);
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
                                                     Index last, Workspace<Net>& workspace) {
    Tile<Scalar> tile = load_raw_tile(samples, first, last, workspace);
    if constexpr (!heapless)
        if (samples.X_scaling.factor != nullptr) [[unlikely]]
            standardize(samples, tile, workspace);
    return tile;
}

}  // namespace detail

}  // namespace twolayer
