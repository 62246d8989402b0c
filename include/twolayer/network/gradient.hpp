// SPDX-License-Identifier: MIT
// The mean loss and its gradient, tile by tile.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/buffer.hpp>
#include <twolayer/kernels/product.hpp>
#include <twolayer/network/forward.hpp>
#include <twolayer/network/network.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/tiles/tile.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <span>

namespace twolayer {

/// L and dL/dtheta; the gradient has the type of the weights.
template <Network Net>
struct LossAndGradient {
    ScalarOf<Net> loss;
    WeightsOf<Net> gradient;
};

namespace detail {

/// Sample `first` of a tile, or several as one long sample, for an output that is elementwise.
template <Real Scalar>
OutputSample<Scalar> output_sample(const Tile<Scalar>& tile, Index first, Index count = 1) {
    const auto rows = [&](const auto& A) { return A.middle_rows(first, count).entries(); };
    return {rows(tile.O), rows(tile.Yhat), rows(tile.one_minus_Yhat), rows(tile.Y)};
}

/// The loss of one sample, or of a whole tile passed as one long sample. Not inlined: FMA
/// contraction, and with it the last bit, could otherwise depend on the caller.
template <typename Loss, typename Output, Real Scalar>
[[gnu::noinline]] Accumulator<Scalar> loss_of(const OutputSample<Scalar>& sample) {
    return Loss::template value<Output>(sample);
}

/// sum_n w_n L_n over the samples of a tile after its forward pass: README, equation (5).
template <typename Loss, typename Output, Real Scalar>
[[gnu::always_inline]] inline Accumulator<Scalar> weighted_loss(const Tile<Scalar>& tile) {
    if constexpr (Elementwise<Output>)
        if (!tile.weighted)
            return loss_of<Loss, Output, Scalar>(output_sample(tile, 0, tile.rows));
    Accumulator<Scalar> sum(0);
    for (Index n = 0; n < tile.rows; ++n) {
        const Accumulator<Scalar> L = loss_of<Loss, Output, Scalar>(output_sample(tile, n));
        sum += tile.sample_weights(n, 0) * L;
    }
    return sum;
}

/// Multiplies row n of A by w_n / total.
template <Real Scalar>
[[gnu::always_inline]] inline void scale_by_weights(const Tile<Scalar>& tile,
                                                    const MatrixView<Scalar>& A,
                                                    const Accumulator<Scalar>& total) {
    const auto scale = [](std::span<Scalar> entries, const Accumulator<Scalar>& factor) {
        const Scalar f = static_cast<Scalar>(factor);
        for (Scalar& entry : entries) entry *= f;
    };
    if (!tile.weighted)
        return scale(A.entries(), Accumulator<Scalar>(1) / total);
    for (Index n = 0; n < tile.rows; ++n) scale(A.row(n), tile.sample_weights(n, 0) / total);
}

/// delta2 and delta1 of 1/total sum_n w_n L_n over the samples of a tile after its forward pass.
/// README, equations (6) and (7), with w_n / total instead of 1/N.
template <typename Loss, typename Output, Real Scalar>
[[gnu::always_inline]] inline void compute_deltas(const PackedWeights<const Scalar>& weights,
                                                  const Tile<Scalar>& tile,
                                                  const Accumulator<Scalar>& total) {
    const auto& delta2 = tile.delta2;
    const auto& delta1 = tile.delta1;

    // delta2 = dL/dO = w_n / total dL_n/dO             rows x K                     (6)
    if constexpr (Elementwise<Output>)
        Loss::template slope<Output>(output_sample(tile, 0, tile.rows), delta2.entries());
    else
        for (Index n = 0; n < tile.rows; ++n)
            Loss::template slope<Output>(output_sample(tile, n), delta2.row(n));
    scale_by_weights(tile, delta2, total);

    // delta1 = dL/dH = (delta2 W2^T) .* Z .* (1 - Z)   rows x M                     (7)
    kernels::multiply(delta1, {}, delta2, weights.W2.transpose());
    for (Index i = 0; i < delta1.size(); ++i)
        delta1.data[i] *= tile.Z.data[i] * tile.one_minus_Z.data[i];
}

/// Adds the gradient of 1/total sum_n w_n L_n over the samples of a tile, packed as the weights or,
/// for a few samples, in place. README, equations (8) and (9).
template <typename Loss, typename Output, Real Scalar>
[[gnu::always_inline]] inline void add_gradient(const PackedWeights<const Scalar>& weights,
                                                const Tile<Scalar>& tile,
                                                const Accumulator<Scalar>& total,
                                                const PackedWeights<Scalar>& gradient) {
    using kernels::add_column_sums, kernels::add_product;
    compute_deltas<Loss, Output>(weights, tile, total);
    const auto& X = tile.X;
    const auto &Z = tile.Z, &delta1 = tile.delta1, &delta2 = tile.delta2;

    const auto add_dW1 = [&] {
        if constexpr (kernels::Vectorized<Scalar>)
            if (gradient.in_place())
                return add_product_of_few_rows<Scalar>(gradient.W1, X, delta1);
        add_product(gradient.W1, X.transpose(), delta1);
    };
    add_dW1();                                                    // dL/dW1 = X^T delta1  (9)
    add_column_sums(gradient.b1, delta1);                         // dL/db1 = 1^T delta1  (9)
    add_product(gradient.W2.transpose(), delta2.transpose(), Z);  // dL/dW2 = Z^T delta2  (8)
    add_column_sums(gradient.b2, delta2);                         // dL/db2 = 1^T delta2  (8)
}

/// The mean loss of the caller's samples; also writes its gradient unless that is null.
template <typename Loss, Network Net>
ScalarOf<Net> checked_mean_loss(const Net& net, const SamplesOf<Net>& samples,
                                TileMemory<Net>& memory, WeightsOf<Net>* gradient = nullptr) {
    using Output = typename Net::Output;
    const auto total = checked_total_weight(net.shape(), samples);
    const auto add = [&](const auto& weights, const auto& tile, const auto& part, int) {
        if (gradient != nullptr)
            add_gradient<Loss, Output>(weights, tile, total, part);
        return weighted_loss<Loss, Output>(tile);
    };
    const auto sum = sum_over_tiles(net.weights(), samples, memory, gradient,
                                    {.threads = memory.threads(), .in_place = true}, add);
    return static_cast<ScalarOf<Net>>(sum / total);  // (5)
}

}  // namespace detail

/// The loss L of the network on the samples X, N x D, and Y, N x K:  the mean over samples,
/// weighted by the sample weights (N values >= 0, none for all ones). Rows of weight zero are not
/// read.
///
/// Throws std::invalid_argument if the shapes do not match, if there are no samples, or if sample
/// weights are negative, not finite or all zero.
template <Network Net, LossOf<Net> Loss = SquaredError>
ScalarOf<Net> mean_loss(const Net& net, MatrixFor<Net> X, MatrixFor<Net> Y, Loss,
                        VectorFor<Net> sample_weights, Workspace<Net>& workspace) {
    auto& memory = workspace.memory(net.shape());
    return detail::checked_mean_loss<Loss>(net, {X, Y, sample_weights}, memory);
}

/// The same with a workspace of its own.
template <Network Net, LossOf<Net> Loss = SquaredError>
ScalarOf<Net> mean_loss(const Net& net, MatrixFor<Net> X, MatrixFor<Net> Y, Loss = {},
                        VectorFor<Net> sample_weights = {}) {
    auto memory = detail::TileMemory<Net>::for_one_call(net.shape(), X.rows);
    return detail::checked_mean_loss<Loss>(net, {X, Y, sample_weights}, memory);
}

/// Computes L as mean_loss() does and writes its gradient, in closed form, into `gradient`. With a
/// reused workspace it allocates nothing. Throws as mean_loss(), and if the gradient's shape
/// differs from the network's, before anything is written.
template <Network Net, LossOf<Net> Loss = SquaredError>
ScalarOf<Net> loss_and_gradient(const Net& net, MatrixFor<Net> X, MatrixFor<Net> Y, Loss,
                                VectorFor<Net> sample_weights, Workspace<Net>& workspace,
                                WeightsOf<Net>& gradient) {
    auto& memory = workspace.memory(net.shape());
    detail::check_same("gradient", gradient.shape(), net.shape());
    return detail::checked_mean_loss<Loss>(net, {X, Y, sample_weights}, memory, &gradient);
}

/// The same with a workspace of its own: auto [L, gradient] = loss_and_gradient(net, X, Y);
template <Network Net, LossOf<Net> Loss = SquaredError>
LossAndGradient<Net> loss_and_gradient(const Net& net, MatrixFor<Net> X, MatrixFor<Net> Y,
                                       Loss = {}, VectorFor<Net> sample_weights = {}) {
    auto memory = detail::TileMemory<Net>::for_one_call(net.shape(), X.rows);
    LossAndGradient<Net> result{ScalarOf<Net>(0), {net.shape(), detail::Unset{}}};
    result.loss =
        detail::checked_mean_loss<Loss>(net, {X, Y, sample_weights}, memory, &result.gradient);
    return result;
}

}  // namespace twolayer
