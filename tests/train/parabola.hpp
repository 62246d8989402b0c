// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/base/random.hpp>
#include <twolayer/network/net.hpp>

#include <random>

namespace twolayer::test {

/// Points of the unit square and whether they lie above the parabola y = x^2, N = 37.
template <typename Scalar>
struct Parabola {
    Matrix<Scalar> X{37, 2};
    Matrix<Scalar> Y{37, 1};
    TwoLayerNet<Scalar> net{{.inputs = 2, .hidden = 5, .outputs = 1}};

    Parabola() {
        std::mt19937 generator(1);
        for (Index n = 0; n < 37; ++n) {
            X.row(n) << Scalar(uniform(generator)), Scalar(uniform(generator));
            Y(n, 0) = X(n, 1) > X(n, 0) * X(n, 0) ? Scalar(1) : Scalar(0);
        }
        net.randomize(generator);
    }
};

}  // namespace twolayer::test
