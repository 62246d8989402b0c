// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/network/net.hpp>

#include <concepts>
#include <random>
#include <vector>

#include "support/draw.hpp"

namespace twolayer::test {

/// A network and data without symmetry, for tests of formulas. By default, N = 7, D = 3, M = 5 and
/// K = 2 (4 for Softmax, whose slope is a single number for K = 2). All dimensions differ, so a
/// forgotten transpose cannot pass.
template <typename Scalar, typename Output = Sigmoid, int... Sizes>
struct Problem {
    using Net = TwoLayerNet<Scalar, Output, Sizes...>;
    static constexpr Index K = std::same_as<Output, Softmax> ? 4 : 2;

    Net net;
    Matrix<Scalar> X;  ///< N x D, between -1 and 1
    Matrix<Scalar> Y;  ///< N x K, between 0 and 1; for Softmax each row sums to one
    Vector<Scalar> w;  ///< N sample weights between 1/2 and 2

    explicit Problem(bool biases = false, Index N = 7)
        : Problem({.inputs = 3, .hidden = 5, .outputs = K, .biases = biases}, N) {}

    Problem(const Shape& shape, Index N) : net(shape) {
        std::mt19937 generator(20);
        net.weights().theta() = draw<Scalar>(generator, shape.size(), 1, -1, 1);
        X = draw<Scalar>(generator, N, shape.inputs, -1, 1);
        Y = draw<Scalar>(generator, N, shape.outputs, 0, 1);
        w = draw<Scalar>(generator, N, 1, 0.5, 2);
        if (std::same_as<Output, Softmax>)
            for (Index n = 0; n < N; ++n) Y.row(n) /= Scalar(Y.row(n).sum());
    }
};

/// The given rows of A, in this order.
template <typename Scalar>
Matrix<Scalar> rows_of(const Matrix<Scalar>& A, const std::vector<Index>& rows) {
    Matrix<Scalar> result(Index(rows.size()), A.cols());
    for (Index n = 0; n < result.rows(); ++n) result.row(n) = A.row(rows[std::size_t(n)]);
    return result;
}

/// |a - b| / |b| in Euclidean norms. If both are zero, it is NaN, which is below no bound.
template <typename A, typename B>
typename A::Scalar relative_distance(const Eigen::MatrixBase<A>& a, const Eigen::MatrixBase<B>& b) {
    using Scalar = typename A::Scalar;
    using std::sqrt;
    const Scalar gap = (a - b).squaredNorm(), size = b.squaredNorm();
    return sqrt(gap) / sqrt(size);
}

}  // namespace twolayer::test
