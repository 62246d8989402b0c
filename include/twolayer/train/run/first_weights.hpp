// SPDX-License-Identifier: MIT
// The first weights of a start, drawn in a way that suits the number of inputs.
#pragma once

#include <twolayer/base/random.hpp>
#include <twolayer/policies/initialize.hpp>
#include <twolayer/policies/shape.hpp>

#include <numbers>

namespace twolayer::detail {

/// Draws the weights that a start begins with. With few inputs, spreading the slopes over them
/// takes half the iterations or less to learn a function of them; with more inputs it does not
/// help.
///
/// NguyenWidrow is for inputs between -1 and 1. Standardized inputs reach sqrt(3) if they are
/// uniform, and further otherwise. For a curve, 2.5 was measured to be better.
template <typename Weights, WordGenerator Generator>
void draw_first_weights(Weights& weights, Generator& generator, bool standardized) {
    const Shape& shape = weights.shape();
    if (!shape.biases || shape.inputs > 3)
        return Glorot::draw(weights, generator);
    NguyenWidrow::draw(weights, generator);
    if (standardized)
        weights.W1() /= typename Weights::Scalar(shape.inputs == 1 ? 2.5 : std::numbers::sqrt3);
}

}  // namespace twolayer::detail
