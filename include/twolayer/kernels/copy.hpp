// SPDX-License-Identifier: MIT
// Copies matrices between storage orders and strides.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/transpose.hpp>

#include <algorithm>
#include <type_traits>

namespace twolayer {

namespace detail {

/// copy() for a matrix that may be large.
template <Real Scalar>
[[gnu::noinline]] void copy_large(MatrixView<const Scalar> from, MatrixView<Scalar> to) {
    if (from.row_stride < from.col_stride) {
        from = from.transpose();
        to = to.transpose();
    }
    if (from.col_stride == 1 && to.row_stride == 1 && to.col_stride != 1)
        return kernels::copy_transposed<Scalar>(from, to);
    for (Index i = 0; i < from.rows; ++i)
        if (from.col_stride == 1 && to.col_stride == 1)
            std::copy_n(&from(i, 0), from.cols, &to(i, 0));
        else
            for (Index j = 0; j < from.cols; ++j) to(i, j) = from(i, j);
}

}  // namespace detail

/// Copies a matrix. Source and destination each have their own order and strides.
template <Real Scalar>
[[gnu::always_inline]] inline void copy(MatrixView<const std::type_identity_t<Scalar>> from,
                                        MatrixView<Scalar> to) {
    constexpr Index few = 16;
    if (from.size() > few)
        return detail::copy_large<Scalar>(from, to);
    for (Index i = 0; i < from.rows; ++i)
        for (Index j = 0; j < from.cols; ++j) to(i, j) = from(i, j);
}

}  // namespace twolayer
