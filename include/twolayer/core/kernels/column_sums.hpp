// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/kernels/target.hpp>
#include <twolayer/core/kernels/vectors.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>

namespace twolayer::kernels {

inline namespace TWOLAYER_TARGET {

/// v += 1^T A: adds the sum of every column; nothing where v is empty. A is kept row by row, and
/// behind its last entry `read_beyond` more must be readable.
template <Real Scalar>
void add_column_sums(MatrixView<Scalar> v, MatrixView<const std::type_identity_t<Scalar>> A) {
    if constexpr (Vectorized<Scalar>) {
        constexpr Index lanes = widest_lanes<Scalar>;
        using V = Lane<Scalar, int(lanes)>;
        for (Index j = 0; j < v.cols; j += lanes) {
            V sums{};
            for (Index n = 0; n < A.rows; ++n) {
                V row;
                std::memcpy(&row, &A(n, j), sizeof(V));
                sums += row;
            }
            for (Index l = 0; l < std::min(lanes, v.cols - j); ++l) v(0, j + l) += sums[l];
        }
    } else {
        for (Index n = 0; n < A.rows; ++n)
            for (Index j = 0; j < v.cols; ++j) v(0, j) += A(n, j);
    }
}

}  // namespace TWOLAYER_TARGET

}  // namespace twolayer::kernels
