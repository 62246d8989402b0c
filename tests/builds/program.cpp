// SPDX-License-Identifier: MIT
//
// Uses a little of every part of the library. `run` builds it with all flags that change what a
// compiler or Eigen does. Each output line has a name, the allowed difference from the number of
// the plain build, and the number.
//
//     program MINE [PLAIN]     saves a network to MINE, loads it, and loads that of the plain build

#include <twolayer/files/safetensors.hpp>
#include <twolayer/network/check_gradient.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/adam.hpp>
#include <twolayer/tables/table.hpp>
#include <twolayer/train/fit.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <stdexcept>

using namespace twolayer;

namespace {

bool right = true;

void print(const char* name, double allowed, double value) {
    std::printf("%s %g %.17g\n", name, allowed, value);
}

void expect(bool holds, const char* what) {
    if (!holds)
        std::printf("wrong: %s\n", what);
    right &= holds;
}

template <typename Call>
void expect_refused(const char* what, Call call) {
    bool refused = false;
    try {
        call();
    } catch (const std::invalid_argument&) {
        refused = true;
    }
    expect(refused, what);
}

/// Numbers in [-1, 1] without a pattern, the same on every platform.
template <typename Scalar>
Matrix<Scalar> numbers(Index rows, Index columns, unsigned seed) {
    Matrix<Scalar> A(rows, columns);
    for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < columns; ++j) {
            seed = seed * 1664525u + 1013904223u;
            A(i, j) = Scalar(int(seed >> 16) - 32768) / Scalar(32768);
        }
    return A;
}

template <typename Net>
Net network(Index scale) {
    using Scalar = typename Net::Scalar;
    Net net({.inputs = 3, .hidden = 13, .outputs = 2});
    net.weights().W1() = numbers<Scalar>(3, 13, 1) * Scalar(scale);
    net.weights().b1() = numbers<Scalar>(1, 13, 2);
    net.weights().W2() = numbers<Scalar>(13, 2, 3) * Scalar(scale);
    net.weights().b2() = numbers<Scalar>(1, 2, 4);
    return net;
}

/// Compares predictions of many rows and of one row with the formula; checks loss and gradient.
template <typename Net>
void predict(const char* name) {
    using Scalar = typename Net::Scalar;
    // Sums of 13 terms below 4 in size, including H, itself a sum: fewer than 64 roundings.
    const double eps = double(Eigen::NumTraits<Scalar>::epsilon()), allowed = 64 * eps;
    const Net net = network<Net>(4);
    const Matrix<Scalar> X = numbers<Scalar>(23, 3, 5);
    const Eigen::Matrix<Scalar, Dynamic, Dynamic> Yhat = net.predict(X);  // in the build's order
    double farthest = 0, apart = 0;
    for (Index n = 0; n < X.rows(); ++n) {
        double o[2] = {double(net.weights().b2()(0)), double(net.weights().b2()(1))};
        for (Index m = 0; m < 13; ++m) {
            double h = double(net.weights().b1()(m));
            for (Index d = 0; d < 3; ++d) h += double(X(n, d)) * double(net.weights().W1()(d, m));
            for (Index k = 0; k < 2; ++k)
                o[k] += double(net.weights().W2()(m, k)) / (1 + std::exp(-h));
        }
        const bool softmax = std::is_same_v<typename Net::Output, Softmax>;
        const double yhat = 1 / (1 + std::exp(softmax ? o[1] - o[0] : -o[0]));
        const Vector<Scalar> x = X.row(n).transpose();
        farthest = std::fmax(farthest, std::fabs(double(Yhat(n, 0)) - yhat));
        apart = std::fmax(apart, std::fabs(double(Yhat(n, 0) - net.predict_one(x)(0))));
    }
    expect(farthest < allowed, "predict is not sigma(sigma(X W1) W2)");
    expect(apart < allowed, "predict_one is not predict");
    std::printf("%s\n", name);
    print("prediction", allowed, double(Yhat(7, 1)));

    Matrix<Scalar> Y(23, 2);
    for (Index n = 0; n < 23; ++n) Y(n, 0) = Scalar(n % 2), Y(n, 1) = Scalar(1 - n % 2);
    const auto both = loss_and_gradient(net, X, Y, CrossEntropy{});
    print("loss", allowed, double(both.loss));
    const auto theta = both.gradient.theta();
    for (Index i = 0; i < theta.size(); i += 9) print("slope", allowed, double(theta(i)));
    if constexpr (std::is_same_v<Net, TwoLayerNet<double, Sigmoid>>)
        expect(check_gradient(net, X, Y, CrossEntropy{}).passed, "check_gradient does not pass");
}

using Net = TwoLayerNet<double, Sigmoid>;

/// A few epochs each, so that rounding errors grow by less than a factor of a million.
void train() {
    const double allowed = 1e6 * std::numeric_limits<double>::epsilon();
    Matrix<double> X = numbers<double>(23, 3, 6), Y(23, 2);
    for (Index n = 0; n < 23; ++n)
        Y(n, 0) = 0.5 + 0.4 * X(n, 0) * X(n, 1), Y(n, 1) = 0.5 - 0.3 * X(n, 2) * X(n, 2);
    std::printf("train\n");
    Net net = network<Net>(1);
    Vector<double> weights = Vector<double>::Ones(23);
    const auto adam = fit(net, X, Y, CrossEntropy{}, weights, Adam{.learning_rate = 0.01},
                          {.epochs = 4, .batch_size = 5, .validation_fraction = 0.2});
    print("adam", allowed, adam.final_loss);
    expect(adam.stop_reason == StopReason::iteration_limit, "a fit ends before its last epoch");
    expect(adam.best_start == 0 && adam.losses.size() == 4, "a fit reports wrong starts or epochs");

    const double infinity = HUGE_VAL, nan = std::strtod("nan", nullptr);
    const auto refused = [&](const char* what, double& value, double bad) {
        const double good = value;
        value = bad;
        expect_refused(what, [&] { fit(net, X, Y, CrossEntropy{}, weights, Adam{}, {}); });
        value = good;
    };
    refused("NaN in X is accepted", X(3, 1), nan);
    refused("an infinite X is accepted", X(22, 2), -infinity);
    refused("NaN in Y is accepted", Y(0, 0), nan);
    refused("a NaN weight is accepted", weights(5), nan);
    refused("NaN in W1 is accepted", net.weights().W1()(1, 1), nan);
    const auto with = [&](const char* what, const Adam& method, const FitOptions& options) {
        expect_refused(what, [&] { fit(net, X, Y, CrossEntropy{}, weights, method, options); });
    };
    with("a NaN learning_rate is accepted", Adam{.learning_rate = nan}, {});
    with("a NaN beta1 is accepted", Adam{.beta1 = nan}, {});
    with("a NaN time_limit is accepted", {}, {.time_limit = nan});
    with("a NaN loss_goal is accepted", {}, {.loss_goal = nan});
    with("a NaN validation_fraction is accepted", {}, {.validation_fraction = nan});
}

void files(const char* mine, const char* plain) {
    const Net net = network<Net>(2);
    const auto same = [&net](const char* path) {
        const Net loaded = load<Net>(path);
        return loaded.weights().theta() == net.weights().theta();
    };
    save(mine, net);
    expect(same(mine), "a file is read wrongly");
    if (plain != nullptr)
        expect(same(plain), "the plain build's file is read wrongly");
}

/// Reads numbers in the notations of tables, which not every standard library can read.
void cells() {
    const auto is = [](const char* cell, double value) { return parse_number(cell) == value; };
    expect(is("1.5", 1.5) && is(" -2e-3 ", -2e-3) && is("+7", 7) && is("4.9e-324", 4.9e-324),
           "a number is read wrongly");
    expect(is("1e-400", 0) && is("-1e400", -HUGE_VAL), "an underflow or overflow is read wrongly");
    for (const char* cell : {"", "x", "1 2", "0x10", "+-1", "++1", "1,5", "1e", "."})
        expect(!parse_number(cell), cell);
}

}  // namespace

int main(int count, char** arguments) {
    predict<Net>("sigmoid of double");
    predict<TwoLayerNet<float, Softmax>>("softmax of float");
    train();
    cells();
    files(arguments[1], count > 2 ? arguments[2] : nullptr);
    return right ? 0 : 1;
}
