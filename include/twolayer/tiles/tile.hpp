// SPDX-License-Identifier: MIT
// Some samples and the matrices computed from them, and how a workspace divides its memory.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/vectors.hpp>
#include <twolayer/policies/shape.hpp>

#include <algorithm>

namespace twolayer {

/// Some samples and all that the derivation computes from them, each matrix row-major.
template <Real Scalar>
struct Tile {
    Index rows;                         ///< n, at most the rows the workspace was made for
    MatrixView<const Scalar> X;         ///< n x D
    MatrixView<const Scalar> Y;         ///< n x K
    MatrixView<Scalar> sample_weights;  ///< n x 1
    bool weighted = true;               ///< otherwise the sample weights are all one
    MatrixView<Scalar> H;               ///< n x M   H = X W1 + 1 b1
    MatrixView<Scalar> Z;               ///< n x M   Z = sigma(H)
    MatrixView<Scalar> one_minus_Z;     ///< n x M
    MatrixView<Scalar> O;               ///< n x K   O = Z W2 + 1 b2
    MatrixView<Scalar> Yhat;            ///< n x K   Yhat = output(O)
    MatrixView<Scalar> one_minus_Yhat;  ///< n x K
    MatrixView<Scalar> delta2;          ///< n x K   delta2 = dL/dO
    MatrixView<Scalar> delta1;          ///< n x M   delta1 = dL/dH
};

namespace detail {

/// Rounded up to whole cache lines, with slack after them.
constexpr Index padded(Index size) {
    return heapless ? size : (size + 15) / 16 * 16 + kernels::read_beyond;
}

/// How the memory of a workspace is divided into sections: a tile, the packed weights of the
/// network, partial sums.
template <Real Scalar>
struct TileLayout {
    Shape shape;
    Index tile_rows;
    Index parts;  ///< partial sums

    Index net_begin = padded(tile_rows * row_size(shape));
    Index partial_begin = net_begin + padded(shape.size() + shape.hidden * shape.outputs);
    Index partial_size = padded(shape.size());
    Index size = partial_begin + parts * partial_size;

    /// Number of rows of a tile. It depends on the shape alone, since it determines the order of
    /// summation, and with it the bits of the result.
    static constexpr Index default_rows(const Shape& shape) {
        if (heapless)
            return std::clamp<Index>(1024 / (row_size(shape) * Index(sizeof(Scalar))) / 8 * 8, 8,
                                     128);
        constexpr Index many = 32 * 1024;  // weights: a larger tile amortizes reading them
        return shape.size() < many ? 128 : 192;
    }

    /// The number of scalars that one sample takes up in a tile.
    static constexpr Index row_size(const Shape& shape) {
        return shape.inputs + 4 * shape.hidden + 5 * shape.outputs + 1;
    }
};

}  // namespace detail

}  // namespace twolayer
