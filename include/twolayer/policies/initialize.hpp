// SPDX-License-Identifier: MIT
// Random initial weights: Glorot, and Nguyen and Widrow.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/random.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/policies/shape.hpp>

#include <cmath>

namespace twolayer {

namespace detail {

/// Every weight from U(-r, r). 2 u - 1 is exact, so each weight is rounded once.
template <typename Window, WordGenerator Generator>
void fill_uniform(Window&& W, double r, Generator& generator) {
    using Scalar = typename std::remove_cvref_t<Window>::Scalar;
    for (Index j = 0; j < W.cols(); ++j)
        for (Index i = 0; i < W.rows(); ++i) W(i, j) = Scalar(r * (2 * uniform(generator) - 1));
}

}  // namespace detail

/// Draws each layer's weights from U(-r, r), r = sqrt(6 / (in + out)); biases are zero.
///
/// Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural
/// networks", equation 16.
struct Glorot {
    template <typename Weights, WordGenerator Generator>
    static void draw(Weights& weights, Generator& generator) {
        const auto [inputs, hidden, outputs, biases] = weights.shape();
        detail::fill_uniform(weights.W1(), std::sqrt(6.0 / double(inputs + hidden)), generator);
        detail::fill_uniform(weights.W2(), std::sqrt(6.0 / double(hidden + outputs)), generator);
        weights.b1().setZero();
        weights.b2().setZero();
    }
};

/// Spreads the slopes of the hidden units over inputs between -1 and 1: each column of W1 gets a
/// random direction and the length beta, b1 comes from U(-beta, beta); W2 as for Glorot.
///
/// Nguyen and Widrow 1990, "Improving the learning speed of 2-layer neural networks by choosing
/// initial values of the adaptive weights", has beta = 0.7 M^(1/D) for tanh units. Since
/// sigma(h) = (1 + tanh(h / 2)) / 2, the same slopes need twice that here. Needs biases.
struct NguyenWidrow {
    template <typename Weights, WordGenerator Generator>
    static void draw(Weights& weights, Generator& generator) {
        const Shape shape = weights.shape();
        if (!shape.biases)
            fail("Nguyen-Widrow weights need a network with biases");
        Glorot::draw(weights, generator);
        using Scalar = typename Weights::Scalar;
        const double beta = 1.4 * std::pow(double(shape.hidden), 1 / double(shape.inputs));
        auto W1 = weights.W1();
        for (Index m = 0; m < shape.hidden; ++m) {
            using std::sqrt;
            Scalar square(0);  // summed in one order, whatever the processor
            for (Index d = 0; d < shape.inputs; ++d) square += W1(d, m) * W1(d, m);
            const Scalar scale = Scalar(beta) / Scalar(sqrt(square));
            for (Index d = 0; d < shape.inputs; ++d) W1(d, m) *= scale;
        }
        detail::fill_uniform(weights.b1(), beta, generator);
    }
};

/// A way to draw the initial weights from a generator.
template <typename T, typename Weights, typename Generator>
concept Initialization =
    requires(Weights& weights, Generator& generator) { T::draw(weights, generator); };

}  // namespace twolayer
