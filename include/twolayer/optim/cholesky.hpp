// SPDX-License-Identifier: MIT
// A Cholesky factorization that can be interrupted, and the diagonal of the inverse.
#pragma once

#include <twolayer/base/types.hpp>

#include <Eigen/Cholesky>
#include <algorithm>

namespace twolayer::detail {

/// Called between parts of long work: calls f.look(), if f has it, which may throw to end the work.
template <typename F>
void look(const F& f) {
    if constexpr (requires { f.look(); })
        f.look();
}

/// Replaces the lower triangle of A, P x P, by L with L L^T = A; returns false if A is not positive
/// definite. If A has more than `at_once` columns, calls look(f) before each panel of columns;
/// subtracting a panel from the columns after it takes at most 64 P^2 / 2 multiplications. Uses no
/// product of full matrices, which Eigen would compute on all cores with OpenMP.
template <Real Scalar, typename F>
bool factorize(Matrix<Scalar>& A, const F& f, Index at_once = 1024) {
    constexpr Index panel = 64;
    const auto cholesky = [](auto& block) {
        return Eigen::LLT<Eigen::Ref<Matrix<Scalar>>>(block).info() ==
               Eigen::ComputationInfo{};  // Success, which X11 makes a macro
    };
    look(f);
    if (A.rows() <= at_once)
        return cholesky(A);
    for (Index k = 0; k < A.rows(); k += panel) {
        look(f);
        const Index columns = (std::min)(panel, A.rows() - k), below = A.rows() - k - columns;
        auto diagonal = A.block(k, k, columns, columns);
        auto rows = A.block(k + columns, k, below, columns);
        if (!cholesky(diagonal))
            return false;
        diagonal.template triangularView<Eigen::Lower>()
            .transpose()
            .template solveInPlace<Eigen::OnTheRight>(rows);
        A.bottomRightCorner(below, below)
            .template selfadjointView<Eigen::Lower>()
            .rankUpdate(rows, Scalar(-1));
    }
    return true;
}

/// Sets the lower triangle of `factor` to L with L L^T = A + shift I; returns false if that matrix
/// is not positive definite.
template <Real Scalar, typename F>
bool factorize(const Matrix<Scalar>& A, const Scalar& shift, Matrix<Scalar>& factor, const F& f) {
    factor.template triangularView<Eigen::Lower>() = A;
    factor.diagonal().array() += shift;
    return factorize(factor, f);
}

/// The diagonal of (L L^T)^-1 = V^T V with V = L^-1, which replaces L column by column, starting
/// with the last. `diagonal` and `scratch` have P entries.
template <Real Scalar, typename F>
void take_inverse_diagonal(Matrix<Scalar>& L, Vector<Scalar>& diagonal, Vector<Scalar>& scratch,
                           const F& f) {
    for (Index j = L.cols() - 1; j >= 0; --j) {
        look(f);
        const Index below = L.rows() - 1 - j;
        const Scalar v = Scalar(1) / L(j, j);
        auto column = scratch.head(below);
        column.noalias() =
            L.bottomRightCorner(below, below).template triangularView<Eigen::Lower>() *
            L.col(j).tail(below);
        L(j, j) = v;
        L.col(j).tail(below) = -v * column;
    }
    for (Index j = 0; j < L.cols(); ++j) diagonal(j) = L.col(j).tail(L.rows() - j).squaredNorm();
}

}  // namespace twolayer::detail
