// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/files/c99.hpp>

#include <concepts>
#include <random>
#include <sstream>
#include <string>

#include "support/draw.hpp"
#include "support/problem.hpp"

namespace twolayer::test {

/// The source that export_c() writes for a model.
template <typename NetOrModel>
std::string c_source_of(const NetOrModel& model, const CSourceOptions& options = {}) {
    std::ostringstream stream;
    export_c(stream, model, options);
    return stream.str();
}

/// A model with scalings far from mean zero and deviation one.
template <typename Scalar, typename Output>
Model<TwoLayerNet<Scalar, Output>> scaled_model(const Problem<Scalar, Output>& p) {
    Model<TwoLayerNet<Scalar, Output>> model{.net = p.net};
    std::mt19937 generator(3);
    model.inputs = Standardizer<Scalar>::fit(draw<Scalar>(generator, 9, 3, 100, 300));
    if (std::same_as<Output, Identity>)
        model.targets = Standardizer<Scalar>::fit(draw<Scalar>(generator, 9, 2, -8, 90));
    return model;
}

}  // namespace twolayer::test
