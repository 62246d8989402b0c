// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>

#include <string_view>

namespace twolayer {

/// Neither NaN nor infinite.
template <Real Scalar>
bool is_finite(const Scalar& x) {
    return x - x == Scalar(0);
}

/// Throws std::invalid_argument with row and column of the first entry that is NaN or infinite,
/// rows of weight zero left out. `name` is what the matrix is called.
template <Real Scalar>
void check_finite(std::string_view name, const MatrixArg<Scalar>& A,
                  const VectorArg<Scalar>& sample_weights = {}) {
    for (Index i = 0; i < A.rows; ++i) {
        if (!sample_weights.empty() && sample_weights(i) == Scalar(0))
            continue;
        for (Index j = 0; j < A.cols; ++j)
            if (!is_finite<Scalar>(A(i, j)))
                fail(name, " is ", A(i, j), " in row ", i, ", column ", j,
                     ", every entry must be finite");
    }
}

}  // namespace twolayer
