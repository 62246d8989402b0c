// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/kernels/narrow_product.hpp>
#include <twolayer/core/kernels/short_product.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>

#include <algorithm>
#include <concepts>
#include <type_traits>

namespace twolayer::kernels {

/// Rows of a block of D. Eigen splits a product over threads, whose number would then change its
/// bits, only where the result may have more rows than this.
inline constexpr int block_rows = 32;

/// Depth and columns of a block: the largest power of two for which Eigen packs both factors
/// into 128 KiB of stack each; beyond that it would allocate.
template <Real Scalar>
inline constexpr Index block_side = [] {
    Index side = 16;
    while (4 * side * side * Index(sizeof(Scalar)) <= 128 * 1024) side *= 2;
    return side;
}();

/// D += A B with D kept row by row, A and B in the given orders.
template <int OrderA, int OrderB, Real Scalar>
void add_product_blocks(MatrixView<Scalar> D, MatrixView<const Scalar> A,
                        MatrixView<const Scalar> B) {
    using Result = Eigen::Matrix<Scalar, Dynamic, Dynamic, Eigen::RowMajor, block_rows, Dynamic>;
    using Left = Eigen::Matrix<Scalar, Dynamic, Dynamic, OrderA>;
    using Right = Eigen::Matrix<Scalar, Dynamic, Dynamic, OrderB>;
    using Outer = Eigen::OuterStride<>;
    const auto outer = [](const auto& V, int order) {
        return Outer(order == Eigen::RowMajor ? V.row_stride : V.col_stride);
    };

    constexpr Index side = block_side<Scalar>;
    for (Index k = 0; k < A.cols; k += side) {
        const Index depth = std::min(side, A.cols - k);
        for (Index j = 0; j < D.cols; j += side) {
            const Index cols = std::min(side, D.cols - j);
            const Eigen::Map<const Right, 0, Outer> right(&B(k, j), depth, cols, outer(B, OrderB));
            for (Index i = 0; i < D.rows; i += block_rows) {
                const Index rows = std::min<Index>(block_rows, D.rows - i);
                const Eigen::Map<const Left, 0, Outer> left(&A(i, k), rows, depth,
                                                            outer(A, OrderA));
                Eigen::Map<Result, 0, Outer> result(&D(i, j), rows, cols, Outer(D.row_stride));
                result.noalias() += left * right;
            }
        }
    }
}

/// D += A B        A: R x P,  B: P x C,  D: R x C.
///
/// Each matrix is kept row by row or column by column. Allocates nothing, uses one thread.
template <Real Scalar>
void add_product(MatrixView<Scalar> D, MatrixView<const std::type_identity_t<Scalar>> A,
                 MatrixView<const std::type_identity_t<Scalar>> B) {
    if constexpr (heapless) {
        short_product<Scalar>(D, A, B);
    } else {
        constexpr int row_major = Eigen::RowMajor, col_major = Eigen::ColMajor;
        if (D.col_stride != 1)  // D^T += B^T A^T
            return add_product(D.transpose(), B.transpose(), A.transpose());
        if constexpr (std::same_as<Scalar, float> || std::same_as<Scalar, double>)
            if (is_narrow<Scalar>(B))
                return narrow_product<Scalar>(D, A, B);
        const bool a = A.col_stride == 1, b = B.col_stride == 1;
        if (a && b)
            add_product_blocks<row_major, row_major>(D, A, B);
        else if (a)
            add_product_blocks<row_major, col_major>(D, A, B);
        else if (b)
            add_product_blocks<col_major, row_major>(D, A, B);
        else
            add_product_blocks<col_major, col_major>(D, A, B);
    }
}

}  // namespace twolayer::kernels
