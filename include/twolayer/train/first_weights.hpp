// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/initialize.hpp>
#include <twolayer/core/random.hpp>
#include <twolayer/core/shape.hpp>

namespace twolayer::detail {

/// Draws the weights that a start begins with. Slopes spread over a few inputs take half the
/// iterations or less to a function of them; where there are more inputs they are of no help.
template <typename Weights, WordGenerator Generator>
void draw_first_weights(Weights& weights, Generator& generator) {
    const Shape& shape = weights.shape();
    if (shape.biases && shape.inputs <= 3)
        NguyenWidrow::draw(weights, generator);
    else
        Glorot::draw(weights, generator);
}

}  // namespace twolayer::detail
