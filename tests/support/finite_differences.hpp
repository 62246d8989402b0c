// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/base/types.hpp>

#include <cmath>

namespace twolayer::test {

/// eps^(p/3)
template <typename Scalar>
Scalar epsilon_to_thirds(int p) {
    using std::exp, std::log;
    return exp(Scalar(Scalar(p) * log(Scalar(Eigen::NumTraits<Scalar>::epsilon())) / Scalar(3)));
}

/// Central differences  g_i = ( f(theta + h e_i) - f(theta - h e_i) ) / 2h.
/// h = eps^(1/3) balances truncation, h^2, against rounding, eps / h: both are then eps^(2/3).
template <typename Scalar, typename Function>
Vector<Scalar> finite_difference_gradient(Function f, Vector<Scalar> theta) {
    const Scalar h = epsilon_to_thirds<Scalar>(1);

    Vector<Scalar> g(theta.size());
    for (Index i = 0; i < theta.size(); ++i) {
        const Scalar centre = theta(i);
        theta(i) = centre + h;
        const Scalar above = f(theta);
        theta(i) = centre - h;
        const Scalar below = f(theta);
        theta(i) = centre;
        g(i) = (above - below) / (h + h);
    }
    return g;
}

}  // namespace twolayer::test
