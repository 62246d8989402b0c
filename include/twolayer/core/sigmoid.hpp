// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>

namespace twolayer {

/// sigma(x) and its complement, each with all its digits.
template <Real Scalar>
struct SigmoidPair {
    Scalar value;            ///< sigma(x)
    Scalar one_minus_value;  ///< 1 - sigma(x) = sigma(-x)
};

namespace detail {

/// The pair of x from e = e^-|x|, which never overflows:  sigma(|x|) = 1 / (1 + e) and
/// sigma(-|x|) = e / (1 + e). Subtracting sigma(x) from 1 would lose every digit for large x.
template <Real Scalar>
SigmoidPair<Scalar> sigmoid_from(const Scalar& x, const Scalar& e) {
    const Scalar large = Scalar(1) / (Scalar(1) + e);
    const Scalar small = e * large;
    const bool negative = x < Scalar(0);
    return {negative ? small : large, negative ? large : small};
}

}  // namespace detail

/// sigma(x) = 1 / (1 + e^-x), and 1 - sigma(x).
template <Real Scalar>
SigmoidPair<Scalar> sigmoid(const Scalar& x) {
    using std::exp;
    return detail::sigmoid_from<Scalar>(x, exp(x < Scalar(0) ? x : Scalar(-x)));
}

/// Z = sigma(H) and 1 - Z, elementwise. All three are kept row by row without gaps.
template <Real Scalar>
void sigmoid(MatrixView<const std::type_identity_t<Scalar>> H, MatrixView<Scalar> Z,
             MatrixView<Scalar> one_minus_Z) {
    const Index size = H.rows * H.cols;
    const Scalar* const h = H.data;
    Scalar* const z = Z.data;
    Scalar* const c = one_minus_Z.data;

    // e^-|H| by Eigen's vectorized exp; the loops around it are simple enough for the compiler.
    for (Index i = 0; i < size; ++i) z[i] = h[i] < Scalar(0) ? h[i] : Scalar(-h[i]);
    Eigen::Map<Eigen::Array<Scalar, Dynamic, 1>> e(c, size);
    e = Eigen::Map<const Eigen::Array<Scalar, Dynamic, 1>>(z, size).exp();
    for (Index i = 0; i < size; ++i) {
        const auto pair = detail::sigmoid_from<Scalar>(h[i], c[i]);
        z[i] = pair.value;
        c[i] = pair.one_minus_value;
    }
}

}  // namespace twolayer
