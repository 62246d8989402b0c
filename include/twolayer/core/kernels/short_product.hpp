// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>

namespace twolayer::kernels {

/// D += A B for machines without a heap: a hundred bytes of program and no memory, in place of
/// blocks that are packed on the stack.
template <Real Scalar>
void short_product(MatrixView<Scalar> D, MatrixView<const Scalar> A, MatrixView<const Scalar> B) {
    for (Index i = 0; i < D.rows; ++i)
        for (Index k = 0; k < A.cols; ++k) {
            const Scalar a = A(i, k);
            for (Index j = 0; j < D.cols; ++j) D(i, j) += a * B(k, j);
        }
}

}  // namespace twolayer::kernels
