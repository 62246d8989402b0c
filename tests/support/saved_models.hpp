// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/model/model.hpp>

#include <concepts>
#include <cstring>
#include <limits>
#include <sstream>
#include <string>

#include "support/problem.hpp"

namespace twolayer::test {

/// Weights that are hard to store: the largest number, the smallest, a denormal, -0.
template <typename Net>
Net hard_weights(Net net) {
    using Limits = std::numeric_limits<typename Net::Scalar>;
    auto theta = net.weights().theta();
    theta.head(5) << Limits::max(), Limits::lowest(), Limits::denorm_min(), Limits::min() / 2,
        -typename Net::Scalar(0);
    return net;
}

/// A model of the network of Problem, D = 3, with names that JSON has to escape.
template <typename Scalar, typename Output>
Model<TwoLayerNet<Scalar, Output>> full_model() {
    const Problem<Scalar, Output> p(true);
    Model<TwoLayerNet<Scalar, Output>> model{.net = p.net,
                                             .inputs = Standardizer<Scalar>::fit(p.X)};
    model.columns = InputColumns({{"mass \"g\"", {}}, {"isl\\and", {"\nDream", "Bisc\xC3\xB6"}}})
                        .filling_missing(true);
    model.lowest = p.X.colwise().minCoeff();
    model.highest = p.X.colwise().maxCoeff();
    if (std::same_as<Output, Identity>)
        model.targets = Standardizer<Scalar>::fit(p.Y);
    else
        for (Index k = 0; k < p.K; ++k) model.class_names.push_back("class\t" + std::to_string(k));
    return model;
}

/// Whether two matrices have the same bits: -0 is not 0.
template <typename A, typename B>
bool same_bits(const Eigen::DenseBase<A>& a, const Eigen::DenseBase<B>& b) {
    const Matrix<typename A::Scalar> x = a, y = b;
    return x.rows() == y.rows() && x.cols() == y.cols() &&
           std::memcmp(x.data(), y.data(), std::size_t(x.size()) * sizeof *x.data()) == 0;
}

template <typename Net, typename Other>
bool same_bits(const Model<Net>& a, const Model<Other>& b) {
    return a.net.shape() == b.net.shape() &&
           same_bits(a.net.weights().theta(), b.net.weights().theta()) &&
           same_bits(a.inputs.mean(), b.inputs.mean()) &&
           same_bits(a.inputs.deviation(), b.inputs.deviation()) && same_bits(a.lowest, b.lowest) &&
           same_bits(a.highest, b.highest) && same_bits(a.targets.mean(), b.targets.mean()) &&
           same_bits(a.targets.deviation(), b.targets.deviation());
}

}  // namespace twolayer::test
