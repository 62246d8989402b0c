// SPDX-License-Identifier: MIT
// Names that the code in the documentation uses without declaring them.
#pragma once

#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <twolayer.hpp>
#include <twolayer/files/checkpoint.hpp>
#include <twolayer/files/safetensors.hpp>
#include <twolayer/table.hpp>
#include <vector>

using namespace twolayer;

using Net = TwoLayerNet<double, Identity>;

/// The variables of a fragment, which is compiled in a function with these parameters.
#define PREAMBLE                                                                              \
    [[maybe_unused]] Matrix<double> X, [[maybe_unused]] Matrix<double> Y,                     \
        [[maybe_unused]] std::vector<int> labels, [[maybe_unused]] Matrix<double> X_new,      \
        [[maybe_unused]] Table table, [[maybe_unused]] Table later, [[maybe_unused]] Net net, \
        [[maybe_unused]] Classifier<double, int> model
