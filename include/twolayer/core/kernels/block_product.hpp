// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/kernels/target.hpp>
#include <twolayer/core/kernels/vectors.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace twolayer::kernels {

inline namespace TWOLAYER_TARGET {

/// How the matrices of D = C + A B (product.hpp) lie in memory, the entries of a row one after the
/// other but in A, and how many products an entry of D is the sum of.
struct ProductStrides {
    Index D, C, A_row, A_col, B;
    Index depth;
};

/// D = C + A B for Rows rows of as many Vectors of Lanes entries, `last` of them in the last
/// vector. They stay in registers while an entry of A after the other is multiplied with a row of
/// B. C is zero where there is none.
template <int Rows, int Vectors, int Lanes, bool Whole, Vectorized Scalar>
[[gnu::always_inline]] inline void multiply_block(Scalar* D, const Scalar* C, const Scalar* A,
                                                  const Scalar* B, const ProductStrides& stride,
                                                  Index last) {
    using V = Lane<Scalar, Lanes>;
    constexpr std::size_t bytes = sizeof(V);
    V sums[std::size_t(Rows)][std::size_t(Vectors)];
    if (C == nullptr) {
#pragma GCC unroll 8
        for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v) sums[i][v] = V{};
    } else {
#pragma GCC unroll 8
        for (int i = 0; i < Rows; ++i, C += stride.C)
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v) std::memcpy(&sums[i][v], C + v * Lanes, bytes);
    }
    const Index A_row = stride.A_row;
    for (Index k = 0; k < stride.depth; ++k, A += stride.A_col, B += stride.B) {
        V row[std::size_t(Vectors)];
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v) std::memcpy(&row[v], B + v * Lanes, bytes);
#pragma GCC unroll 8
        for (int i = 0; i < Rows; ++i) {
            const Scalar entry = A[i * A_row];
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v) sums[i][v] += entry * row[v];
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i, D += stride.D)
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v)
            if (Whole || v + 1 < Vectors) {
                std::memcpy(D + v * Lanes, &sums[i][v], bytes);
            } else {
                alignas(64) Scalar lanes[std::size_t(Lanes)];
                std::memcpy(lanes, &sums[i][v], bytes);
                copy_first<Lanes>(D + v * Lanes, lanes, last);
            }
}

/// The same for `rows` rows, Rows at a time and then fewer.
template <int Rows, int Vectors, int Lanes, bool Whole, Vectorized Scalar>
[[gnu::noinline]] void multiply_strip(Scalar* D, const Scalar* C, const Scalar* A, const Scalar* B,
                                      const ProductStrides& stride, Index last, Index rows) {
    for (; rows >= Rows; rows -= Rows) {
        multiply_block<Rows, Vectors, Lanes, Whole>(D, C, A, B, stride, last);
        D += Rows * stride.D;
        A += Rows * stride.A_row;
        if (C != nullptr)
            C += Rows * stride.C;
    }
    if constexpr (Rows > 1)
        if (rows > 0)
            multiply_strip<Rows / 2, Vectors, Lanes, Whole>(D, C, A, B, stride, last, rows);
}

/// The same for `cols` columns, in strips of Vectors vectors of Lanes entries and then fewer.
template <int Vectors, int Lanes, Vectorized Scalar>
void multiply_strips(Scalar* D, const Scalar* C, const Scalar* A, const Scalar* B,
                     const ProductStrides& stride, Index rows, Index cols) {
    constexpr int block_rows = std::min(most_sums / Vectors, 8);
    constexpr Index width = Vectors * Lanes;
    for (; cols >= width; cols -= width) {
        multiply_strip<block_rows, Vectors, Lanes, true>(D, C, A, B, stride, 0, rows);
        D += width;
        B += width;
        if (C != nullptr)
            C += width;
    }
    if (cols == 0)
        return;
    if constexpr (Vectors > 1)
        multiply_strips<Vectors / 2, Lanes>(D, C, A, B, stride, rows, cols);
    else if constexpr (Lanes > narrowest_lanes<Scalar>)
        if (cols <= Lanes / 2)
            return multiply_strips<1, Lanes / 2>(D, C, A, B, stride, rows, cols);
    if constexpr (Vectors == 1)
        multiply_strip<block_rows, 1, Lanes, false>(D, C, A, B, stride, cols, rows);
}

/// multiply() of product.hpp.
template <Vectorized Scalar>
void multiply_vectors(MatrixView<Scalar> D, MatrixView<const Scalar> C, MatrixView<const Scalar> A,
                      MatrixView<const Scalar> B) {
    if (D.size() == 0)
        return;
    constexpr Index most_depth = 1024;
    constexpr int vectors = most_sums == 24 ? 4 : 2;
    for (Index k = 0; k == 0 || k < A.cols; k += most_depth) {
        const ProductStrides stride{.D = D.row_stride,
                                    .C = C.row_stride,
                                    .A_row = A.row_stride,
                                    .A_col = A.col_stride,
                                    .B = B.row_stride,
                                    .depth = std::min(most_depth, A.cols - k)};
        multiply_strips<vectors, widest_lanes<Scalar>>(D.data, C.data, A.data + k * A.col_stride,
                                                       B.data + k * B.row_stride, stride, D.rows,
                                                       D.cols);
        C = D;
    }
}

}  // namespace TWOLAYER_TARGET

}  // namespace twolayer::kernels
