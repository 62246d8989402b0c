// SPDX-License-Identifier: MIT
// Products with the Hessian and with the Gauss-Newton matrix of a loss, and the whole Hessian.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/copy.hpp>
#include <twolayer/kernels/product.hpp>
#include <twolayer/network/forward.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/network.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/tiles/tile.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <span>

namespace twolayer {

namespace detail {

/// Adds the product of a tile's curvature with a direction V of weight space, after the tile's
/// forward pass. R{A} is the derivative of A along V = (V1, c1, V2, c2) (Pearlmutter 1994, "Fast
/// exact multiplication by the Hessian", section 3): the lines differentiate (1) to (4) and (6) to
/// (9) of plain.hpp. Terms with delta1 or delta2 occur only in the Hessian. `change` is a tile for
/// the derivatives.
template <Curvature curvature, typename Loss, typename Output, Real Scalar>
void add_curvature_product(const PackedWeights<const Scalar>& weights,
                           const PackedWeights<const Scalar>& V, const Tile<Scalar>& tile,
                           const Tile<Scalar>& change, const Accumulator<Scalar>& total,
                           const PackedWeights<Scalar>& product) {
    using kernels::add_column_sums, kernels::add_product, kernels::in_every_row, kernels::multiply;
    const auto &RH = change.H, &RZ = change.Z, &RO = change.O, &RYhat = change.Yhat;
    const auto &Rdelta2 = change.delta2, &Rdelta1 = change.delta1;
    const auto& X = tile.X;
    const auto &Z = tile.Z, &delta1 = tile.delta1, &delta2 = tile.delta2;

    multiply(RH, in_every_row(V.b1), X, V.W1);  // RH = X V1 + 1 c1  (1)
    for (Index i = 0; i < RH.size(); ++i)       // RZ = Z .* (1 - Z) .* RH  (2)
        RZ.data[i] = Z.data[i] * tile.one_minus_Z.data[i] * RH.data[i];
    multiply(RO, in_every_row(V.b2), RZ, weights.W2_rows);  // RO = RZ W2 + Z V2 + 1 c2  (3)
    add_product(RO, Z, V.W2_rows);

    // RYhat = S RO  (4),  Rdelta2 = w_n / total R{dL_n/dO}  (6)
    for (Index n = 0; n < tile.rows; ++n) {
        const auto sample = output_sample(tile, n);
        const std::span<const Scalar> RYhat_n = RYhat.row(n);
        copy(RO.middle_rows(n, 1), RYhat.middle_rows(n, 1));
        Output::times_slope(sample, RYhat.row(n));
        Loss::template curvature<Output, curvature>(sample, RYhat_n, Rdelta2.row(n));
    }
    scale_by_weights(tile, Rdelta2, total);

    // Rdelta1 = (Rdelta2 W2^T + delta2 V2^T) .* Z .* (1 - Z) + delta1 .* (1 - 2 Z) .* RH  (7)
    multiply(Rdelta1, {}, Rdelta2, weights.W2.transpose());
    if constexpr (curvature == Curvature::hessian) {
        compute_deltas<Loss, Output>(weights, tile, total);
        add_product(Rdelta1, delta2, V.W2.transpose());
    }
    for (Index i = 0; i < RH.size(); ++i) {
        Rdelta1.data[i] *= Z.data[i] * tile.one_minus_Z.data[i];
        if constexpr (curvature == Curvature::hessian)
            Rdelta1.data[i] += delta1.data[i] * (tile.one_minus_Z.data[i] - Z.data[i]) * RH.data[i];
    }

    add_product(product.W1, X.transpose(), Rdelta1);              // X^T Rdelta1  (9)
    add_column_sums(product.b1, Rdelta1);                         // 1^T Rdelta1  (9)
    add_product(product.W2.transpose(), Rdelta2.transpose(), Z);  // Z^T Rdelta2  (8)
    if constexpr (curvature == Curvature::hessian)                //   + RZ^T delta2
        add_product(product.W2.transpose(), delta2.transpose(), RZ);
    add_column_sums(product.b2, Rdelta2);  // 1^T Rdelta2  (8)
}

/// The curvature of the mean loss of samples times V. `changes` is memory.without_sums().
template <Curvature curvature, typename Loss, Network Net>
void curvature_product(const Net& net, const SamplesOf<Net>& samples, const SumOf<Net>& total,
                       const WeightsOf<Net>& V, TileMemory<Net>& memory, TileMemory<Net>& changes,
                       WeightsOf<Net>& product) {
    const auto V_rows = changes.load(V);
    const auto add = [&](const auto& weights, const auto& tile, const auto& part, int thread) {
        add_curvature_product<curvature, Loss, typename Net::Output>(
            weights, V_rows, tile, changes.of_thread(thread).tile(tile.rows), total, part);
        return 0;
    };
    sum_over_tiles(net.weights(), samples, memory, &product, {.threads = memory.threads()}, add);
}

template <Curvature curvature, typename Loss, Network Net>
Vector<ScalarOf<Net>> curvature_product(const Net& net, const SamplesOf<Net>& samples,
                                        VectorFor<Net> v) {
    const auto total = checked_total_weight(net.shape(), samples);
    if (v.size != net.weights().size())
        fail("the direction has ", v.size, " entries, the network ", net.weights().size(),
             " weights");
    WeightsOf<Net> V(net.shape()), product(net.shape());
    for (Index i = 0; i < v.size; ++i) V.theta()(i) = v(i);
    auto memory = TileMemory<Net>::for_one_call(net.shape(), samples.count());
    auto changes = memory.without_sums();
    curvature_product<curvature, Loss>(net, samples, total, V, memory, changes, product);
    return product.theta();
}

}  // namespace detail

/// (d2L/dtheta2) v for a direction v of P entries, exact, at the cost of about two gradients.
///
/// Throws as mean_loss(), and std::invalid_argument if the direction has the wrong length.
template <Network Net, CurvedLossOf<Net> Loss = SquaredError>
Vector<ScalarOf<Net>> hessian_vector_product(const Net& net, MatrixFor<Net> X, MatrixFor<Net> Y,
                                             VectorFor<Net> v, Loss = {},
                                             VectorFor<Net> sample_weights = {}) {
    return detail::curvature_product<Curvature::hessian, Loss>(net, {X, Y, sample_weights}, v);
}

/// A v with A the Gauss-Newton matrix of the loss, which is positive semidefinite and equals the
/// Hessian if the residuals vanish: J^T diag(w) J / sum w for SquaredError, J = dYhat/dtheta
/// (Schraudolph 2002, "Fast curvature matrix-vector products for second-order gradient descent",
/// section 3).
///
/// Throws as hessian_vector_product().
template <Network Net, CurvedLossOf<Net> Loss = SquaredError>
Vector<ScalarOf<Net>> gauss_newton_vector_product(const Net& net, MatrixFor<Net> X,
                                                  MatrixFor<Net> Y, VectorFor<Net> v, Loss = {},
                                                  VectorFor<Net> sample_weights = {}) {
    return detail::curvature_product<Curvature::gauss_newton, Loss>(net, {X, Y, sample_weights}, v);
}

/// d2L/dtheta2, P x P, symmetric to the last bit. For small networks: it takes P products and
/// stores P^2 numbers.
///
/// Throws as mean_loss().
template <Network Net, CurvedLossOf<Net> Loss = SquaredError>
Matrix<ScalarOf<Net>> hessian(const Net& net, MatrixFor<Net> X, MatrixFor<Net> Y, Loss = {},
                              VectorFor<Net> sample_weights = {}) {
    using Scalar = ScalarOf<Net>;
    const Samples<Scalar> samples{X, Y, sample_weights};
    const auto total = detail::checked_total_weight(net.shape(), samples);
    const Index P = net.weights().size();

    Matrix<Scalar> A(P, P);
    auto memory = detail::TileMemory<Net>::for_one_call(net.shape(), X.rows);
    auto changes = memory.without_sums();
    WeightsOf<Net> e(net.shape()), column(net.shape());
    for (Index i = 0; i < P; ++i) {
        e.theta()(i) = Scalar(1);
        detail::curvature_product<Curvature::hessian, Loss>(net, samples, total, e, memory, changes,
                                                            column);
        A.col(i) = column.theta();
        e.theta()(i) = Scalar(0);
    }
    // A_ij and A_ji are rounded differently: both become their mean.
    for (Index j = 0; j < P; ++j)
        for (Index i = 0; i < j; ++i) A(i, j) = A(j, i) = (A(i, j) + A(j, i)) / Scalar(2);
    return A;
}

}  // namespace twolayer
