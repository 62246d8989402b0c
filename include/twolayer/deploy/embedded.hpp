// SPDX-License-Identifier: MIT
#pragma once

// What a microcontroller needs, to predict and to learn: networks of fixed shape, their gradient,
// two ways to step from it. Built with EIGEN_NO_MALLOC, and NDEBUG since the C library's assert()
// allocates, none of it refers to a heap, nor, with -fno-exceptions and -fno-rtti, to anything but
// the mathematics of that library, its copying of memory, and abort().
//
//     TwoLayerNet<float, Sigmoid, 4, 8, 3> net(true);
//     Workspace<decltype(net)> workspace(net.shape());
//     Adam::State<float, decltype(net)::Weights::capacity> adam(net.weights().size());

#include <twolayer/core/gradient.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/gradient_descent.hpp>
