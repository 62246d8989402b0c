// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/buffer.hpp>
#include <twolayer/core/copy.hpp>
#include <twolayer/core/kernels/vectors.hpp>
#include <twolayer/core/shape.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>

#include <algorithm>

namespace twolayer::detail {

/// A point in weight space as the products over a tile want it: every matrix in rows that run over
/// the hidden units. T is Scalar or const Scalar.
template <typename T>
struct WeightRows {
    MatrixView<T> W1;       ///< D x M, row by row
    MatrixView<T> b1;       ///< 1 x M, 0 x M without biases
    MatrixView<T> W2;       ///< M x K, column by column
    MatrixView<T> b2;       ///< 1 x K, 0 x K without biases
    MatrixView<T> W2_rows;  ///< M x K, row by row; empty where it is not kept
};

/// Holds such a point, in the order of theta but for W1, and W2_rows behind it where Forward says
/// that a forward pass is to be made with it.
template <typename Weights, bool Forward>
class WeightRowBuffer {
    using Scalar = typename Weights::Scalar;

public:
    /// All zero.
    explicit WeightRowBuffer(const Shape& shape)
        : shape_(shape),
          values_(shape.size() + (Forward ? shape.hidden * shape.outputs : 0) +
                  kernels::read_beyond) {}

    WeightRows<Scalar> rows() & {
        const auto [D, M, K, biases] = Weights::known(shape_);
        Scalar* next = values_.data();
        const auto take = [&next](Index size) {
            next += size;
            return next - size;
        };
        WeightRows<Scalar> rows;
        rows.W1 = {take(D * M), D, M, M, 1};
        rows.b1 = {take(biases * M), biases, M, M, 1};
        rows.W2 = {take(M * K), M, K, 1, M};
        rows.b2 = {take(biases * K), biases, K, K, 1};
        if (Forward)
            rows.W2_rows = {K == 1 ? rows.W2.data : take(M * K), M, K, K, 1};
        return rows;
    }

    void set_zero() { std::fill_n(values_.data(), Weights::known(shape_).size(), Scalar(0)); }

    void operator+=(const WeightRowBuffer& other) {
        for (Index i = 0; i < shape_.size(); ++i) values_.data()[i] += other.values_.data()[i];
    }

    /// Takes over weights, and gives them to be read.
    WeightRows<const Scalar> load(const Weights& weights) & {
        const WeightRows<Scalar> rows = this->rows();
        const auto theta = weights.theta();
        copy<Scalar>(MatrixView(weights.W1()), rows.W1);
        std::copy(theta.data() + rows.W1.size(), theta.data() + theta.size(), rows.b1.data);
        if (Forward && shape_.outputs > 1)
            copy<Scalar>(rows.W2, rows.W2_rows);
        return {rows.W1, rows.b1, rows.W2, rows.b2, rows.W2_rows};
    }

    /// Writes the point into `weights`.
    void store(Weights& weights) {
        const WeightRows<Scalar> rows = this->rows();
        auto theta = weights.theta();
        copy<Scalar>(rows.W1, MatrixView(weights.W1()));
        std::copy_n(rows.b1.data, theta.size() - rows.W1.size(), theta.data() + rows.W1.size());
    }

private:
    static constexpr Index capacity =
        Weights::fixed ? (Forward ? 2 : 1) * Weights::capacity : Index(Dynamic);

    Shape shape_;
    Buffer<Scalar, with_slack(capacity)> values_;
};

}  // namespace twolayer::detail
