// SPDX-License-Identifier: MIT
// Products for a few samples that read and write the weights where they lie in theta.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/copy.hpp>
#include <twolayer/kernels/dots.hpp>
#include <twolayer/kernels/product.hpp>
#include <twolayer/kernels/vectors.hpp>

#include <algorithm>
#include <cstddef>

namespace twolayer::detail {

/// Maximum number of rows that count as few.
inline constexpr Index max_few_rows = 8;

/// Number of inputs copied at a time, since kernels read whole vectors.
inline constexpr Index inputs_at_a_time = 256;

/// sums(j) += x . A.col(j) for `count` columns of A, which has D rows. `sums` has room for a
/// multiple of four, and `read_beyond` more entries must be readable after the last entry of A.
template <kernels::Vectorized Scalar>
[[gnu::always_inline]] inline void add_dots(const VectorView<const Scalar>& x, Index D,
                                            const Scalar* A, Index count, Scalar* sums) {
    alignas(64) Scalar inputs[std::size_t(inputs_at_a_time + kernels::read_beyond)];
    for (Index d = 0; d < D; d += inputs_at_a_time) {
        const Index size = (std::min)(inputs_at_a_time, D - d);
        if (x.stride == 1)
            std::copy_n(x.data + d, size, inputs);
        else
            for (Index i = 0; i < size; ++i) inputs[i] = x(d + i);
        kernels::add_dots(inputs, A + d, D, size, count, sums);
    }
}

/// B = A W + 1 b for few rows. A is n x D in any order, W is D x M, column-major, and B is n x M,
/// row-major, with room for three entries after the last. 1 b is zero if b has no rows.
template <kernels::Vectorized Scalar>
[[gnu::noinline]] void multiply_few_rows(const MatrixView<Scalar>& B,
                                         const MatrixView<const Scalar>& b,
                                         const MatrixView<const Scalar>& A,
                                         const MatrixView<const Scalar>& W) {
    for (Index n = 0; n < B.rows; ++n) {
        Scalar* const row = &B(n, 0);
        if (b.rows == 0)
            std::fill_n(row, B.cols, Scalar(0));
        else
            std::copy_n(b.data, B.cols, row);
        add_dots({&A(n, 0), A.cols, A.col_stride}, W.rows, W.data, W.cols, row);
    }
}

/// dW += X^T delta for few rows. X is n x D in any order, delta is n x M, row-major, and dW is D x
/// M, column-major.
template <kernels::Vectorized Scalar>
[[gnu::noinline]] void add_product_of_few_rows(const MatrixView<Scalar>& dW,
                                               const MatrixView<const Scalar>& X,
                                               const MatrixView<const Scalar>& delta) {
    alignas(64) Scalar inputs[std::size_t(max_few_rows * inputs_at_a_time + kernels::read_beyond)];
    for (Index d = 0; d < dW.rows; d += inputs_at_a_time) {
        const Index size = (std::min)(inputs_at_a_time, dW.rows - d);
        const MatrixView<Scalar> rows(inputs, X.rows, size, size, 1);
        copy<Scalar>(X.block(0, d, X.rows, size), rows);
        std::fill_n(inputs + rows.size(), kernels::read_beyond, Scalar(0));
        kernels::add_product<Scalar>(dW.block(d, 0, size, dW.cols).transpose(), delta.transpose(),
                                     rows);
    }
}

}  // namespace twolayer::detail
