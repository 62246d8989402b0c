// SPDX-License-Identifier: MIT
#include <twolayer/data/labels.hpp>

#include <algorithm>
#include <vector>

#include "catch.hpp"
#include "train/every_method.hpp"

using namespace twolayer;

namespace {

/// The inputs of the surface with classes of 14, 2 and 7 samples, or two classes in one column.
struct Classes {
    test::Task task;
    std::vector<int> labels;
    Matrix<double> Y;
    TwoLayerNet<double, Sigmoid> net;

    explicit Classes(Index K) : net({.inputs = 3, .hidden = 4, .outputs = K}) {
        for (int n = 0; n < 23; ++n) labels.push_back(n < 14 ? 0 : n < 16 ? 1 : K == 1 ? 1 : 2);
        Y = one_hot<double>(labels, K == 1 ? 2 : 3);
        if (K == 1)
            Y = Y.rightCols(1).eval();
        std::mt19937 generator(6);
        net.randomize(generator);
    }

    /// Trains for a few epochs and returns the losses.
    std::vector<double> train(const std::vector<double>& w, const FitOptions& options) {
        return fit(net, task.X, Y, SquaredError{}, w, Adam{.learning_rate = 0.05}, options).losses;
    }
};

}  // namespace

TEST_CASE("class weights: act like factors of the sample weights", "[train][class_weights]") {
    const Index K = GENERATE(1, 3);
    const bool weighted = GENERATE(false, true);
    const std::vector<double> factors =
        K == 1 ? std::vector<double>{2, 0.25} : std::vector<double>{2, 0.25, 3};
    std::vector<double> w(23, 1), product(23);
    if (weighted)
        for (std::size_t n = 0; n < 23; ++n) w[n] = double(n % 4);
    Classes by_class(K), by_sample(K), plain(K);
    for (std::size_t n = 0; n < 23; ++n)
        product[n] = w[n] * factors[std::size_t(by_class.labels[n])];
    const auto a = by_class.train(weighted ? w : std::vector<double>{},
                                  {.epochs = 10, .batch_size = 5, .class_weights = factors});
    const auto b = by_sample.train(product, {.epochs = 10, .batch_size = 5});
    CHECK(a == b);
    CHECK(by_class.net.weights().theta() == by_sample.net.weights().theta());
    plain.train(w, {.epochs = 10, .batch_size = 5});
    CHECK(test::relative_distance(plain.net.weights().theta(), by_class.net.weights().theta()) >
          0.01);
}

TEST_CASE("class weights: balanced is one over the total weight of each class",
          "[train][class_weights]") {
    const Index K = GENERATE(1, 3);
    Classes balanced(K), by_class(K);
    std::vector<double> w(23);
    for (std::size_t n = 0; n < 23; ++n) w[n] = double(1 + n % 3);
    std::vector<double> factors(K == 1 ? 2 : 3, 0);
    for (std::size_t n = 0; n < 23; ++n) factors[std::size_t(balanced.labels[n])] += w[n];
    for (double& f : factors) f = 1 / f;
    const auto a = balanced.train(w, {.epochs = 10, .balanced = true});
    const auto b = by_class.train(w, {.epochs = 10, .class_weights = factors});
    CHECK(a == b);
    CHECK(balanced.net.weights().theta() == by_class.net.weights().theta());
}

TEST_CASE("class weights: the losses of the report use them", "[train][class_weights]") {
    Classes c(3);
    const auto start = c.net;
    std::vector<double> w(23);
    const std::vector<double> factors{0, 1, 5};
    for (std::size_t n = 0; n < 23; ++n) w[n] = factors[std::size_t(c.labels[n])];
    const auto losses = c.train({}, {.epochs = 1, .class_weights = factors});
    CHECK(losses[0] == mean_loss(start, c.task.X, c.Y, SquaredError{}, w));
}

TEST_CASE("class weights: a rare class is learned if classes are balanced",
          "[train][class_weights]") {
    // One sample in ten is of class 1, and the inputs are constant: the network predicts how likely
    // class 1 is.
    TwoLayerNet<double> net({1, 2, 1}), balanced({1, 2, 1});
    const Matrix<double> X = Matrix<double>::Zero(10, 1);
    Matrix<double> Y = Matrix<double>::Zero(10, 1);
    Y(3, 0) = 1;
    const GradientDescent method{.learning_rate = 2, .momentum = 0.9};
    fit(net, X, Y, SquaredError{}, method, {.epochs = 2000});
    fit(balanced, X, Y, SquaredError{}, method, {.epochs = 2000, .balanced = true});
    CHECK(std::abs(net.predict(X)(0, 0) - 0.1) < 1e-3);
    CHECK(std::abs(balanced.predict(X)(0, 0) - 0.5) < 1e-3);
}
