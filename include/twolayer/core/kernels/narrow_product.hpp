// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>

#include <concepts>

namespace twolayer::kernels {

/// Adds A B to a block of D with its entries in registers: Rows x Width sums over `depth` products
/// of one entry of A with Width entries of B, which lie one after the other, as those of D do.
template <int Rows, int Width, std::floating_point Scalar>
void add_block(MatrixView<Scalar> D, MatrixView<const Scalar> A, MatrixView<const Scalar> B) {
    using Row = Eigen::Array<Scalar, Width, 1>;
    Row sums[std::size_t(Rows)];
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) sums[i] = Eigen::Map<const Row>(&D(i, 0));
    for (Index k = 0; k < A.cols; ++k) {
        const Row b = Eigen::Map<const Row>(&B(k, 0));
#pragma GCC unroll 8
        for (int i = 0; i < Rows; ++i) sums[i] += A(i, k) * b;
    }
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) Eigen::Map<Row>(&D(i, 0)) = sums[i];
}

/// D += A B for a strip of Width columns, eight rows at a time.
template <int Width, std::floating_point Scalar>
void add_strip(MatrixView<Scalar> D, MatrixView<const Scalar> A, MatrixView<const Scalar> B) {
    constexpr int rows = 8;
    Index i = 0;
    for (; i + rows <= D.rows; i += rows)
        add_block<rows, Width, Scalar>(D.middle_rows(i, rows), A.middle_rows(i, rows), B);
    for (; i < D.rows; ++i)
        add_block<1, Width, Scalar>(D.middle_rows(i, 1), A.middle_rows(i, 1), B);
}

/// The widest strips that fit, then narrower ones for the columns that are left.
template <int Width, std::floating_point Scalar>
void add_strips(MatrixView<Scalar> D, MatrixView<const Scalar> A, MatrixView<const Scalar> B,
                Index first = 0) {
    for (; first + Width <= D.cols; first += Width)
        add_strip<Width, Scalar>(D.block(0, first, D.rows, Width), A,
                                 B.block(0, first, B.rows, Width));
    if constexpr (Width > 1)
        if (first < D.cols)
            add_strips<Width / 2, Scalar>(D, A, B, first);
}

/// The most entries of a B that must be copied, and the most rows of one that need not be.
template <std::floating_point Scalar>
inline constexpr Index narrow_entries = 32 * 1024 / Index(sizeof(Scalar));
inline constexpr Index narrow_depth = 512;

/// Whether narrow_product() is for this B: strips of it stay in the nearest cache.
template <std::floating_point Scalar>
bool is_narrow(const MatrixView<const Scalar>& B) {
    return B.col_stride == 1 ? B.rows <= narrow_depth : B.rows * B.cols <= narrow_entries<Scalar>;
}

/// D += A B with D kept row by row and a narrow B. Eigen's product packs both factors first, which
/// takes longer than the product itself where they are small.
template <std::floating_point Scalar>
void narrow_product(MatrixView<Scalar> D, MatrixView<const Scalar> A, MatrixView<const Scalar> B) {
    constexpr int widest = 64 / int(sizeof(Scalar));
    if (B.col_stride == 1)
        return add_strips<widest, Scalar>(D, A, B);
    alignas(64) Scalar rows[std::size_t(narrow_entries<Scalar>)];
    const MatrixView<Scalar> packed(rows, B.rows, B.cols, B.cols, 1);
    copy<Scalar>(B, packed);
    add_strips<widest, Scalar>(D, A, packed);
}

}  // namespace twolayer::kernels
