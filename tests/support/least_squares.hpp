// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/policies/loss.hpp>

#include <array>
#include <cstddef>
#include <functional>

#include "support/hyper_dual.hpp"

namespace twolayer::test {

/// f(theta) = 1/2 |r(theta)|^2, with n parameters, m residuals r and their Jacobian J, m x n:
///
///     gradient = J^T r      A = J^T J      Hessian = A + sum_i r_i d2r_i/dtheta2
///
/// `residuals(x, r)` reads n numbers and writes m, and is generic in their type. With hyper-dual
/// numbers, it gives exact derivatives. No evaluation uses the heap.
template <typename Scalar>
class LeastSquares {
public:
    /// m is at most 20, and n at most m.
    template <typename Residuals>
    LeastSquares(Index n, Index m, Residuals residuals)
        : n_(n), m_(m), values_(residuals), numbers_(residuals) {}

    Scalar operator()(ConstTheta<Scalar> theta) const { return residuals(theta).squaredNorm() / 2; }

    Scalar operator()(ConstTheta<Scalar> theta, Theta<Scalar> gradient) const {
        gradient = jacobian(theta).transpose().lazyProduct(residuals(theta));
        return (*this)(theta);
    }

    /// Writes only the lower triangle of A.
    Scalar operator()(ConstTheta<Scalar> theta, Theta<Scalar> gradient, Matrix<Scalar>& A) const {
        const auto J = jacobian(theta);
        for (Index j = 0; j < n_; ++j)
            for (Index k = 0; k <= j; ++k) A(j, k) = J.col(j).dot(J.col(k));
        return (*this)(theta, gradient);
    }

    /// product = B v, with B the Hessian or A.
    void product(Curvature curvature, ConstTheta<Scalar> theta, ConstTheta<Scalar> v,
                 Theta<Scalar> product) const {
        for (Index j = 0; j < n_; ++j) {
            const auto r = derivatives(theta, j, v);
            product(j) = 0;
            for (std::size_t i = 0; i < std::size_t(m_); ++i) {
                product(j) += r[i].a * r[i].b;
                if (curvature == Curvature::hessian)
                    product(j) += r[i].value * r[i].ab;
            }
        }
    }

private:
    static constexpr int most = 20;
    using Number = HyperDual<Scalar>;
    using Numbers = std::array<Number, std::size_t(most)>;

    Eigen::Matrix<Scalar, Dynamic, 1, 0, most, 1> residuals(const ConstTheta<Scalar>& theta) const {
        Eigen::Matrix<Scalar, Dynamic, 1, 0, most, 1> r(m_);
        values_(theta.data(), r.data());
        return r;
    }

    Eigen::Matrix<Scalar, Dynamic, Dynamic, 0, most, most> jacobian(
        const ConstTheta<Scalar>& theta) const {
        Eigen::Matrix<Scalar, Dynamic, Dynamic, 0, most, most> J(m_, n_);
        for (Index j = 0; j < n_; ++j) {
            const auto r = derivatives(theta, j, theta);
            for (Index i = 0; i < m_; ++i) J(i, j) = r[std::size_t(i)].a;
        }
        return J;
    }

    /// The residuals, with their derivatives with respect to theta_j in a and along v in b.
    Numbers derivatives(const ConstTheta<Scalar>& theta, Index j,
                        const ConstTheta<Scalar>& v) const {
        Numbers x, r;
        for (Index k = 0; k < n_; ++k) x[std::size_t(k)] = {theta(k), Scalar(k == j), v(k), 0};
        numbers_(x.data(), r.data());
        return r;
    }

    Index n_, m_;
    std::function<void(const Scalar*, Scalar*)> values_;
    std::function<void(const Number*, Number*)> numbers_;
};

}  // namespace twolayer::test
