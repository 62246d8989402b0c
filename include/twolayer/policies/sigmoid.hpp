// SPDX-License-Identifier: MIT
// The logistic function and its complement, both with all their digits.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/kernels/elementwise.hpp>
#include <twolayer/kernels/vectors.hpp>

#include <cmath>

namespace twolayer {

/// sigma(x) and its complement, each with all its digits.
template <Real Scalar>
struct SigmoidPair {
    Scalar value;            ///< sigma(x)
    Scalar one_minus_value;  ///< 1 - sigma(x) = sigma(-x)
};

/// sigma(x) = 1 / (1 + e^-x), and 1 - sigma(x), from e = e^-|x|, which never overflows:
/// sigma(|x|) = 1 / (1 + e) and sigma(-|x|) = e / (1 + e). Subtracting sigma(x) from 1 would lose
/// every digit for large x.
template <Real Scalar>
SigmoidPair<Scalar> sigmoid(const Scalar& x) {
    using std::exp;
    const bool negative = x < Scalar(0);
    const Scalar e = exp(negative ? x : Scalar(-x));
    const Scalar larger = Scalar(1) / (Scalar(1) + e), smaller = e * larger;
    return {negative ? smaller : larger, negative ? larger : smaller};
}

/// Z = sigma(H) and 1 - Z of `size` contiguous numbers; Z may be H.
template <Real Scalar>
void sigmoid(const Scalar* H, Scalar* Z, Scalar* one_minus_Z, Index size) {
    if constexpr (kernels::Vectorized<Scalar>) {
        kernels::sigmoid_all(H, Z, one_minus_Z, size);
    } else {
        for (Index i = 0; i < size; ++i) {
            const auto pair = sigmoid(H[i]);
            Z[i] = pair.value;
            one_minus_Z[i] = pair.one_minus_value;
        }
    }
}

}  // namespace twolayer
