// SPDX-License-Identifier: MIT
// Samples and their weights: what a loss is the mean over.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/policies/shape.hpp>

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

/// The weight of a sample: one if the weights are empty.
template <Real Scalar>
Scalar weight_of(const VectorView<const Scalar>& weights, Index row) {
    return weights.empty() ? Scalar(1) : weights(row);
}

/// The sum of the weights of N samples, or N if the weights are empty. Throws std::invalid_argument
/// if there are no samples, if the number of weights is not N, or if weights are negative, not
/// finite or all zero.
template <Real Scalar>
Accumulator<Scalar> total_weight(Index N, const VectorView<const Scalar>& weights,
                                 const SampleNames& names = {}) {
    if (N == 0)
        fail("there are no ", names.samples, ", expected at least one");
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
        fail("all ", N, " ", names.sample, " weights are 0, expected one above 0");
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

}  // namespace detail

}  // namespace twolayer
