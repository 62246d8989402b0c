// SPDX-License-Identifier: MIT
// Number types, and the matrices and vectors made of them.
#pragma once

#include <twolayer/base/eigen.hpp>

#include <cmath>
#include <concepts>
#include <type_traits>

namespace twolayer {

using Eigen::Dynamic;
using Eigen::Index;

namespace lookup {

using std::abs, std::exp, std::log1p, std::sqrt;

/// abs, exp, log1p and sqrt, from the standard library or found by argument-dependent lookup.
template <typename T>
concept Elementary = requires(const T& x) {
    { abs(x) } -> std::convertible_to<T>;
    { exp(x) } -> std::convertible_to<T>;
    { log1p(x) } -> std::convertible_to<T>;
    { sqrt(x) } -> std::convertible_to<T>;
};

}  // namespace lookup

/// A real number: float, double, long double, or a user's own type (multiprecision, a dual number)
/// for which Eigen::NumTraits and abs, exp, log1p, sqrt exist.
template <typename T>
concept Real =
    !Eigen::NumTraits<T>::IsInteger && !Eigen::NumTraits<T>::IsComplex &&
    std::constructible_from<T, int> && lookup::Elementary<T> && requires(const T& a, const T& b) {
        { Eigen::NumTraits<T>::epsilon() } -> std::convertible_to<T>;
        { a + b } -> std::convertible_to<T>;
        { a - b } -> std::convertible_to<T>;
        { a* b } -> std::convertible_to<T>;
        { a / b } -> std::convertible_to<T>;
        { -a } -> std::convertible_to<T>;
        { a < b } -> std::convertible_to<bool>;
        { a == b } -> std::convertible_to<bool>;
    };

/// A matrix, column-major even if EIGEN_DEFAULT_TO_ROW_MAJOR makes Eigen::MatrixXd row-major.
template <typename Scalar, int Columns = Dynamic>
using Matrix = Eigen::Matrix<Scalar, Dynamic, Columns, Eigen::ColMajor>;

/// A column.
template <typename Scalar, int Size = Dynamic>
using Vector = Eigen::Matrix<Scalar, Size, 1, Eigen::ColMajor>;

/// Whether the program is for a machine without a heap, as EIGEN_NO_MALLOC says: code that is
/// short and frugal then replaces code that is fast on large data. Must be the same in all
/// files of a program.
#ifdef EIGEN_NO_MALLOC
inline constexpr bool heapless = true;
#else
inline constexpr bool heapless = false;
#endif

/// The type of sums over samples: double for float, so that ten million samples keep their digits;
/// otherwise Scalar itself.
template <Real Scalar>
using Accumulator = std::conditional_t<std::same_as<Scalar, float>, double, Scalar>;

}  // namespace twolayer
