// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/buffer.hpp>
#include <twolayer/core/shape.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace twolayer {

/// A few hundred samples and all that the derivation makes of them, each matrix kept row by row.
template <Real Scalar>
struct Tile {
    Index rows;                         ///< n, at most the rows the workspace was made for
    MatrixView<Scalar> X;               ///< n x D
    MatrixView<Scalar> Y;               ///< n x K
    MatrixView<Scalar> sample_weights;  ///< n x 1
    MatrixView<Scalar> H;               ///< n x M   H = X W1 + 1 b1
    MatrixView<Scalar> Z;               ///< n x M   Z = sigma(H)
    MatrixView<Scalar> one_minus_Z;     ///< n x M
    MatrixView<Scalar> O;               ///< n x K   O = Z W2 + 1 b2
    MatrixView<Scalar> Yhat;            ///< n x K   Yhat = output(O)
    MatrixView<Scalar> one_minus_Yhat;  ///< n x K
    MatrixView<Scalar> delta2;          ///< n x K   delta2 = dL/dO
    MatrixView<Scalar> delta1;          ///< n x M   delta1 = dL/dH

    /// The numbers that one sample takes up.
    static constexpr Index row_size(Index D, Index M, Index K) { return D + 4 * M + 5 * K + 1; }
};

namespace detail {

/// Rows of a tile: so many that it takes `bytes`, within limits. A function of the shape alone,
/// since the order of summation, and with it the bits of the result, follows from it.
template <Real Scalar>
constexpr Index tile_rows(Index row_size, Index bytes, Index least, Index most) {
    return std::clamp(bytes / (row_size * Index(sizeof(Scalar))) / 8 * 8, least, most);
}

}  // namespace detail

/// Everything that a prediction or a gradient writes on the way, to be kept between calls: with a
/// kept workspace they allocate nothing. For one call at a time; nothing is carried from one to the
/// next. A network of fixed shape has a workspace without heap.
template <typename Net>
class Workspace {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;

    /// Of a fixed shape; otherwise one of the sizes may be Dynamic, and these mean nothing.
    static constexpr Index fixed_row_size =
        Tile<Scalar>::row_size(Net::inputs, Net::hidden, Net::outputs);
    static constexpr Index fixed_bytes = heapless ? 1024 : 16 * 1024;
    static constexpr Index fixed_rows =
        Weights::fixed ? detail::tile_rows<Scalar>(fixed_row_size, fixed_bytes, 8, 256) : 0;

public:
    /// How often the sum over tiles is split in halves, so that there are at most 2^levels partial
    /// gradients.
    static constexpr int levels = heapless ? 0 : 4;

    /// Throws std::invalid_argument for a shape without units.
    explicit Workspace(const Shape& shape) : Workspace(shape, default_rows(shape)) {}

    /// A tile of `tile_rows` rows instead of the number that suits the shape: fewer to save memory.
    Workspace(const Shape& shape, Index tile_rows)
        : shape_(detail::checked(shape)),
          tile_rows_(checked(tile_rows)),
          tile_(tile_rows * Tile<Scalar>::row_size(shape.inputs, shape.hidden, shape.outputs)) {
        for (int level = 0; level < levels; ++level) partial(level);
    }

    /// For one call on this many samples: no larger than that needs. The tiles, and so the bits of
    /// the result, are the same.
    static Workspace for_one_call(const Shape& shape, Index samples) {
        return Workspace(shape, std::clamp<Index>(samples, 1, default_rows(shape)), OneCall{});
    }

    const Shape& shape() const { return shape_; }
    Index tile_rows() const { return tile_rows_; }

    /// Throws std::invalid_argument where the workspace was made for another shape.
    void check(const Shape& wanted) const { detail::check_same("workspace", shape(), wanted); }

    /// The tile for `rows` samples, its contents as the last call left them.
    Tile<Scalar> tile(Index rows) {
        const auto [D, M, K, biases] = shape();
        Scalar* next = tile_.data();
        const auto take = [&](Index columns) {
            const MatrixView<Scalar> view(next, rows, columns, columns, 1);
            next += tile_rows_ * columns;
            return view;
        };
        return {.rows = rows,
                .X = take(D),
                .Y = take(K),
                .sample_weights = take(1),
                .H = take(M),
                .Z = take(M),
                .one_minus_Z = take(M),
                .O = take(K),
                .Yhat = take(K),
                .one_minus_Yhat = take(K),
                .delta2 = take(K),
                .delta1 = take(M)};
    }

    /// The gradient of the second half of the tiles that are split at this level, below `levels`.
    Weights& partial(int level) {
        auto& partial = partial_[std::size_t(level)];
        return partial ? *partial : partial.emplace(shape_);
    }

private:
    struct OneCall {};

    Workspace(const Shape& shape, Index tile_rows, OneCall)
        : shape_(detail::checked(shape)),
          tile_rows_(tile_rows),
          tile_(tile_rows * Tile<Scalar>::row_size(shape.inputs, shape.hidden, shape.outputs)) {}

    static Index default_rows(const Shape& shape) {
        if constexpr (Weights::fixed)
            return fixed_rows;
        const Shape& s = detail::checked(shape);
        const Index row_size = Tile<Scalar>::row_size(s.inputs, s.hidden, s.outputs);
        return detail::tile_rows<Scalar>(row_size, 256 * 1024, 64, 512);
    }

    static Index checked(Index tile_rows) {
        if (tile_rows < 1 || (Weights::fixed && tile_rows > fixed_rows))
            fail("a tile of ", tile_rows, " rows does not fit, at least 1 and at most ",
                 Weights::fixed ? fixed_rows : std::numeric_limits<Index>::max(), " do");
        return tile_rows;
    }

    static constexpr Index capacity = Weights::fixed ? fixed_rows * fixed_row_size : Index(Dynamic);

    Shape shape_;
    Index tile_rows_;
    detail::Buffer<Scalar, capacity> tile_;
    std::array<std::optional<Weights>, levels> partial_;
};

}  // namespace twolayer
