// SPDX-License-Identifier: MIT
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>

int main() {
    const twolayer::Matrix<double> X{{1}}, Y{{1}};
    const twolayer::TwoLayerNet<double> net({1, 1, 1});
    const auto dW1 = loss_and_gradient(net, X, Y).gradient.W1();
    return dW1(0, 0) < 0;
}
