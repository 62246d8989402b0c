// SPDX-License-Identifier: MIT
// Matrix products and sums of columns; products for a few samples, which read and write the weights
// where they lie in theta.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/block_product.hpp>
#include <twolayer/kernels/copy.hpp>
#include <twolayer/kernels/vectors.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

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

/// Adds the upper half of a vector to its lower half until four lanes are left.
template <int Lanes, Vectorized Scalar>
[[gnu::always_inline]] inline void fold(const Pack<Scalar, Lanes>& from, Pack<Scalar, 4>& to) {
    if constexpr (Lanes == 4) {
        to = from;
    } else {
        const auto half = [&from]<std::size_t... L>(std::index_sequence<L...>, auto first)
            __attribute__((always_inline)) {
            return Pack<Scalar, Lanes / 2>{from[L + first]...};
        };
        constexpr std::make_index_sequence<std::size_t(Lanes / 2)> lanes;
        fold<Lanes / 2, Scalar>(
            half(lanes, std::integral_constant<std::size_t, 0>{}) +
                half(lanes, std::integral_constant<std::size_t, std::size_t(Lanes / 2)>{}),
            to);
    }
}

/// sums(c) += sum_i x(i) A(i, c) for four columns of `size` contiguous entries each. After the last
/// entry of x and of each column, `read_beyond` more entries must be readable.
template <int Lanes, Vectorized Scalar>
[[gnu::always_inline]] inline void add_four_dots(const Scalar* x, const Scalar* const* columns,
                                                 Index size, Scalar* sums) {
    using V = Pack<Scalar, Lanes>;
    V parts[4] = {};
    const auto add = [&](Index i, const auto& keep) __attribute__((always_inline)) {
        V inputs;
        std::memcpy(&inputs, x + i, sizeof(V));
        keep(inputs);
#pragma GCC unroll 4
        for (int c = 0; c < 4; ++c) {
            V entries;
            std::memcpy(&entries, columns[c] + i, sizeof(V));
            keep(entries);
            parts[c] += inputs * entries;
        }
    };
    const Index whole = size / Lanes * Lanes;
    for (Index i = 0; i < whole; i += Lanes) add(i, [](V&) __attribute__((always_inline)){});
    if (whole < size)
        add(
            whole, [rest = size - whole](V & v) __attribute__((always_inline)) {
                V number;
                for (int l = 0; l < Lanes; ++l) number[l] = Scalar(l);
                v = number < Scalar(rest) ? v : V{};
            });
    Pack<Scalar, 4> a, b, c, d, total;
    fold<Lanes, Scalar>(parts[0], a);
    fold<Lanes, Scalar>(parts[1], b);
    fold<Lanes, Scalar>(parts[2], c);
    fold<Lanes, Scalar>(parts[3], d);
    std::memcpy(&total, sums, sizeof(total));
    const auto ab =
        __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const auto cd =
        __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
    total +=
        __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    std::memcpy(sums, &total, sizeof(total));
}

/// sums(j) += sum_i x(i) A(i, j) for `count` columns of A, each of `size` contiguous entries,
/// `stride` apart. `sums` has room for a multiple of four. After the last entries of x and A,
/// `read_beyond` more entries must be readable.
template <Vectorized Scalar>
[[gnu::always_inline]] inline void add_dots(const Scalar* x, const Scalar* A, Index stride,
                                            Index size, Index count, Scalar* sums) {
    constexpr int lanes = lanes_of_sums<Scalar>;
    for (Index j = 0; j < count; j += 4) {
        const Scalar* columns[4];
        for (Index c = 0; c < 4; ++c) columns[c] = A + (std::min)(j + c, count - 1) * stride;
        if (size > few_entries)
            add_four_dots<lanes>(x, columns, size, sums + j);
        else
            add_four_dots<4>(x, columns, size, sums + j);
    }
}

}  // namespace TWOLAYER_ISA

}  // namespace twolayer::kernels

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
