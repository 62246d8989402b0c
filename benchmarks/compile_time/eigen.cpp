// SPDX-License-Identifier: MIT
// The reference for the other files: one product and one Cholesky factorization.

#include <Eigen/Dense>

int main() {
    const Eigen::MatrixXd X = Eigen::MatrixXd::Random(9, 5);
    const Eigen::MatrixXd A = X.transpose() * X;
    return A.llt().info() == Eigen::Success ? 0 : 1;
}
