// SPDX-License-Identifier: MIT
// The minimized loss and the monitored one over the same samples.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/tiles/tile.hpp>

#include <concepts>

namespace twolayer::detail {

/// Two losses over the same samples: the minimized one and the monitored one.
template <Real Scalar>
struct LossPair {
    Accumulator<Scalar> loss{0}, monitored{0};

    friend LossPair operator+(const LossPair& a, const LossPair& b) {
        return {a.loss + b.loss, a.monitored + b.monitored};
    }

    friend LossPair operator/(const LossPair& a, const Accumulator<Scalar>& total) {
        return {a.loss / total, a.monitored / total};
    }
};

/// sum_n w_n 1/2 sum_k ((Yhat_nk - Y_nk) / factor_k)^2: the squared error in the caller's units of
/// targets that were standardized by these factors.
template <Real Scalar>
Accumulator<Scalar> squared_error_in_units(const Samples<Scalar>& samples,
                                           const Tile<Scalar>& tile) {
    using Sum = Accumulator<Scalar>;
    Sum sum(0);
    for (Index k = 0; k < tile.Y.cols; ++k) {
        Sum squares(0);
        for (Index n = 0; n < tile.rows; ++n) {
            const Sum residual(tile.Yhat(n, k) - tile.Y(n, k));
            squares += tile.sample_weights(n, 0) * residual * residual;
        }
        const Sum factor(samples.Y_scaling.factor[k]);
        sum += squares / factor / factor;
    }
    return sum / Sum(2);
}

/// The weighted sums of both losses over a tile after its forward pass. The monitored loss is in
/// the caller's units, also for standardized targets: only an Identity has these, and the squared
/// error is its only loss.
template <typename Loss, typename Monitored, typename Output, Real Scalar>
LossPair<Scalar> weighted_losses(const Samples<Scalar>& samples, const Tile<Scalar>& tile) {
    const auto L = weighted_loss<Loss, Output>(tile);
    if constexpr (!std::same_as<Loss, Monitored>)
        return {L, weighted_loss<Monitored, Output>(tile)};
    else if (samples.Y_scaling.factor != nullptr)
        return {L, squared_error_in_units(samples, tile)};
    else
        return {L, L};
}

}  // namespace twolayer::detail
