// SPDX-License-Identifier: MIT
// e^x, sigma(x) and log1p(x) of many numbers at a time.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/kernels/vectors.hpp>

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>

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

}  // namespace twolayer

namespace twolayer::kernels {

inline namespace TWOLAYER_ISA {

/// The constants for the exponential of a number type: integers of the same size, how its exponent
/// is stored, log(2) in two parts such that multiples of the first are exact (Cody and Waite 1980),
/// and the degree from which on 1/k! r^k is below the rounding error for |r| <= log(2) / 2.
template <std::floating_point Scalar>
struct ExponentialOf {
    static constexpr bool is_float = std::same_as<Scalar, float>;
    using Integer = std::conditional_t<is_float, std::int32_t, std::int64_t>;
    static constexpr int digits = std::numeric_limits<Scalar>::digits - 1;
    static constexpr int bias = std::numeric_limits<Scalar>::max_exponent - 1;
    static constexpr int degree = is_float ? 7 : 13;
    static constexpr Scalar log_2 = is_float ? 0.693359375f : Scalar(6.93145751953125e-1);
    static constexpr Scalar log_2_rest =
        is_float ? -2.12194440e-4f : Scalar(1.42860682030941723212e-6);
    static constexpr Scalar log_of_least = is_float ? -87.336544f : Scalar(-708.39641853226);
};

/// 1/k! for k = 0, 1, ..., the coefficients of the polynomial of e^r.
template <std::floating_point Scalar>
inline constexpr auto inverse_factorials = [] {
    std::array<Scalar, std::size_t(ExponentialOf<Scalar>::degree) + 1> inverse{};
    double factorial = 1;
    for (std::size_t k = 0; k < inverse.size(); ++k) {
        factorial *= k == 0 ? 1 : double(k);
        inverse[k] = Scalar(1 / factorial);
    }
    return inverse;
}();

/// x <- e^x for numbers x <= 0:  2^n e^r with x = n log(2) + r, and zero if that would not be a
/// normal number. NaN stays NaN.
template <Vectorized Scalar, int Lanes = widest_lanes<Scalar>>
[[gnu::always_inline]] inline void exp_lanes(Pack<Scalar, Lanes>& x) {
    TWOLAYER_IN_THIS_ORDER
    using V = Pack<Scalar, Lanes>;
    using Of = ExponentialOf<Scalar>;
    using Integer = typename Of::Integer;
    using Integers [[gnu::vector_size(sizeof(V))]] = Integer;
    constexpr Scalar one_over_log_2 = Scalar(1.4426950408889634);
    // Added to n, it leaves the nearest integer in the last bits, in the form of a stored exponent.
    constexpr Scalar shift = Scalar(1.5) * Scalar(Integer(1) << Of::digits) + Scalar(Of::bias);
    constexpr const auto& c = inverse_factorials<Scalar>;

    V shifted = x * one_over_log_2 + shift;
    round_to_type(shifted);
    const V n = shifted - shift;
    V r = x - n * Of::log_2;
    round_to_type(r);
    r = r - n * Of::log_2_rest;
    V e = V{} + c[std::size_t(Of::degree)];
#pragma GCC unroll 16
    for (int k = Of::degree - 1; k >= 0; --k) e = e * r + c[std::size_t(k)];

    Integers bits;
    std::memcpy(&bits, &shifted, sizeof(V));
    bits = bits << Of::digits;
    V power;
    std::memcpy(&power, &bits, sizeof(V));
    x = x < Of::log_of_least ? V{} : e * power;
}

/// Z = sigma(H) and 1 - Z for a whole vector of numbers, as sigmoid() for one number.
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

/// sigmoid_all() in vectors of Lanes and then fewer.
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

/// Z = sigma(H) and 1 - Z; Z may be H.
template <Real Scalar>
void sigmoid_all(std::span<const Scalar> H, std::span<Scalar> Z, std::span<Scalar> one_minus_Z) {
    if constexpr (Vectorized<Scalar>) {
        sigmoid_vectors<widest_lanes<Scalar>>(H.data(), Z.data(), one_minus_Z.data(),
                                              Index(H.size()));
    } else {
        for (std::size_t i = 0; i < H.size(); ++i) {
            const auto pair = sigmoid(H[i]);
            Z[i] = pair.value;
            one_minus_Z[i] = pair.one_minus_value;
        }
    }
}

/// x <- sigma(x) for `size` numbers in whole vectors, four numbers at a time if they are few and at
/// the end: x must have room for a multiple of four.
template <Vectorized Scalar>
[[gnu::always_inline]] inline void sigmoid_in_place(Scalar* x, Index size) {
    constexpr int lanes = lanes_of_sums<Scalar>;
    Scalar complements[std::size_t(lanes)];
    Index i = 0;
    if (size > few_entries)
        for (; i + lanes <= size; i += lanes)
            sigmoid_lanes<Scalar, lanes>(x + i, x + i, complements);
    for (; i < size; i += 4) sigmoid_lanes<Scalar, 4>(x + i, x + i, complements);
}

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
        apply_to_vectors(
            x, size, [](auto& lanes) __attribute__((always_inline)) { exp_lanes<Scalar>(lanes); });
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
        apply_to_vectors(
            t, size, [](Pack<Scalar, widest_lanes<Scalar>> & x) __attribute__((always_inline)) {
                TWOLAYER_IN_THIS_ORDER
                using V = Pack<Scalar, widest_lanes<Scalar>>;
                V u = x + Scalar(1);
                round_to_type(u);
                Eigen::Array<Scalar, widest_lanes<Scalar>, 1> lanes;
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

}  // namespace TWOLAYER_ISA

}  // namespace twolayer::kernels
