// SPDX-License-Identifier: MIT
// Matrix products by blocks that stay in registers.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/vectors.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace twolayer::kernels {

inline namespace TWOLAYER_ISA {

/// Strides of the matrices of D = C + A B (product.hpp); the entries of a row are contiguous except
/// in A. `depth` is the number of products that an entry of D is the sum of, and `split` says
/// whether they may be added up as several sums.
struct ProductStrides {
    Index D, C, A_row, A_col, B;
    Index depth;
    bool split;
};

/// Rows x Vectors vectors, in registers.
template <int Rows, int Vectors, int Lanes, Vectorized Scalar>
struct Block {
    using V = Pack<Scalar, Lanes>;
    V row[std::size_t(Rows)][std::size_t(Vectors)];

    /// Adds a column of A times a row of B.
    [[gnu::always_inline]] void add(const Scalar* A, Index A_row, const Scalar* B) {
        V factors[std::size_t(Vectors)];
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v) std::memcpy(&factors[v], B + v * Lanes, sizeof(V));
#pragma GCC unroll 8
        for (int i = 0; i < Rows; ++i) {
            const Scalar entry = A[i * A_row];
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v) row[i][v] += entry * factors[v];
        }
    }

    [[gnu::always_inline]] void operator+=(const Block& other) {
#pragma GCC unroll 8
        for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v) row[i][v] += other.row[i][v];
    }
};

/// D = C + A B for Rows rows of Vectors vectors of Lanes entries, `last` of them in the last
/// vector. They stay in registers while one entry of A after another is multiplied by a row of B. A
/// null C counts as zero.
template <int Rows, int Vectors, int Lanes, bool Whole, Vectorized Scalar>
[[gnu::always_inline]] inline void multiply_block(Scalar* D, const Scalar* C, const Scalar* A,
                                                  const Scalar* B, const ProductStrides& stride,
                                                  Index last) {
    using V = Pack<Scalar, Lanes>;
    // An addition waits for the previous one to the same sum, so too few sums are slow.
    constexpr Index min_sums = 8, max_blocks = 4;
    constexpr Index blocks = (std::min)(min_sums / (Rows * Vectors), max_blocks);
    const auto [D_row, C_row, A_row, A_col, B_row, depth, split] = stride;
    // Rows so far apart lie on different pages, which the processor does not prefetch.
    constexpr Index far_apart = 2048 / Index(sizeof(Scalar)), ahead = 4;
    Block<Rows, Vectors, Lanes, Scalar> sums{};
    if (C != nullptr) {
        const bool fetch_next = Vectors == 4 && C_row >= far_apart;
#pragma GCC unroll 8
        for (int i = 0; i < Rows; ++i, C += C_row)
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v) {
                std::memcpy(&sums.row[i][v], C + v * Lanes, sizeof(V));
                if (fetch_next)
                    __builtin_prefetch(C + Rows * C_row + v * Lanes);
            }
    }
    Index k = 0;
    if constexpr (blocks > 1) {
        if (split && depth >= 2 * blocks) {
            Block<Rows, Vectors, Lanes, Scalar> others[std::size_t(blocks - 1)] = {};
            for (; k + blocks <= depth; k += blocks, A += blocks * A_col, B += blocks * B_row) {
                sums.add(A, A_row, B);
#pragma GCC unroll 4
                for (Index b = 1; b < blocks; ++b)
                    others[b - 1].add(A + b * A_col, A_row, B + b * B_row);
            }
#pragma GCC unroll 4
            for (Index b = 1; b < blocks; ++b) sums += others[b - 1];
        }
    }
    const bool fetch = Vectors == 4 && B_row >= far_apart;
    for (; k < depth; ++k, A += A_col, B += B_row) {
        if (fetch)
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v) __builtin_prefetch(B + ahead * B_row + v * Lanes);
        sums.add(A, A_row, B);
    }
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i, D += D_row)
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v) {
            const V sum = sums.row[i][v];
            if (Whole || v + 1 < Vectors) {
                std::memcpy(D + v * Lanes, &sum, sizeof(V));
            } else {
                alignas(64) Scalar lanes[std::size_t(Lanes)];
                std::memcpy(lanes, &sum, sizeof(V));
                copy_first<Lanes>(D + v * Lanes, lanes, last);
            }
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
    constexpr int block_rows = (std::min)(max_sums / Vectors, 8);
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

/// multiply() of product.hpp for few products and rows of at most one narrow vector.
template <Vectorized Scalar>
[[gnu::always_inline]] inline void multiply_few(const MatrixView<Scalar>& D,
                                                const MatrixView<const Scalar>& C,
                                                const MatrixView<const Scalar>& A,
                                                const MatrixView<const Scalar>& B) {
    constexpr int lanes = narrowest_lanes<Scalar>;
    using V = Pack<Scalar, lanes>;
    for (Index i = 0; i < D.rows; ++i) {
        V sum{};
        if (C.data != nullptr)
            std::memcpy(&sum, C.data + i * C.row_stride, sizeof(V));
        for (Index k = 0; k < A.cols; ++k) {
            V row;
            std::memcpy(&row, B.data + k * B.row_stride, sizeof(V));
            sum += A(i, k) * row;
        }
        Scalar entries[std::size_t(lanes)];
        std::memcpy(entries, &sum, sizeof(V));
        copy_first<lanes>(D.data + i * D.row_stride, entries, D.cols);
    }
}

/// multiply() of product.hpp.
template <Vectorized Scalar>
[[gnu::noinline]] void multiply_vectors(MatrixView<Scalar> D, MatrixView<const Scalar> C,
                                        MatrixView<const Scalar> A, MatrixView<const Scalar> B,
                                        bool split) {
    // A strip of B this deep stays in the first cache while the rows of A pass.
    constexpr Index max_depth = 256;
    constexpr int vectors = max_sums == 24 ? 4 : 2;
    for (Index k = 0; k == 0 || k < A.cols; k += max_depth) {
        const ProductStrides stride{.D = D.row_stride,
                                    .C = C.row_stride,
                                    .A_row = A.row_stride,
                                    .A_col = A.col_stride,
                                    .B = B.row_stride,
                                    .depth = (std::min)(max_depth, A.cols - k),
                                    .split = split};
        multiply_strips<vectors, widest_lanes<Scalar>>(D.data, C.data, A.data + k * A.col_stride,
                                                       B.data + k * B.row_stride, stride, D.rows,
                                                       D.cols);
        C = D;
    }
}

}  // namespace TWOLAYER_ISA

}  // namespace twolayer::kernels
