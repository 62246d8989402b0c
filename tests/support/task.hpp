// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/network/net.hpp>

#include <Eigen/QR>
#include <cmath>
#include <random>

#include "support/draw.hpp"

namespace twolayer::test {

/// What tests train on: a smooth surface with noise, N = 23, D = 3, K = 2, and a net with M = 4.
struct Task {
    using Net = TwoLayerNet<double>;
    static constexpr double noise = 0.05;  ///< the largest, every size up to it equally likely

    Matrix<double> X;  ///< 23 x 3
    Matrix<double> Y;  ///< 23 x 2, between 0.1 and 0.9
    Net net{{.inputs = 3, .hidden = 4, .outputs = 2}};

    Task() {
        std::mt19937 generator(8);
        X = draw<double>(generator, 23, 3, -1, 1);
        Y = draw<double>(generator, 23, 2, -noise, noise);
        for (Index n = 0; n < 23; ++n) {
            Y(n, 0) += 0.5 + 0.3 * std::sin(2 * X(n, 0) - X(n, 1));
            Y(n, 1) += 0.5 + 0.3 * X(n, 1) * X(n, 2);
        }
        net.randomize(generator);
    }

    /// Zero or one, by the side of 1/2 on which the surface lies.
    Matrix<double> classes() const { return (Y.array() > 0.5).cast<double>(); }
};

/// The least squared error of predictions [X 1] B: what is left where nothing curved is learned.
inline double loss_of_plane(const Matrix<double>& X, const Matrix<double>& Y) {
    Matrix<double> A(X.rows(), X.cols() + 1);
    A << X, Vector<double>::Ones(X.rows());
    const Matrix<double> B = A.colPivHouseholderQr().solve(Y);
    return (A * B - Y).squaredNorm() / double(2 * X.rows());
}

}  // namespace twolayer::test
