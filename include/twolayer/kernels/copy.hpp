// SPDX-License-Identifier: MIT
// Copies matrices between storage orders and strides.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/vectors.hpp>

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace twolayer::kernels {

inline namespace TWOLAYER_ISA {

/// Writes the rows of a square of 4 x 4 entries as columns.
template <Vectorized Scalar>
void transpose_square(const Scalar* from, Index from_stride, Scalar* to, Index to_stride) {
    using V = Pack<Scalar, 4>;
    V a, b, c, d;
    std::memcpy(&a, from, sizeof(V));
    std::memcpy(&b, from + from_stride, sizeof(V));
    std::memcpy(&c, from + 2 * from_stride, sizeof(V));
    std::memcpy(&d, from + 3 * from_stride, sizeof(V));
    const V ab_left = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    const V ab_right = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const V cd_left = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const V cd_right = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    a = __builtin_shufflevector(ab_left, cd_left, 0, 1, 4, 5);
    b = __builtin_shufflevector(ab_left, cd_left, 2, 3, 6, 7);
    c = __builtin_shufflevector(ab_right, cd_right, 0, 1, 4, 5);
    d = __builtin_shufflevector(ab_right, cd_right, 2, 3, 6, 7);
    std::memcpy(to, &a, sizeof(V));
    std::memcpy(to + to_stride, &b, sizeof(V));
    std::memcpy(to + 2 * to_stride, &c, sizeof(V));
    std::memcpy(to + 3 * to_stride, &d, sizeof(V));
}

/// Copies a row-major matrix to a column-major one, in squares, so that the cache lines stay in the
/// cache until they are used up.
template <Real Scalar>
void copy_transposed(const MatrixView<const Scalar>& from, const MatrixView<Scalar>& to) {
    Index rows = 0, cols = 0;
    if constexpr (Vectorized<Scalar>) {
        constexpr Index side = 4;
        rows = from.rows / side * side;
        cols = from.cols / side * side;
        for (Index i = 0; i < rows; i += side)
            for (Index j = 0; j < cols; j += side)
                transpose_square(&from(i, j), from.row_stride, &to(i, j), to.col_stride);
    }
    for (Index i = 0; i < from.rows; ++i)
        for (Index j = i < rows ? cols : 0; j < from.cols; ++j) to(i, j) = from(i, j);
}

}  // namespace TWOLAYER_ISA

}  // namespace twolayer::kernels

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
