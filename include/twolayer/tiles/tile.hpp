// SPDX-License-Identifier: MIT
// What the memory of a workspace holds: samples with the matrices computed from them, and weights.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/copy.hpp>
#include <twolayer/kernels/vectors.hpp>
#include <twolayer/policies/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

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

/// A point in weight space as matrices that lie one after the other, as in theta. Products over a
/// tile need each contiguous along the hidden units, which W1 in theta is not: so weights are
/// packed, except for a few samples, whose products read and write them in place, in theta itself.
/// T is Scalar or const Scalar.
template <typename T>
struct PackedWeights {
    MatrixView<T> W1;       ///< D x M, row-major; column-major in place
    MatrixView<T> b1;       ///< 1 x M, 0 x M without biases
    MatrixView<T> W2;       ///< M x K, column-major
    MatrixView<T> b2;       ///< 1 x K, 0 x K without biases
    MatrixView<T> W2_rows;  ///< for a forward pass: M x K, row-major; W2 itself in place

    /// For D > 1.
    bool in_place() const { return W1.col_stride != 1; }

    /// All entries, in the order of theta except for W1.
    std::span<T> entries() const {
        return {W1.data, std::size_t(W1.size() + b1.size() + W2.size() + b2.size())};
    }
};

/// Packed weights in memory for as many values as the shape has weights.
template <typename T>
PackedWeights<T> packed_weights(const Shape& shape, T* values) {
    const auto [D, M, K, biases] = shape;
    T* const b1 = values + D * M;
    T* const W2 = b1 + biases * M;
    return {.W1 = {values, D, M, M, 1},
            .b1 = {b1, biases, M, M, 1},
            .W2 = {W2, M, K, 1, M},
            .b2 = {W2 + M * K, biases, K, K, 1},
            .W2_rows = {}};
}

/// The weights in place. T is const Scalar for const Weights.
template <typename T, typename Weights>
PackedWeights<T> weights_in_place(Weights& weights) {
    auto packed = packed_weights<T>(weights.shape(), weights.theta().data());
    packed.W1 = {packed.W1.data, packed.W1.rows, packed.W1.cols, 1, packed.W1.rows};
    packed.W2_rows = packed.W2;
    return packed;
}

/// Copies the weights for a forward pass, into memory for M K more values than they are.
template <typename Weights, typename Scalar>
PackedWeights<const Scalar> pack(const Weights& weights, Scalar* values) {
    const auto theta = weights.theta();
    auto packed = packed_weights<Scalar>(weights.shape(), values);
    const auto& [W1, b1, W2, b2, W2_rows] = packed;
    copy<Scalar>(MatrixView(weights.W1()), W1);
    std::copy(theta.data() + W1.size(), theta.data() + theta.size(), b1.data);
    packed.W2_rows = {W2.cols == 1 ? W2.data : values + theta.size(), W2.rows, W2.cols, W2.cols, 1};
    if (W2.cols > 1)
        copy<Scalar>(W2, W2_rows);
    return {W1, b1, W2, b2, W2_rows};
}

/// Copies a packed point back into weights.
template <typename Weights, typename Scalar>
void unpack(const PackedWeights<Scalar>& packed, Weights& weights) {
    auto theta = weights.theta();
    copy<Scalar>(packed.W1, MatrixView(weights.W1()));
    std::copy_n(packed.b1.data, theta.size() - packed.W1.size(), theta.data() + packed.W1.size());
}

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
