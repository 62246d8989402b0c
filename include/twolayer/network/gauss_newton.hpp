// SPDX-License-Identifier: MIT
// The Gauss-Newton matrix of the squared error.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/network/forward.hpp>
#include <twolayer/network/gauss_newton_blocks.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/jacobian.hpp>
#include <twolayer/network/loss_pair.hpp>
#include <twolayer/network/network.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace twolayer {

/// The squared error L, its gradient J^T diag(w) (Yhat - Y) / sum w and its Gauss-Newton matrix
/// J^T diag(w) J / sum w, with J = dYhat/dtheta.
template <Network Net>
struct GaussNewton {
    ScalarOf<Net> loss;
    WeightsOf<Net> gradient;
    Matrix<ScalarOf<Net>> matrix;  ///< P x P, symmetric, positive semidefinite
};

namespace detail {

/// Sums J^T diag(w) J / sum w tile by tile, without storing all of J, in one of two ways:
///
///     rows      A += J_t^T J_t for the rows J_t of a few samples, scaled by sqrt(w / sum w)
///     products  sums of products of inputs with products of hidden units, see GaussNewtonBlocks
///
/// The second way takes fewer operations for several outputs and many weights. A training may end
/// the work early: its watch throws when memory.look() calls it, between the parts.
template <Network Net>
class GaussNewtonSum {
    using Scalar = typename Net::Scalar;
    using Output = typename Net::Output;
    using Weights = typename Net::Weights;

public:
    explicit GaussNewtonSum(const Shape& shape) : slopes_(shape), blocks_(shape) {
        if (blocks_.pay())
            blocks_.allocate();
        else
            rows_.resize(std::max<Index>(256 / shape.outputs, 1) * shape.outputs, shape.size());
    }

    /// Writes the loss's gradient and the lower triangle of A, P x P. Returns the mean loss, also
    /// in the caller's units.
    LossPair<Scalar> operator()(const Net& net, const Samples<Scalar>& samples,
                                const Accumulator<Scalar>& total, TileMemory<Net>& memory,
                                Weights& gradient, Matrix<Scalar>& A) {
        using std::sqrt;
        const bool by_rows = rows_.size() > 0;
        const auto look = [&] { memory.look(); };
        A.setZero();
        blocks_.set_zero();
        const auto add = [&](const auto& weights, const auto& tile, const auto& part, int) {
            add_gradient<SquaredError, Output>(weights, tile, total, part);
            const Index K = tile.O.cols;
            Index used = 0;  // of the rows
            for (Index n = 0; n < tile.rows; ++n) {
                slopes_.template set<Output>(net.weights(), tile, n);
                const auto share = static_cast<Scalar>(tile.sample_weights(n, 0) / total);
                if (!by_rows) {
                    blocks_.add(tile, n, slopes_, share, look);
                    continue;
                }
                slopes_.write_rows(tile, n, net.shape().biases, Scalar(sqrt(share)),
                                   MatrixView(rows_).middle_rows(used, K));
                used += K;
                if (used == rows_.rows() || n + 1 == tile.rows)
                    add_product(rows_.topRows(std::exchange(used, 0)), look, A);
            }
            return weighted_losses<SquaredError, SquaredError, Output>(samples, tile);
        };
        const LossPair<Scalar> losses =
            sum_over_tiles(net.weights(), samples, memory, &gradient, {}, add);
        if (!by_rows)
            blocks_.write(A, look);
        return losses / total;
    }

private:
    /// A += J^T J in its lower triangle; for a large A, a few rows of J at a time.
    static void add_product(const auto& J, const auto& look, Matrix<Scalar>& A) {
        const Index at_once = A.rows() <= 2048 ? J.rows() : 64;
        for (Index first = 0; first < J.rows(); first += at_once) {
            look();
            const auto rows = J.middleRows(first, (std::min)(at_once, J.rows() - first));
            A.template selfadjointView<Eigen::Lower>().rankUpdate(rows.transpose());
        }
    }

    OutputSlopes<Scalar> slopes_;
    GaussNewtonBlocks<Scalar> blocks_;
    Eigen::Matrix<Scalar, Dynamic, Dynamic, Eigen::RowMajor> rows_;
};

}  // namespace detail

/// The Gauss-Newton matrix of the squared error, with loss and gradient, summed over tiles without
/// storing all of J. Throws as mean_loss().
template <Network Net>
GaussNewton<Net> gauss_newton(const Net& net, MatrixFor<Net> X, MatrixFor<Net> Y, SquaredError = {},
                              VectorFor<Net> sample_weights = {}) {
    using Scalar = ScalarOf<Net>;
    const Samples<Scalar> samples{X, Y, sample_weights};
    const auto total = detail::checked_total_weight(net.shape(), samples);
    const Index P = net.weights().size();
    GaussNewton<Net> result{Scalar(0), WeightsOf<Net>(net.shape()), Matrix<Scalar>(P, P)};
    auto memory = detail::TileMemory<Net>::for_one_call(net.shape(), X.rows);
    detail::GaussNewtonSum<Net> sum(net.shape());
    result.loss =
        static_cast<Scalar>(sum(net, samples, total, memory, result.gradient, result.matrix).loss);
    result.matrix.template triangularView<Eigen::StrictlyUpper>() = result.matrix.transpose();
    return result;
}

}  // namespace twolayer
