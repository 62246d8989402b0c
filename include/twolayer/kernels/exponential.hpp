// SPDX-License-Identifier: MIT
// The exponential of whole vectors.
#pragma once

#include <twolayer/kernels/isa.hpp>
#include <twolayer/kernels/vectors.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace twolayer::kernels {

inline namespace TWOLAYER_TARGET {

/// The constants for the exponential of a number type: integers of the same size, how its exponent
/// is stored, log(2) in two parts such that multiples of the first are exact (Cody and Waite 1980),
/// and the degree from which on 1/k! r^k is below the rounding error for |r| <= log(2) / 2.
template <std::floating_point Scalar>
struct ExponentialOf;

template <>
struct ExponentialOf<float> {
    using Integer = std::int32_t;
    static constexpr int digits = 23, bias = 127, degree = 7;
    static constexpr float log_2 = 0.693359375f, log_2_rest = -2.12194440e-4f;
    static constexpr float log_of_least = -87.336544f;
};

template <>
struct ExponentialOf<double> {
    using Integer = std::int64_t;
    static constexpr int digits = 52, bias = 1023, degree = 13;
    static constexpr double log_2 = 6.93145751953125e-1, log_2_rest = 1.42860682030941723212e-6;
    static constexpr double log_of_least = -708.39641853226;
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

}  // namespace TWOLAYER_TARGET

}  // namespace twolayer::kernels
