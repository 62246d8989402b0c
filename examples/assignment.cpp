// SPDX-License-Identifier: MIT
//
// Compares the derivation by hand with the library: deltas and gradients for given weights, and
// finite differences.

#include <cstdio>
#include <twolayer.hpp>

int main() {
    const Eigen::MatrixXd X{{0.2, -0.7}, {-0.4, 0.9}, {0.8, 0.3}, {-0.6, -0.1}};  // N x D
    const Eigen::MatrixXd Y{{1}, {0}, {1}, {0}};                                  // N x K
    const Eigen::MatrixXd W1{{0.5, -1.0, 0.3}, {1.2, 0.4, -0.8}};                 // D x M
    const Eigen::MatrixXd W2{{0.7}, {-0.2}, {1.1}};                               // M x K
    const twolayer::TwoLayerNet net(W1, W2);

    const auto [H, Z, O, Yhat] = net.forward(X);
    const auto [delta2, delta1, dW1, db1, dW2, db2] = backward(net, X, Y);

    const Eigen::ArrayXXd yhat = Yhat.array(), z = Z.array();
    const Eigen::MatrixXd delta2_by_hand = (yhat - Y.array()) * yhat * (1 - yhat) / 4;
    const Eigen::MatrixXd delta1_by_hand = (delta2 * W2.transpose()).array() * z * (1 - z);
    const double error = (delta2 - delta2_by_hand).norm() + (delta1 - delta1_by_hand).norm() +
                         (dW1 - X.transpose() * delta1).norm() +
                         (dW2 - Z.transpose() * delta2).norm();
    const bool checked = check_gradient(net, X, Y).passed;  // by finite differences
    std::printf("L = %.6f, the formulas differ by %.0e, finite differences %s\n",
                mean_loss(net, X, Y), error, checked ? "agree" : "DISAGREE");
    return error < 1e-15 && checked ? 0 : 1;
}
