// SPDX-License-Identifier: MIT
//
// Prints both passes of a 3 - 2 - 1 network over two samples, to check with a pocket calculator.

#include <iomanip>
#include <iostream>
#include <twolayer.hpp>
#include <twolayer/plain.hpp>

using twolayer::plain::Matrix, twolayer::plain::Row;

int main() {
    const Matrix<double> X{{1, 0, 2}, {0, 1, -1}};  // N x D
    const Matrix<double> Y{{1}, {0}};               // N x K
    const twolayer::plain::Weights<double> weights{.W1 = Matrix<double>{{1, -1}, {2, 0}, {0, 1}},
                                                   .b1 = Row<double>{{0, -1}},
                                                   .W2 = Matrix<double>{{1}, {-2}},
                                                   .b2 = Row<double>{{0.5}}};
    const auto [H, Z, O, Yhat] = forward(weights, X);
    const auto [delta2, delta1, dW1, db1, dW2, db2] = backward(weights, X, Y);

    std::cout << std::fixed << std::setprecision(4);
    std::cout << "(1) H = X W1 + 1 b1\n" << H << "\n(2) Z = sigma(H)\n" << Z;
    std::cout << "\n(3) O = Z W2 + 1 b2\n" << O << "\n(4) Yhat = sigma(O)\n" << Yhat;
    std::cout << "\n(5) L = 1/(2N) sum (Yhat - Y)^2\n" << mean_loss(weights, X, Y);
    std::cout << "\n(6) delta2 = 1/N (Yhat - Y) .* Yhat .* (1 - Yhat)\n" << delta2;
    std::cout << "\n(7) delta1 = (delta2 W2^T) .* Z .* (1 - Z)\n" << delta1;
    std::cout << "\n(8) dL/dW2 = Z^T delta2\n" << dW2 << "\n    dL/db2 = 1^T delta2\n" << db2;
    std::cout << "\n(9) dL/dW1 = X^T delta1\n" << dW1 << "\n    dL/db1 = 1^T delta1\n" << db1;

    const twolayer::TwoLayerNet net(weights.W1, weights.b1, weights.W2, weights.b2);
    const auto fast = twolayer::backward(net, X, Y);
    const double gap = (fast.dW1 - dW1).norm() + (fast.db1 - db1).norm() + (fast.dW2 - dW2).norm() +
                       (fast.db2 - db2).norm();
    std::cout << "\nThe library " << (gap < 1e-15 ? "agrees" : "DISAGREES") << ".\n";
    return gap < 1e-15 ? 0 : 1;
}
