// SPDX-License-Identifier: MIT
//
// Trains without exceptions. Then an invalid argument calls the hook, which exits with status 0.

#include <cstdlib>
#include <random>
#include <twolayer.hpp>

using namespace twolayer;

int main() {
    TwoLayerNet<double> net({.inputs = 2, .hidden = 3, .outputs = 1});
    std::mt19937 generator(1);
    net.randomize(generator);
    const Matrix<double> X{{0, 0}, {0, 1}, {1, 0}, {1, 1}}, Y{{0}, {1}, {1}, {1}};
    fit(net, X, Y, CrossEntropy{}, Adam{.learning_rate = 0.1}, {.epochs = 200});
    if (!(mean_loss(net, X, Y, CrossEntropy{}) < 0.1))
        return 1;

    fail_hook = [] { std::exit(0); };
    net.predict(X.leftCols(1));
    return 2;  // the hook was not called
}
