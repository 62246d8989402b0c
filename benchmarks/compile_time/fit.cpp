// SPDX-License-Identifier: MIT

#include <twolayer.hpp>

using namespace twolayer;

int main() {
    const Matrix<double> X = Matrix<double>::Random(9, 5), Y = Matrix<double>::Random(9, 2);
    TwoLayerNet<double> net({.inputs = 5, .hidden = 4, .outputs = 2, .biases = false});
    return fit(net, X, Y, Adam{}).epochs > 0 ? 0 : 1;
}
