// SPDX-License-Identifier: MIT
#include "curve.hpp"

#include <random>

Curve calibrate(const twolayer::Vector<double>& x, const twolayer::Vector<double>& y) {
    Curve curve(true);
    std::mt19937 generator(1);
    curve.randomize(generator, twolayer::NguyenWidrow{});
    fit(curve, x, y, twolayer::SquaredError{}, twolayer::Adam{.learning_rate = 0.02},
        {.epochs = 4000, .anneal = true});
    return curve;
}
