// SPDX-License-Identifier: MIT
//
// Learn exclusive-or by plain gradient descent:  theta <- theta - eta dL/dtheta.

#include <cstdio>
#include <random>
#include <twolayer.hpp>

using twolayer::CrossEntropy, twolayer::Matrix, twolayer::TwoLayerNet;

int main() {
    const Matrix<double> X{{0, 0}, {0, 1}, {1, 0}, {1, 1}};
    const Matrix<double> Y{{0}, {1}, {1}, {0}};

    TwoLayerNet<double> net({.inputs = 2, .hidden = 4, .outputs = 1});
    std::mt19937 generator(1);
    net.randomize(generator);

    const double eta = 2.0;
    std::puts(" step        L   |dL/dtheta|");
    for (int step = 0; step <= 2000; ++step) {
        const auto [L, gradient] = loss_and_gradient(net, X, Y, CrossEntropy{});
        if (step % 400 == 0)
            std::printf("%5d  %7.4f  %12.4f\n", step, L, gradient.theta().norm());
        net.weights().theta() -= eta * gradient.theta();
    }

    const Matrix<double> Yhat = net.predict(X);
    std::puts("\n x1 xor x2    target  prediction");
    for (int n = 0; n < 4; ++n)
        std::printf("%3.0f xor %1.0f  %9.0f  %10.3f\n", X(n, 0), X(n, 1), Y(n, 0), Yhat(n, 0));

    const bool learned = (Yhat - Y).cwiseAbs().maxCoeff() < 0.05;
    return learned ? 0 : 1;
}
