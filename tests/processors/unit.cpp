// SPDX-License-Identifier: MIT
//
// Compiled twice, for different processors.

#include "processors/unit.hpp"

#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>

#include <random>

#include "support/draw.hpp"

using namespace twolayer;

namespace {

struct OwnSigmoid : Sigmoid {};
struct OwnCrossEntropy : CrossEntropy {};

template <typename Output, typename Loss>
std::vector<float> gradient() {
    const Shape shape{21, 37, 5};  // so that there are both whole vectors and rests
    std::mt19937 generator(7);
    TwoLayerNet<float, Output> net(shape);
    net.weights().theta() = test::draw<float>(generator, net.weights().size(), 1, -1, 1);
    const Matrix<float> X = test::draw<float>(generator, 301, shape.inputs, -1, 1);
    const Matrix<float> Y = test::draw<float>(generator, 301, shape.outputs, 0, 1);
    const auto [loss, gradient] = loss_and_gradient(net, X, Y, Loss{});
    const auto theta = gradient.theta();
    std::vector<float> result(theta.data(), theta.data() + theta.size());
    result.push_back(loss);
    return result;
}

}  // namespace

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

Unit UNIT() {
    return {.target = TEXT(TWOLAYER_TARGET),
            .vector_bytes = kernels::vector_bytes,
            .multiply = reinterpret_cast<const void*>(&kernels::multiply<float>),
            .own = gradient<OwnSigmoid, OwnCrossEntropy>(),
            .shared = gradient<Sigmoid, CrossEntropy>()};
}
