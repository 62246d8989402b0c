// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <cmath>
#include <ostream>

namespace twolayer::test {

/// A dual number a + b e with e^2 = 0, whose arithmetic also computes a derivative. It is a
/// user-defined scalar type with only what the library requires, and has no implicit conversions.
struct Dual {
    double value = 0;
    double part = 0;  ///< the derivative

    Dual() = default;
    explicit Dual(double a, double b = 0) : value(a), part(b) {}

    Dual& operator+=(const Dual& y) { return *this = *this + y; }
    Dual& operator-=(const Dual& y) { return *this = *this - y; }
    Dual& operator*=(const Dual& y) { return *this = *this * y; }
    Dual& operator/=(const Dual& y) { return *this = *this / y; }

    friend Dual operator-(const Dual& x) { return Dual(-x.value, -x.part); }
    friend Dual operator+(const Dual& x, const Dual& y) {
        return Dual(x.value + y.value, x.part + y.part);
    }
    friend Dual operator-(const Dual& x, const Dual& y) {
        return Dual(x.value - y.value, x.part - y.part);
    }
    friend Dual operator*(const Dual& x, const Dual& y) {
        return Dual(x.value * y.value, x.part * y.value + x.value * y.part);
    }
    friend Dual operator/(const Dual& x, const Dual& y) {
        const double quotient = x.value / y.value;
        return Dual(quotient, (x.part - quotient * y.part) / y.value);
    }
    friend bool operator<(const Dual& x, const Dual& y) { return x.value < y.value; }
    friend bool operator==(const Dual& x, const Dual& y) = default;

    friend Dual abs(const Dual& x) { return x.value < 0 ? -x : x; }
    friend Dual exp(const Dual& x) {
        const double e = std::exp(x.value);
        return Dual(e, e * x.part);
    }
    friend Dual log(const Dual& x) { return Dual(std::log(x.value), x.part / x.value); }
    friend Dual log1p(const Dual& x) { return Dual(std::log1p(x.value), x.part / (1 + x.value)); }
    friend Dual sqrt(const Dual& x) {
        const double root = std::sqrt(x.value);
        return Dual(root, x.part / (2 * root));
    }

    friend std::ostream& operator<<(std::ostream& out, const Dual& x) {
        return out << x.value << " + " << x.part << " e";
    }
};

}  // namespace twolayer::test

template <>
struct Eigen::NumTraits<twolayer::test::Dual> : Eigen::GenericNumTraits<double> {
    using Dual = twolayer::test::Dual;
    using Real = Dual;
    using NonInteger = Dual;
    using Nested = Dual;
    using Literal = Dual;

    static Dual epsilon() { return Dual(GenericNumTraits<double>::epsilon()); }
    static Dual dummy_precision() { return Dual(1e-12); }
};
