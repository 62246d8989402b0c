// SPDX-License-Identifier: MIT

#include <twolayer.hpp>

using namespace twolayer;

int main() {
    const Matrix<double> X = Matrix<double>::Random(9, 5);
    const std::vector<int> labels{0, 1, 0, 1, 0, 1, 0, 1, 0};
    return fit_classifier(X, labels).report.fit.epochs > 0 ? 0 : 1;
}
