// SPDX-License-Identifier: MIT
// Weights in the layout in which products over a tile read and write them, packed or in place.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/copy.hpp>
#include <twolayer/policies/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace twolayer::detail {

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

}  // namespace twolayer::detail
