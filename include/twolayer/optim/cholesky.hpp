// SPDX-License-Identifier: MIT
//
// A Cholesky factorization that can be interrupted.
#pragma once

#include <twolayer/core/types.hpp>
#include <twolayer/optim/minimizer.hpp>

#include <Eigen/Cholesky>
#include <algorithm>

namespace twolayer::detail {

/// Between parts of long work for f: f.look(), where f has it, may throw to end the work.
template <typename F>
void look(const F& f) {
    if constexpr (requires { f.look(); })
        f.look();
}

/// The lower triangle of A, P x P, becomes L with L L^T = A; false if A is not positive definite.
/// Calls look(f) before each panel of columns of a matrix of more than `at_once`; to take a panel
/// off the columns behind it are 64 P^2 / 2 multiplications at most. No product of full matrices,
/// which Eigen would compute by all cores where OpenMP is there.
template <SizedReal Scalar, typename F>
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

}  // namespace twolayer::detail
