// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/model/model.hpp>
#include <twolayer/network/net.hpp>

#include <limits>

namespace twolayer::test {

/// A bound, N x K, on the difference between predictions of two programs that differ in rounding:
///
///     4 (D + M + 8) eps (1 + sum_m |Z_m W2_mk| + (|x| |W1|)_m |W2_mk| / 4)
///
/// for X scaled for the network, N x D, multiplied by the deviation of the target.
template <typename Net>
Matrix<double> rounding_bound(const Model<Net>& model, const Matrix<typename Net::Scalar>& X) {
    const auto size = [](const auto& A) {
        return Matrix<double>(A.template cast<double>().cwiseAbs());
    };
    const auto& weights = model.net.weights();
    const Matrix<double> Z =
        size(model.net.forward(X).Z) + size(X).lazyProduct(size(weights.W1())) / 4;
    const Matrix<double> sums = Z.lazyProduct(size(weights.W2()));
    const auto& [D, M, K, biases] = model.net.shape();
    const double eps = double(std::numeric_limits<typename Net::Scalar>::epsilon());
    return 4 * double(D + M + 8) * eps * (sums.array() + 1).matrix() *
           size(model.targets.deviation()).row(0).asDiagonal();
}

}  // namespace twolayer::test
