// SPDX-License-Identifier: MIT
//
// Compiled for several processors: a function named UNIT that returns a network.

#include <twolayer/network/net.hpp>

twolayer::TwoLayerNet<float> UNIT(int seed) {
    twolayer::TwoLayerNet<float> net({.inputs = 5, .hidden = 7, .outputs = 3});
    for (twolayer::Index i = 0; i < net.weights().size(); ++i)
        net.weights().theta()(i) = float((seed + int(i) * 37) % 17) / 8 - 1;
    return net;
}
