// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/finite.hpp>
#include <twolayer/core/gradient.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/core/samples.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/stop_reason.hpp>
#include <twolayer/train/batches.hpp>
#include <twolayer/train/fit_options.hpp>

#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

namespace twolayer::detail {

/// From 1 at progress 0 to 0 at progress 1.
inline double half_cosine(double progress) {
    return 0.5 * (1 + std::cos(std::numbers::pi * progress));
}

/// Adds the gradient of decay/2 (|W1|^2 + |W2|^2).
template <typename Weights>
void add_decay(double decay, const Weights& weights, Weights& gradient) {
    if (decay == 0)
        return;
    const auto factor = static_cast<typename Weights::Scalar>(decay);
    gradient.W1() += factor * weights.W1();
    gradient.W2() += factor * weights.W2();
}

/// Trains a network by a method that steps from a gradient, an epoch at a time.
template <typename Loss, Network Net, GradientMethod<typename Net::Scalar> Method>
class GradientTrainer {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;

public:
    GradientTrainer(Net& net, const Samples<Scalar>& samples, const Method& method,
                    const FitOptions& options)
        : net_(net),
          samples_(samples),
          method_(method),
          options_(options),
          state_(net.weights().size()),
          batches_(samples, options.batch, options.seed),
          workspace_(net.shape()),
          gradient_(net.shape()),
          begin_of_epoch_(net.weights()),
          one_before_(net.weights()) {}

    /// The epoch after `done` ones. Sets the loss, the mean over its samples as each was met; a
    /// reason to stop where it failed, the network then having the last weights whose loss was
    /// finite.
    std::optional<StopReason> epoch(Index done, double& loss) {
        Method now = method_;
        if (options_.anneal)
            now.rate *= half_cosine(double(done) / double(options_.epochs));
        loss = 0;
        batches_.for_each([&](const auto& batch, const auto& total, double share) {
            loss += share *
                    double(mean_loss_and_gradient<Loss>(net_, batch, total, workspace_, gradient_));
            add_decay(options_.decay, std::as_const(net_).weights(), gradient_);
            state_.step(now, net_.weights().theta(), std::as_const(gradient_).theta());
        });
        if (is_finite(loss) && net_.weights().theta().allFinite()) {
            one_before_ = std::exchange(begin_of_epoch_, net_.weights());
            return std::nullopt;
        }
        net_.weights() = begin_of_epoch_;
        if (!is_finite(mean_loss<Loss>(net_, samples_, batches_.total(), workspace_)))
            net_.weights() = one_before_;
        return StopReason::not_finite;
    }

private:
    Net& net_;
    const Samples<Scalar>& samples_;
    const Method& method_;
    const FitOptions& options_;
    typename Method::template State<Scalar, Weights::capacity> state_;
    Batches<Scalar> batches_;
    Workspace<Net> workspace_;
    Weights gradient_, begin_of_epoch_, one_before_;
};

}  // namespace twolayer::detail
