// SPDX-License-Identifier: MIT
// The logistic function of whole vectors.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/kernels/exponential.hpp>
#include <twolayer/kernels/isa.hpp>
#include <twolayer/kernels/vectors.hpp>

#include <cstddef>
#include <cstring>

namespace twolayer::kernels {

inline namespace TWOLAYER_TARGET {

/// Z = sigma(H) and 1 - Z for a whole vector of numbers; policies/sigmoid.hpp is for one number.
template <Vectorized Scalar, int Lanes = widest_lanes<Scalar>>
[[gnu::always_inline]] inline void sigmoid_lanes(const Scalar* H, Scalar* Z, Scalar* one_minus_Z) {
    using V = Pack<Scalar, Lanes>;
    V x;
    std::memcpy(&x, H, sizeof(V));
    V e = x < V{} ? x : -x;
    exp_lanes<Scalar, Lanes>(e);
    const V larger = Scalar(1) / (Scalar(1) + e);
    const V smaller = e * larger;
    const V z = x < V{} ? smaller : larger, one_minus_z = x < V{} ? larger : smaller;
    std::memcpy(Z, &z, sizeof(V));
    std::memcpy(one_minus_Z, &one_minus_z, sizeof(V));
}

/// Z = sigma(H) and 1 - Z of `size` numbers, in vectors of Lanes and then fewer; Z may be H.
template <int Lanes, Vectorized Scalar>
[[gnu::always_inline]] inline void sigmoid_vectors(const Scalar* H, Scalar* Z, Scalar* one_minus_Z,
                                                   Index size) {
    Index i = 0;
    for (; i + Lanes <= size; i += Lanes)
        sigmoid_lanes<Scalar, Lanes>(H + i, Z + i, one_minus_Z + i);
    if (i == size)
        return;
    if constexpr (Lanes > narrowest_lanes<Scalar>) {
        sigmoid_vectors<Lanes / 2>(H + i, Z + i, one_minus_Z + i, size - i);
    } else {
        Scalar h[std::size_t(Lanes)] = {}, z[std::size_t(Lanes)], c[std::size_t(Lanes)];
        copy_first<Lanes / 2>(h, H + i, size - i);
        sigmoid_lanes<Scalar, Lanes>(h, z, c);
        copy_first<Lanes / 2>(Z + i, z, size - i);
        copy_first<Lanes / 2>(one_minus_Z + i, c, size - i);
    }
}

/// The same, in the widest vectors available.
template <Vectorized Scalar>
void sigmoid_all(const Scalar* H, Scalar* Z, Scalar* one_minus_Z, Index size) {
    sigmoid_vectors<widest_lanes<Scalar>>(H, Z, one_minus_Z, size);
}

/// x <- sigma(x) for `size` numbers in whole vectors, four numbers at a time at the end: x must
/// have room for a multiple of four. The vectors are no wider than those with which add_dots() has
/// just written the sums.
template <Vectorized Scalar>
[[gnu::always_inline]] inline void sigmoid_in_place(Scalar* x, Index size) {
    constexpr int lanes = lanes_of_sums<Scalar>;
    Scalar complements[std::size_t(lanes)];
    Index i = 0;
    for (; i + lanes <= size; i += lanes) sigmoid_lanes<Scalar, lanes>(x + i, x + i, complements);
    for (; i < size; i += 4) sigmoid_lanes<Scalar, 4>(x + i, x + i, complements);
}

}  // namespace TWOLAYER_TARGET

}  // namespace twolayer::kernels
