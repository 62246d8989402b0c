// SPDX-License-Identifier: MIT
#include <twolayer/policies/loss.hpp>

#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "catch.hpp"
#include "support/draw.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::WithinAbs;

namespace {

/// The loss of one sample with these outputs O. W1 = 0, so Z = 1/2 exactly.
template <typename Output, typename Loss>
double of_outputs(const std::vector<double>& O, const std::vector<double>& Y, Loss policy) {
    const Index K = Index(O.size());
    TwoLayerNet<double, Output> net({.inputs = 1, .hidden = 1, .outputs = K, .biases = false});
    for (Index k = 0; k < K; ++k) net.weights().W2()(0, k) = 2 * O[std::size_t(k)];
    return mean_loss(net, Matrix<double>{{1}}, row_by_row(Y, K), policy);
}

const double ln2 = std::log(2.0), ln3 = std::log(3.0);

}  // namespace

static_assert(LossFor<SquaredError, Sigmoid, double> && LossFor<CrossEntropy, Sigmoid, double>);
static_assert(LossFor<SquaredError, Softmax, float> && LossFor<CrossEntropy, Softmax, float>);
static_assert(LossFor<SquaredError, Identity, double>);
static_assert(!LossFor<int, Sigmoid, double> && !LossFor<Sigmoid, Sigmoid, double>);

TEST_CASE("loss: squared error, by hand", "[policies][loss]") {
    // Yhat = (3/4, 1/4), Y = (1, 0):  1/2 (1/16 + 1/16)
    CHECK_THAT(of_outputs<Sigmoid>({ln3, -ln3}, {1, 0}, SquaredError{}),
               WithinAbs(1.0 / 16, 1e-16));
    // Yhat = (2, 1, 1) / 4, Y = (0, 1, 0):  1/2 (4 + 9 + 1) / 16
    CHECK_THAT(of_outputs<Softmax>({ln2, 0, 0}, {0, 1, 0}, SquaredError{}),
               WithinAbs(7.0 / 16, 1e-15));
    CHECK(of_outputs<Identity>({3, -1}, {1, 0}, SquaredError{}) == 2.5);
}

TEST_CASE("loss: cross-entropy, by hand", "[policies][loss]") {
    // -log 3/4 - log 3/4, and half of each for Y = 1/2
    CHECK_THAT(of_outputs<Sigmoid>({ln3, -ln3}, {1, 0}, CrossEntropy{}),
               WithinAbs(-2 * std::log(0.75), 1e-15));
    CHECK_THAT(of_outputs<Sigmoid>({ln3}, {0.5}, CrossEntropy{}),
               WithinAbs(-0.5 * std::log(0.75) - 0.5 * std::log(0.25), 1e-15));
    // Yhat = (2, 1, 1) / 4
    CHECK_THAT(of_outputs<Softmax>({ln2, 0, 0}, {0, 1, 0}, CrossEntropy{}),
               WithinAbs(2 * ln2, 1e-15));
    CHECK_THAT(of_outputs<Softmax>({ln2, 0, 0}, {0.5, 0.5, 0}, CrossEntropy{}),
               WithinAbs(1.5 * ln2, 1e-15));
}

TEST_CASE("loss: a softmax over two outputs equals a sigmoid of their difference",
          "[policies][loss]") {
    for (const double o : {-30.0, -1.0, 0.0, 2.0, 25.0, 800.0})
        for (const double y : {0.0, 0.25, 1.0}) {
            const double one = of_outputs<Sigmoid>({o}, {y}, CrossEntropy{});
            const double two = of_outputs<Softmax>({o, 0}, {y, 1 - y}, CrossEntropy{});
            INFO("o = " << o << ", y = " << y);
            CHECK(std::abs(one - two) <= 4 * std::numeric_limits<double>::epsilon() * one);
        }
}

TEST_CASE("loss: cross-entropy is smallest at Yhat = Y, and is the entropy of Y there",
          "[policies][loss]") {
    const double entropy = -0.75 * std::log(0.75) - 0.25 * std::log(0.25);
    CHECK_THAT(of_outputs<Sigmoid>({ln3}, {0.75}, CrossEntropy{}), WithinAbs(entropy, 1e-15));
    CHECK(of_outputs<Sigmoid>({ln3 + 0.01}, {0.75}, CrossEntropy{}) > entropy);
    CHECK(of_outputs<Sigmoid>({ln3 - 0.01}, {0.75}, CrossEntropy{}) > entropy);
}

TEST_CASE("loss: works for any number of outputs", "[policies][loss]") {
    // Fewer and more outputs than are summed at a time.
    const Index K = GENERATE(1, 63, 64, 65, 150);
    std::mt19937 generator(3);
    TwoLayerNet<double> net({.inputs = 2, .hidden = 3, .outputs = K, .biases = false});
    net.randomize(generator);
    const Matrix<double> X = test::draw<double>(generator, 4, 2, -1, 1);
    const Matrix<double> Y = test::draw<double>(generator, 4, K, 0, 1);
    const Eigen::ArrayXXd Yhat = net.predict(X), T = Y;
    const double squares = (Yhat - T).square().sum() / 8;
    const double entropy = -(T * Yhat.log() + (1 - T) * (1 - Yhat).log()).sum() / 4;
    const double eps = std::numeric_limits<double>::epsilon();
    INFO(K << " outputs");
    const double loss = mean_loss(net, X, Y);
    // Terms of one sign, each rounded a few times, in sums of at most 64.
    CHECK(std::abs(loss - squares) < 8 * eps * squares);
    CHECK(std::abs(mean_loss(net, X, Y, CrossEntropy{}) - entropy) < 8 * eps * entropy);
}

TEMPLATE_TEST_CASE("loss: a million float samples keep their digits", "[policies][loss][slow]",
                   Sigmoid, Softmax) {
    // All samples have the same loss. The mean of a float sum of 2^20 of them would differ.
    const Index N = Index(1) << 20, K = TestType::min_outputs;
    TwoLayerNet<float, TestType> net({.inputs = 1, .hidden = 1, .outputs = K, .biases = false});
    net.weights().W2().setConstant(0.7f);
    net.weights().W2()(0, 0) = -0.9f;
    const Matrix<float> X = Matrix<float>::Ones(N, 1);
    Matrix<float> Y = Matrix<float>::Zero(N, K);
    Y.col(0).setOnes();

    const auto keeps = [&](auto policy) {
        const float one = mean_loss(net, X.topRows(1), Y.topRows(1), policy);
        float drifting = 0;
        for (Index n = 0; n < N; ++n) drifting += one;
        const float eps = std::numeric_limits<float>::epsilon();
        INFO("loss " << one << ", a float sum has " << drifting / float(N));
        REQUIRE(std::abs(drifting / float(N) - one) > 20 * eps * one);  // loses more than one digit
        CHECK(std::abs(mean_loss(net, X, Y, policy) - one) <= eps * one);
        const Vector<float> w = Vector<float>::Constant(N, 0.1f);
        CHECK(std::abs(mean_loss(net, X, Y, policy, w) - one) <= eps * one);
    };
    keeps(SquaredError{});
    keeps(CrossEntropy{});
}
