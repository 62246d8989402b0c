// SPDX-License-Identifier: MIT
// Everything that a microcontroller needs to predict and to learn, without a heap.
#pragma once

// Networks of fixed shape, their gradient, and two ways to step from it. Build with
// EIGEN_NO_MALLOC, and with NDEBUG since the C library's assert() allocates. Then nothing refers to
// a heap. With -fno-exceptions and -fno-rtti, nothing refers to anything but the C library's
// mathematics, its copying of memory, and abort().
//
//     TwoLayerNet<float, Sigmoid, 4, 8, 3> net(true);
//     Workspace<decltype(net)> workspace(net.shape());
//     Adam::State<float, decltype(net)::Weights::capacity> adam(net.weights().size());

#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/gradient_descent.hpp>
