// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/kernels/elementwise.hpp>
#include <twolayer/core/kernels/vectors.hpp>
#include <twolayer/core/types.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>

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

namespace detail {

/// The pairs of a whole vector of numbers, by Eigen's vectorized exponential.
template <kernels::Vectorized Scalar, int Lanes = kernels::widest_lanes<Scalar>>
[[gnu::always_inline]] inline void sigmoid_lanes(const Scalar* H, Scalar* Z, Scalar* one_minus_Z) {
    using V = kernels::Lane<Scalar, Lanes>;
    V x;
    std::memcpy(&x, H, sizeof(V));
    V e = x < V{} ? x : -x;
    kernels::exp_lanes<Scalar, Lanes>(e);
    const V large = Scalar(1) / (Scalar(1) + e);
    const V small = e * large;
    const V z = x < V{} ? small : large, one_minus_z = x < V{} ? large : small;
    std::memcpy(Z, &z, sizeof(V));
    std::memcpy(one_minus_Z, &one_minus_z, sizeof(V));
}

/// x <- sigma(x) for `size` numbers, in whole vectors: the last may reach beyond them. The short
/// ones are no longer than those in which the numbers were written a moment before.
template <kernels::Vectorized Scalar>
[[gnu::always_inline]] inline void sigmoid_in_place(Scalar* x, Index size) {
    constexpr int lanes = kernels::widest_lanes<Scalar>;
    Scalar complements[std::size_t(lanes)];
    Index i = 0;
    for (; i + lanes / 2 < size; i += lanes) sigmoid_lanes<Scalar>(x + i, x + i, complements);
    for (; i < size; i += 4) sigmoid_lanes<Scalar, 4>(x + i, x + i, complements);
}

/// Z = sigma(H) of `size` numbers, without the complements; Z may be H.
template <kernels::Vectorized Scalar>
[[gnu::always_inline]] inline void sigmoid_alone(const Scalar* H, Scalar* Z, Index size) {
    constexpr Index most = 32;
    alignas(64) Scalar x[std::size_t(most + kernels::read_beyond)];
    for (Index i = 0; i < size; i += most) {
        const Index count = std::min(most, size - i);
        std::copy_n(H + i, count, x);
        sigmoid_in_place(x, count);
        std::copy_n(x, count, Z + i);
    }
}

}  // namespace detail

/// Z = sigma(H) and 1 - Z of `size` numbers one after the other; Z may be H.
template <Real Scalar>
void sigmoid(const Scalar* H, Scalar* Z, Scalar* one_minus_Z, Index size) {
    if constexpr (kernels::Vectorized<Scalar>) {
        constexpr Index lanes = kernels::widest_lanes<Scalar>;
        Index i = 0;
        for (; i + lanes <= size; i += lanes) detail::sigmoid_lanes(H + i, Z + i, one_minus_Z + i);
        if (i == size)
            return;
        Scalar h[std::size_t(lanes)] = {}, z[std::size_t(lanes)], c[std::size_t(lanes)];
        std::copy_n(H + i, size - i, h);
        detail::sigmoid_lanes<Scalar>(h, z, c);
        std::copy_n(z, size - i, Z + i);
        std::copy_n(c, size - i, one_minus_Z + i);
    } else {
        for (Index i = 0; i < size; ++i) {
            const auto pair = sigmoid(H[i]);
            Z[i] = pair.value;
            one_minus_Z[i] = pair.one_minus_value;
        }
    }
}

}  // namespace twolayer
