// SPDX-License-Identifier: MIT
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>

int main() {
    const twolayer::Matrix<double> X{{1}}, Y{{1}};
    const twolayer::TwoLayerNet<double, twolayer::Identity> net({1, 1, 1});
    return twolayer::mean_loss(net, X, Y, twolayer::CrossEntropy{}) < 0;
}
