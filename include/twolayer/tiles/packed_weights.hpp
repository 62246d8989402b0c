// SPDX-License-Identifier: MIT
// Weights in the layout in which products over a tile read and write them, packed or in place.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/copy.hpp>
#include <twolayer/kernels/vectors.hpp>
#include <twolayer/policies/shape.hpp>

#include <algorithm>

namespace twolayer::detail {

/// A point in weight space in the layout that products over a tile need: every matrix is contiguous
/// along the hidden units. T is Scalar or const Scalar.
template <typename T>
struct PackedWeights {
    MatrixView<T> W1;       ///< D x M, row-major
    MatrixView<T> b1;       ///< 1 x M, 0 x M without biases
    MatrixView<T> W2;       ///< M x K, column-major
    MatrixView<T> b2;       ///< 1 x K, 0 x K without biases
    MatrixView<T> W2_rows;  ///< M x K, row-major; empty if it is not kept

    /// Whether these are the weights in place, for few samples: W1 is column-major.
    bool in_theta() const { return W1.col_stride != 1; }
};

/// The weights in place, for D > 1. T is const Scalar for const Weights.
template <typename T, typename Weights>
PackedWeights<T> rows_in_theta(Weights& weights) {
    const auto [D, M, K, biases] = weights.shape();
    T* const W1 = weights.theta().data();
    T* const b1 = W1 + D * M;
    T* const W2 = b1 + biases * M;
    return {.W1 = {W1, D, M, 1, D},
            .b1 = {b1, biases, M, M, 1},
            .W2 = {W2, M, K, 1, M},
            .b2 = {W2 + M * K, biases, K, K, 1},
            .W2_rows = {}};
}

/// Packed weights in memory owned elsewhere, in the order of theta except for W1. W2_rows follows
/// if Forward says that a forward pass will use it.
template <typename Weights, bool Forward>
class PackedWeightBuffer {
    using Scalar = typename Weights::Scalar;

public:
    PackedWeightBuffer(const Shape& shape, Scalar* values) : shape_(shape), values_(values) {}

    /// The number of values; `read_beyond` more must be readable after them.
    static constexpr Index size(const Shape& shape) {
        return shape.size() + (Forward ? shape.hidden * shape.outputs : 0);
    }

    PackedWeights<Scalar> rows() const {
        const auto [D, M, K, biases] = Weights::known(shape_);
        Scalar* next = values_;
        const auto take = [&next](Index size) {
            next += size;
            return next - size;
        };
        PackedWeights<Scalar> rows;
        rows.W1 = {take(D * M), D, M, M, 1};
        rows.b1 = {take(biases * M), biases, M, M, 1};
        rows.W2 = {take(M * K), M, K, 1, M};
        rows.b2 = {take(biases * K), biases, K, K, 1};
        if (Forward)
            rows.W2_rows = {K == 1 ? rows.W2.data : take(M * K), M, K, K, 1};
        return rows;
    }

    void set_zero() const { std::fill_n(values_, Weights::known(shape_).size(), Scalar(0)); }

    void add(const PackedWeightBuffer& other) const {
        for (Index i = 0; i < shape_.size(); ++i) values_[i] += other.values_[i];
    }

    /// Copies the weights and returns them for reading.
    PackedWeights<const Scalar> load(const Weights& weights) const {
        const PackedWeights<Scalar> rows = this->rows();
        const auto theta = weights.theta();
        copy<Scalar>(MatrixView(weights.W1()), rows.W1);
        std::copy(theta.data() + rows.W1.size(), theta.data() + theta.size(), rows.b1.data);
        if (Forward && shape_.outputs > 1)
            copy<Scalar>(rows.W2, rows.W2_rows);
        return {rows.W1, rows.b1, rows.W2, rows.b2, rows.W2_rows};
    }

    /// Writes the point into `weights`.
    void store(Weights& weights) const {
        const PackedWeights<Scalar> rows = this->rows();
        auto theta = weights.theta();
        copy<Scalar>(rows.W1, MatrixView(weights.W1()));
        std::copy_n(rows.b1.data, theta.size() - rows.W1.size(), theta.data() + rows.W1.size());
    }

private:
    const Shape& shape_;
    Scalar* values_;
};

}  // namespace twolayer::detail
