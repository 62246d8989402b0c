// SPDX-License-Identifier: MIT
// Tests for NaN and infinity that also work under -ffast-math.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

namespace twolayer {

namespace detail {

/// Whether a number of a standard type is finite. Reads the bits, since -ffinite-math-only lets
/// compilers assume the result of every comparison with NaN or infinity.
template <std::floating_point Scalar>
bool has_finite_bits(const Scalar& x) {
    using Limits = std::numeric_limits<Scalar>;
    // Of long double only sign and exponent are read: bytes 8 and 9 (x87), or the last two.
    constexpr std::size_t size = sizeof(Scalar) > 8 ? 2 : sizeof(Scalar);
    constexpr std::size_t place = Limits::digits == 64 ? 8 : sizeof(Scalar) - size;
    using Bits = std::conditional_t<size == 2, std::uint16_t,
                                    std::conditional_t<size == 4, std::uint32_t, std::uint64_t>>;
    constexpr Bits ones =
        Bits(Bits(2 * Limits::max_exponent - 1) << (sizeof(Scalar) > 8 ? 0 : Limits::digits - 1));
    Bits bits;
    std::memcpy(&bits, reinterpret_cast<const char*>(&x) + place, size);
    return (bits & ones) != ones;
}

}  // namespace detail

/// Neither NaN nor infinite. A user's number type whose range fits into double is tested as double,
/// any other by its arithmetic.
template <Real Scalar>
bool is_finite(const Scalar& x) {
    if constexpr (std::floating_point<Scalar>) {
        return detail::has_finite_bits(x);
    } else {
        if constexpr (requires {
                          static_cast<double>(Scalar(Eigen::NumTraits<Scalar>::highest()));
                      })
            if (detail::has_finite_bits(
                    static_cast<double>(Scalar(Eigen::NumTraits<Scalar>::highest()))))
                return detail::has_finite_bits(static_cast<double>(x));
        return x - x == Scalar(0);
    }
}

/// Whether every entry of a matrix or vector is finite.
template <typename Derived>
bool all_finite(const Eigen::DenseBase<Derived>& A) {
    for (Index j = 0; j < A.cols(); ++j)
        for (Index i = 0; i < A.rows(); ++i)
            if (!is_finite<typename Derived::Scalar>(A.derived().coeff(i, j)))
                return false;
    return true;
}

/// Larger than every other number, and smaller as -unbounded: means no limit, or no loss yet.
/// Infinity is undefined under -ffinite-math-only.
inline constexpr double unbounded = (std::numeric_limits<double>::max)();

/// Whether x is NaN, from its bits.
inline bool is_nan(double x) {
    std::uint64_t bits;
    std::memcpy(&bits, &x, sizeof x);
    return bits << 1 > std::uint64_t{0x7ff} << 53;
}

/// Throws std::invalid_argument with the row and column of the first entry that is NaN or infinite,
/// ignoring rows of weight zero. `name` is the name of the matrix, after `prefix`.
template <Real Scalar>
void check_finite(std::string_view name, const MatrixArg<Scalar>& A,
                  const VectorArg<Scalar>& sample_weights = {}, std::string_view prefix = "") {
    for (Index i = 0; i < A.rows; ++i) {
        if (!sample_weights.empty() && sample_weights(i) == Scalar(0))
            continue;
        for (Index j = 0; j < A.cols; ++j)
            if (!is_finite<Scalar>(A(i, j)))
                fail(prefix, name, " is ", A(i, j), " in row ", i, ", column ", j,
                     ", every entry must be finite");
    }
}

}  // namespace twolayer
