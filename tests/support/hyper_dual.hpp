// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

namespace twolayer::test {

/// A number value + a e1 + b e2 + ab e1 e2 with e1^2 = e2^2 = 0. Its arithmetic also computes two
/// first derivatives and the mixed second derivative, exactly.
///
/// Fike and Alonso 2011, "The development of hyper-dual numbers for exact second-derivative
/// calculations".
template <typename Scalar>
struct HyperDual {
    Scalar value = 0, a = 0, b = 0, ab = 0;

    HyperDual() = default;
    HyperDual(Scalar x) : value(x) {}
    HyperDual(Scalar x, Scalar dx1, Scalar dx2, Scalar dx12) : value(x), a(dx1), b(dx2), ab(dx12) {}

    /// g(x) for a function of one variable, given g, g' and g'' at the value of x.
    static HyperDual chain(const HyperDual& x, Scalar g, Scalar slope, Scalar curvature) {
        return {g, slope * x.a, slope * x.b, slope * x.ab + curvature * x.a * x.b};
    }

    friend HyperDual operator-(const HyperDual& x) { return {-x.value, -x.a, -x.b, -x.ab}; }
    friend HyperDual operator+(const HyperDual& x, const HyperDual& y) {
        return {x.value + y.value, x.a + y.a, x.b + y.b, x.ab + y.ab};
    }
    friend HyperDual operator-(const HyperDual& x, const HyperDual& y) { return x + -y; }
    friend HyperDual operator*(const HyperDual& x, const HyperDual& y) {
        return {x.value * y.value, x.a * y.value + x.value * y.a, x.b * y.value + x.value * y.b,
                x.ab * y.value + x.a * y.b + x.b * y.a + x.value * y.ab};
    }
    friend HyperDual operator/(const HyperDual& x, const HyperDual& y) {
        const Scalar q = 1 / y.value;
        return x * chain(y, q, -q * q, 2 * q * q * q);
    }
    friend HyperDual exp(const HyperDual& x) {
        const Scalar e = std::exp(x.value);
        return chain(x, e, e, e);
    }
};

}  // namespace twolayer::test
