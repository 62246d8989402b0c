// SPDX-License-Identifier: MIT
#include <twolayer/policies/initialize.hpp>

#include <twolayer/network/net.hpp>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

#include "catch.hpp"

using namespace twolayer;
using Catch::Matchers::EndsWith;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

template <typename Scalar, typename Method>
TwoLayerNet<Scalar> drawn(const Shape& shape, Method method, unsigned seed = 1) {
    TwoLayerNet<Scalar> net(shape);
    std::mt19937 generator(seed);
    net.randomize(generator, method);
    return net;
}

constexpr Shape shape{.inputs = 7, .hidden = 40, .outputs = 30};

}  // namespace

TEST_CASE("initialize: Glorot fills the range of each layer, biases are zero",
          "[policies][initialize]") {
    const auto net = drawn<double>(shape, Glorot{});
    const auto fills = [](const auto& W, double r) {
        // 280 numbers or more: with probability e^-7, none is within 5 percent of an end.
        CHECK(W.maxCoeff() <= r);
        CHECK(W.minCoeff() >= -r);
        CHECK(W.maxCoeff() > 0.95 * r);
        CHECK(W.minCoeff() < -0.95 * r);
        CHECK(std::abs(W.mean()) < 5 * r / std::sqrt(3.0 * double(W.size())));
    };
    fills(net.weights().W1(), std::sqrt(6.0 / 47));
    fills(net.weights().W2(), std::sqrt(6.0 / 70));
    CHECK(net.weights().b1().isZero(0));
    CHECK(net.weights().b2().isZero(0));
}

TEST_CASE("initialize: weights are drawn in the order of theta", "[policies][initialize]") {
    const auto net =
        drawn<double>({.inputs = 2, .hidden = 3, .outputs = 1, .biases = false}, Glorot{}, 20);
    std::mt19937 generator(20);
    for (Index i = 0; i < 9; ++i) {
        const double r = std::sqrt(6.0 / (i < 6 ? 5 : 4));
        CHECK(net.weights().theta()(i) == r * (2 * uniform(generator) - 1));
    }
    // The first number of seed 20 is u = 0x1.2d1f7af8cb5a7p-1, and 2 u - 1 = 0x1.68fbd7c65ad38p-3.
    CHECK_THAT(net.weights().theta()(0), WithinRel(std::sqrt(1.2) * 0x1.68fbd7c65ad38p-3, 1e-15));
}

TEST_CASE("initialize: Nguyen-Widrow gives every hidden unit a slope of length beta",
          "[policies][initialize]") {
    const auto net = drawn<double>(shape, NguyenWidrow{});
    const double beta = 1.4 * std::pow(40.0, 1.0 / 7);
    for (Index m = 0; m < 40; ++m)
        CHECK_THAT(net.weights().W1().col(m).norm(), WithinRel(beta, 1e-14));
    const auto b1 = net.weights().b1();
    CHECK(b1.cwiseAbs().maxCoeff() <= beta);
    // 40 numbers: with probability e^-4, none is within a tenth of the range of an end.
    CHECK(b1.maxCoeff() > 0.8 * beta);
    CHECK(b1.minCoeff() < -0.8 * beta);
    CHECK(net.weights().b2().isZero(0));
    CHECK(net.weights().W2().cwiseAbs().maxCoeff() <= std::sqrt(6.0 / 70));
    const auto glorot = drawn<double>(shape, Glorot{});
    CHECK(net.weights().W2() == glorot.weights().W2());
}

TEST_CASE("initialize: one hidden unit of one input, by hand", "[policies][initialize]") {
    // beta = 1.4 1^(1/1), and a direction in one dimension is a sign.
    const auto net = drawn<double>({1, 1, 1}, NguyenWidrow{});
    CHECK_THAT(std::abs(net.weights().W1()(0, 0)), WithinAbs(1.4, 1e-15));
}

TEMPLATE_TEST_CASE("initialize: a seed gives the same weights in every scalar type and shape kind",
                   "[policies][initialize]", Glorot, NguyenWidrow) {
    const auto in_double = drawn<double>(shape, TestType{});
    const auto in_float = drawn<float>(shape, TestType{});
    const auto gap =
        in_float.weights().theta().template cast<double>() - in_double.weights().theta();
    // The weight, the length of its column and their quotient are each rounded to float.
    CHECK(gap.cwiseAbs().maxCoeff() < 4 * double(std::numeric_limits<float>::epsilon()) *
                                          in_double.weights().theta().cwiseAbs().maxCoeff());
    const auto by_other_seed = drawn<double>(shape, TestType{}, 2);
    CHECK(by_other_seed.weights().theta() != in_double.weights().theta());

    TwoLayerNet<double, Sigmoid, 7, 40, 30> fixed(true);
    std::mt19937 generator(1);
    fixed.randomize(generator, TestType{});
    CHECK((fixed.weights().theta() - in_double.weights().theta()).norm() < 1e-14);
}

TEST_CASE("initialize: a float weight of Glorot is the double one rounded",
          "[policies][initialize]") {
    const auto single = drawn<float>(shape, Glorot{});
    const auto rounded = drawn<double>(shape, Glorot{}).cast<float>();
    CHECK(single.weights().theta() == rounded.weights().theta());
}

TEST_CASE("initialize: Nguyen-Widrow requires biases, and writes nothing without them",
          "[policies][initialize]") {
    TwoLayerNet<double> net({.inputs = 2, .hidden = 3, .outputs = 1, .biases = false});
    std::mt19937 generator(1);
    CHECK_THROWS_AS(net.randomize(generator, NguyenWidrow{}), std::invalid_argument);
    CHECK_THROWS_WITH(net.randomize(generator, NguyenWidrow{}), EndsWith("biases"));
    CHECK(net.weights().theta().isZero(0));
    CHECK(generator == std::mt19937(1));
}
