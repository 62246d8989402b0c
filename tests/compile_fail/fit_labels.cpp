// SPDX-License-Identifier: MIT
#include <twolayer.hpp>

int main() {
    const twolayer::Matrix<double> X{{1}, {2}};
    const std::vector<int> labels{0, 1};
    twolayer::TwoLayerNet<double> net({1, 1, 1});
    fit(net, X, labels, twolayer::Adam{}, {.epochs = 3});
}
