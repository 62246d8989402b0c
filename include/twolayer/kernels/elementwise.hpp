// SPDX-License-Identifier: MIT
// e^x and log1p of many numbers at a time.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/kernels/exponential.hpp>
#include <twolayer/kernels/isa.hpp>
#include <twolayer/kernels/vectors.hpp>

#include <cmath>
#include <cstddef>
#include <cstring>

namespace twolayer::kernels {

inline namespace TWOLAYER_TARGET {

/// A whole vector of numbers, for Eigen's vectorized functions.
template <Vectorized Scalar, int Lanes = widest_lanes<Scalar>>
using LaneArray = Eigen::Array<Scalar, Lanes, 1>;

/// Replaces `size` numbers x by f(x), one vector after another, the last one padded with zeros: so
/// the bits of a result do not depend on its position.
template <Vectorized Scalar, typename Function>
void apply_to_vectors(Scalar* values, Index size, Function f) {
    constexpr Index lanes = widest_lanes<Scalar>;
    using V = Pack<Scalar, int(lanes)>;
    V x;
    Index i = 0;
    for (; i + lanes <= size; i += lanes) {
        std::memcpy(&x, values + i, sizeof(V));
        f(x);
        std::memcpy(values + i, &x, sizeof(V));
    }
    if (i == size)
        return;
    Scalar rest[std::size_t(lanes)] = {};
    copy_first<lanes / 2>(rest, values + i, size - i);
    std::memcpy(&x, rest, sizeof(V));
    f(x);
    std::memcpy(rest, &x, sizeof(V));
    copy_first<lanes / 2>(values + i, rest, size - i);
}

/// x <- e^x for `size` numbers x <= 0.
template <Real Scalar>
void exp_all(Scalar* x, Index size) {
    using std::exp;
    if constexpr (Vectorized<Scalar>)
        apply_to_vectors(x, size, [](auto& lanes) { exp_lanes<Scalar>(lanes); });
    else
        for (Index i = 0; i < size; ++i) x[i] = exp(x[i]);
}

// g++ 12 warns that variables of its own AVX-512 headers are uninitialized.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

/// t <- log1p(t) for `size` numbers t >= 0:  t log(u) / (u - 1) with u = 1 + t (Goldberg 1991,
/// "What every computer scientist should know about floating-point arithmetic", theorem 4), since
/// Eigen vectorizes the logarithm of doubles but not log1p.
template <Real Scalar>
void log1p_all(Scalar* t, Index size) {
    using std::log1p;
    if constexpr (Vectorized<Scalar>)
        apply_to_vectors(t, size, [](Pack<Scalar, widest_lanes<Scalar>>& x) {
            TWOLAYER_IN_THIS_ORDER
            using V = Pack<Scalar, widest_lanes<Scalar>>;
            V u = x + Scalar(1);
            round_to_type(u);
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

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

}  // namespace TWOLAYER_TARGET

}  // namespace twolayer::kernels
