// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/network/net.hpp>

#include <cmath>
#include <concepts>
#include <random>

namespace twolayer::test {

/// Two classes, the points of an inner and of an outer ring. N = 61, D = 2, M = 6.
///
/// Targets are 0 and 1, so a prediction is on the correct side if its distance from the target is
/// below 1/2. The best guess, a constant near 1/2, has a worst() of at least 1/2, a cross-entropy
/// of log 2 = 0.69, and with one output a squared error of 1/8.
template <typename Output = Sigmoid, typename Scalar = double>
struct Rings {
    static constexpr Index N = 61;
    static constexpr Index K = std::same_as<Output, Softmax> ? 2 : 1;

    Matrix<Scalar> X{N, 2}, Y = Matrix<Scalar>::Zero(N, K);
    TwoLayerNet<Scalar, Output> net{{.inputs = 2, .hidden = 6, .outputs = K}};

    Rings() {
        for (Index n = 0; n < N; ++n) {
            const double angle = 0.7 * double(n), radius = n % 2 == 0 ? 1 : 2.2;
            X.row(n) << Scalar(radius * std::cos(angle)), Scalar(radius * std::sin(angle));
            if (K == 2 || n % 2 == 0)
                Y(n, K == 2 ? n % 2 : 0) = 1;
        }
    }

    /// The same, with random weights.
    static Rings randomized() {
        Rings result;
        std::mt19937 generator(1);
        result.net.randomize(generator);
        return result;
    }

    /// The largest distance of a prediction from its target: below 1/2, all classes are correct.
    Scalar worst() const { return (net.predict(X) - Y).cwiseAbs().maxCoeff(); }
};

}  // namespace twolayer::test
