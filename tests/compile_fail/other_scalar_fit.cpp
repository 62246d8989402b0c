// SPDX-License-Identifier: MIT
#include <twolayer/optim/adam.hpp>
#include <twolayer/train/fit.hpp>

int main() {
    const twolayer::Matrix<float> X{{1}};
    const twolayer::Matrix<double> Y{{1}};
    twolayer::TwoLayerNet<float> net({1, 1, 1});
    fit(net, X, Y, twolayer::CrossEntropy{}, twolayer::Adam{});
}
