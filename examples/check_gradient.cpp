// SPDX-License-Identifier: MIT
//
// Compares the closed-form gradient with central differences, weight by weight, for a small
// network: D = 2 inputs, M = 3 hidden units, K = 1 output, N = 4 samples.

#include <cstdio>
#include <random>
#include <twolayer.hpp>

using twolayer::Index, twolayer::Matrix, twolayer::TwoLayerNet;

namespace {

using Net = TwoLayerNet<double>;

double L(const Net& net, const Matrix<double>& X, const Matrix<double>& Y) {
    return mean_loss(net, X, Y);  // 1/(2N) sum_n sum_k (Yhat_nk - Y_nk)^2
}

/// Prints dL/dW for one of W1, b1, W2 and b2, which `window` returns from Weights.
template <typename Window>
void compare(const char* name, Net net, const Matrix<double>& X, const Matrix<double>& Y,
             Window window) {
    const auto gradient = loss_and_gradient(net, X, Y).gradient;
    const auto closed = window(gradient);
    auto W = window(net.weights());

    const double h = 1e-5;
    for (Index i = 0; i < W.rows(); ++i)
        for (Index j = 0; j < W.cols(); ++j) {
            const double centre = W(i, j);
            W(i, j) = centre + h;
            const double above = L(net, X, Y);
            W(i, j) = centre - h;
            const double below = L(net, X, Y);
            W(i, j) = centre;
            std::printf("%s(%td,%td)  %+.10f  %+.10f\n", name, i, j, closed(i, j),
                        (above - below) / (2 * h));
        }
}

}  // namespace

int main() {
    const Matrix<double> X{{0.2, -0.7}, {-0.4, 0.9}, {0.8, 0.3}, {-0.6, -0.1}};
    const Matrix<double> Y{{1}, {0}, {1}, {0}};

    Net net({.inputs = 2, .hidden = 3, .outputs = 1});
    std::mt19937 generator(1);
    net.randomize(generator);

    std::puts("weight    closed form    (L(theta + h) - L(theta - h)) / 2h");
    compare("W1", net, X, Y, [](auto& weights) { return weights.W1(); });
    compare("b1", net, X, Y, [](auto& weights) { return weights.b1(); });
    compare("W2", net, X, Y, [](auto& weights) { return weights.W2(); });
    compare("b2", net, X, Y, [](auto& weights) { return weights.b2(); });

    const auto check = check_gradient(net, X, Y);
    std::printf("\nloss %.6f, largest relative error %.1e, |difference| / |gradient| %.1e\n",
                check.loss, check.largest_relative_error, check.normwise_relative_error);
    std::printf("worst: %.*s(%td,%td) by %.1e, allowed %.1e\n", int(check.worst.layer.size()),
                check.worst.layer.data(), check.worst.row, check.worst.column,
                check.worst.closed_form - check.worst.numeric, check.worst.allowed);
    std::puts(check.passed ? "passed" : "FAILED");
    return check.passed ? 0 : 1;
}
