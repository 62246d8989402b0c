// SPDX-License-Identifier: MIT
//
// Compiled twice, for different processors.

#include "processors/unit.hpp"

#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>

#include "support/problem.hpp"

using namespace twolayer;

namespace {

struct OwnSigmoid : Sigmoid {};
struct OwnCrossEntropy : CrossEntropy {};

template <typename Output, typename Loss>
std::vector<float> gradient() {
    const test::Problem<float, Output> p({21, 37, 5}, 301);  // whole vectors and remainders
    const auto [loss, gradient] = loss_and_gradient(p.net, p.X, p.Y, Loss{});
    const auto theta = gradient.theta();
    std::vector<float> result(theta.data(), theta.data() + theta.size());
    result.push_back(loss);
    return result;
}

}  // namespace

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

Unit UNIT() {
    return {.target = TEXT(TWOLAYER_ISA),
            .vector_bytes = kernels::vector_bytes,
            .multiply = reinterpret_cast<const void*>(&kernels::multiply<float>),
            .own = gradient<OwnSigmoid, OwnCrossEntropy>(),
            .shared = gradient<Sigmoid, CrossEntropy>()};
}
