// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/base/random.hpp>
#include <twolayer/base/types.hpp>

namespace twolayer::test {

/// A rows x cols matrix of numbers between low and high that a float represents exactly, so that
/// they are the same in every scalar type.
template <typename Scalar, WordGenerator Generator>
Matrix<Scalar> draw(Generator& generator, Index rows, Index cols, double low, double high) {
    Matrix<Scalar> A(rows, cols);
    for (Index j = 0; j < cols; ++j)
        for (Index i = 0; i < rows; ++i)
            A(i, j) = Scalar(double(float(low + (high - low) * uniform(generator))));
    return A;
}

}  // namespace twolayer::test
