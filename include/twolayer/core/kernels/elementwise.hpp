// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/kernels/target.hpp>
#include <twolayer/core/kernels/vectors.hpp>
#include <twolayer/core/types.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>

namespace twolayer::kernels {

inline namespace TWOLAYER_TARGET {

/// A whole vector of numbers, for Eigen's vectorized functions.
template <Vectorized Scalar>
using LaneArray = Eigen::Array<Scalar, widest_lanes<Scalar>, 1>;

/// Replaces `size` numbers, one vector after the other, by f of it, the last one filled up with
/// zeros: so the bits of a number do not depend on its place.
template <Vectorized Scalar, typename Function>
void apply_to_vectors(Scalar* values, Index size, Function f) {
    constexpr Index lanes = widest_lanes<Scalar>;
    using V = Lane<Scalar, int(lanes)>;
    V x;
    Index i = 0;
    for (; i + lanes <= size; i += lanes) {
        std::memcpy(&x, values + i, sizeof(V));
        f(x);
        std::memcpy(values + i, &x, sizeof(V));
    }
    if (i == size)
        return;
    x = V{};
    std::memcpy(&x, values + i, std::size_t(size - i) * sizeof(Scalar));
    f(x);
    std::memcpy(values + i, &x, std::size_t(size - i) * sizeof(Scalar));
}

// g++ 12 finds variables of its own AVX-512 headers uninitialized.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

/// x <- e^x, by Eigen's vectorized exponential but where that would give a normal number for one
/// that is none, or a number for NaN.
template <Vectorized Scalar>
void exp_lanes(Lane<Scalar, widest_lanes<Scalar>>& x) {
    using V = Lane<Scalar, widest_lanes<Scalar>>;
    constexpr Scalar log_of_least = Scalar(sizeof(Scalar) == 4 ? -87.336544 : -708.39641853226);
    LaneArray<Scalar> lanes;
    std::memcpy(lanes.data(), &x, sizeof(V));
    lanes = lanes.exp();
    V e;
    std::memcpy(&e, lanes.data(), sizeof(V));
    e = x < log_of_least ? V{} : e;
    x = x == x ? e : x;
}

/// x <- e^x for `size` numbers.
template <Real Scalar>
void exp_all(Scalar* x, Index size) {
    using std::exp;
    if constexpr (Vectorized<Scalar>)
        apply_to_vectors(x, size, exp_lanes<Scalar>);
    else
        for (Index i = 0; i < size; ++i) x[i] = exp(x[i]);
}

/// t <- log1p(t) for `size` numbers t >= 0:  t log(u) / (u - 1) with u = 1 + t (Goldberg 1991,
/// "What every computer scientist should know about floating-point arithmetic", theorem 4), since
/// Eigen's log1p of doubles is not vectorized, and its logarithm is.
template <Real Scalar>
void log1p_all(Scalar* t, Index size) {
    using std::log1p;
    if constexpr (Vectorized<Scalar>)
        apply_to_vectors(t, size, [](Lane<Scalar, widest_lanes<Scalar>>& x) {
            using V = Lane<Scalar, widest_lanes<Scalar>>;
            const V u = x + Scalar(1);
            LaneArray<Scalar> lanes;
            std::memcpy(lanes.data(), &u, sizeof(V));
            lanes = lanes.log();
            V log_u;
            std::memcpy(&log_u, lanes.data(), sizeof(V));
            x = u == Scalar(1) ? x : x * log_u / (u - Scalar(1));
        });
    else
        for (Index i = 0; i < size; ++i) t[i] = log1p(t[i]);
}

/// Z = sigma(H) and 1 - Z of a whole vector of numbers, as sigmoid.hpp has them of one.
template <Vectorized Scalar>
void sigmoid_lanes(const Scalar* H, Scalar* Z, Scalar* one_minus_Z) {
    using V = Lane<Scalar, widest_lanes<Scalar>>;
    V x;
    std::memcpy(&x, H, sizeof(V));
    V e = x < V{} ? x : -x;
    exp_lanes<Scalar>(e);
    const V large = Scalar(1) / (Scalar(1) + e);
    const V small = e * large;
    const V z = x < V{} ? small : large, one_minus_z = x < V{} ? large : small;
    std::memcpy(Z, &z, sizeof(V));
    std::memcpy(one_minus_Z, &one_minus_z, sizeof(V));
}

/// Z = sigma(H) and 1 - Z of `size` numbers; Z may be H.
template <Vectorized Scalar>
void sigmoid_all(const Scalar* H, Scalar* Z, Scalar* one_minus_Z, Index size) {
    constexpr Index lanes = widest_lanes<Scalar>;
    Index i = 0;
    for (; i + lanes <= size; i += lanes) sigmoid_lanes(H + i, Z + i, one_minus_Z + i);
    if (i == size)
        return;
    Scalar h[std::size_t(lanes)] = {}, z[std::size_t(lanes)], c[std::size_t(lanes)];
    std::copy_n(H + i, size - i, h);
    sigmoid_lanes<Scalar>(h, z, c);
    std::copy_n(z, size - i, Z + i);
    std::copy_n(c, size - i, one_minus_Z + i);
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

}  // namespace TWOLAYER_TARGET

}  // namespace twolayer::kernels
