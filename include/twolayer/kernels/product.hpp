// SPDX-License-Identifier: MIT
// Matrix products and sums of columns.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/block_product.hpp>
#include <twolayer/kernels/vectors.hpp>

#include <type_traits>

namespace twolayer::kernels {

inline namespace TWOLAYER_ISA {

/// The C of a product, D = C + A B, with this row in every row; zero if the row is empty.
template <typename T>
MatrixView<T> in_every_row(const MatrixView<T>& row) {
    return {row.rows == 0 ? nullptr : row.data, 1, row.cols, 0, 1};
}

/// multiply() for numbers without vectors.
template <Real Scalar>
void multiply_one_by_one(const MatrixView<Scalar>& D, const MatrixView<const Scalar>& C,
                         const MatrixView<const Scalar>& A, const MatrixView<const Scalar>& B) {
    for (Index i = 0; i < D.rows; ++i) {
        for (Index j = 0; j < D.cols; ++j) D(i, j) = C.data ? C(i, j) : Scalar(0);
        for (Index k = 0; k < A.cols; ++k)
            for (Index j = 0; j < D.cols; ++j) D(i, j) += A(i, k) * B(k, j);
    }
}

/// D = C + A B        A: R x P,  B: P x Q,  C and D: R x Q.
///
/// C may be D; without data it is zero. B, C and D are row-major. A may have any layout; the result
/// is bitwise the same. After the last entries of B and C, `read_beyond` more must be readable.
/// `split`: whether the sum over A's columns may be added up as several sums.
template <Real Scalar>
[[gnu::always_inline]] inline void multiply(MatrixView<Scalar> D,
                                            MatrixView<const std::type_identity_t<Scalar>> C,
                                            MatrixView<const std::type_identity_t<Scalar>> A,
                                            MatrixView<const std::type_identity_t<Scalar>> B,
                                            bool split = false) {
    constexpr Index few = 64;
    if constexpr (!Vectorized<Scalar>)
        multiply_one_by_one<Scalar>(D, C, A, B);
    else if (D.cols <= narrowest_lanes<Scalar> && D.rows * A.cols <= few)
        multiply_few<Scalar>(D, C, A, B);
    else
        multiply_vectors<Scalar>(D, C, A, B, split);
}

/// D += A B, with the same requirements. The order of summation may vary.
template <Real Scalar>
[[gnu::always_inline]] inline void add_product(MatrixView<Scalar> D,
                                               MatrixView<const std::type_identity_t<Scalar>> A,
                                               MatrixView<const std::type_identity_t<Scalar>> B) {
    multiply<Scalar>(D, D, A, B, true);
}

/// v += 1^T A: adds the sum of every column; does nothing if v is empty. The requirements on A are
/// those of multiply() on B.
template <Real Scalar>
[[gnu::always_inline]] inline void add_column_sums(
    MatrixView<Scalar> v, MatrixView<const std::type_identity_t<Scalar>> A) {
    const Scalar one(1);
    add_product(v, {&one, v.rows, A.rows, 0, 0}, A);
}

}  // namespace TWOLAYER_ISA

}  // namespace twolayer::kernels
