// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>

#include <type_traits>

namespace twolayer::kernels {

/// D += A B as in product.hpp, chosen where there is no heap, since it is the more constrained one:
/// a hundred bytes of program and no memory, in place of blocks that are packed on the stack.
template <Real Scalar>
void add_product(MatrixView<Scalar> D, MatrixView<const std::type_identity_t<Scalar>> A,
                 MatrixView<const std::type_identity_t<Scalar>> B) requires heapless {
    for (Index i = 0; i < D.rows; ++i)
        for (Index k = 0; k < A.cols; ++k) {
            const Scalar a = A(i, k);
            for (Index j = 0; j < D.cols; ++j) D(i, j) += a * B(k, j);
        }
}

}  // namespace twolayer::kernels
