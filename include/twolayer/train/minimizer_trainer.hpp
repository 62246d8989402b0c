// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/gradient.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/core/samples.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/optim/stop_reason.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/gradient_trainer.hpp>

#include <optional>
#include <utility>

namespace twolayer::detail {

/// Trains a network by a method that minimizes the loss of all samples, an iteration at a time.
template <typename Loss, Network Net, Minimizer<typename Net::Scalar> Method>
class MinimizerTrainer {
    using Scalar = typename Net::Scalar;

public:
    /// Throws std::invalid_argument for a batch that is not the full one.
    MinimizerTrainer(Net& net, const Samples<Scalar>& samples, const Method& method,
                     const FitOptions& options)
        : net_(net),
          samples_(samples),
          total_(total_weight(samples.X.rows, samples.weights)),
          method_(method),
          decay_(options.decay),
          state_(method, net.weights().size()),
          workspace_(net.shape()),
          at_(net),
          gradient_(net.shape()) {
        if (options.batch < samples.X.rows)
            fail("batch is ", options.batch, ", ", Method::name, " takes all ", samples.X.rows,
                 " samples: leave it out");
    }

    /// One iteration. Sets the loss after it; a reason to stop where there is none to be had.
    std::optional<StopReason> epoch(Index, double& loss) {
        const auto f = [this](ConstTheta<Scalar> theta, Theta<Scalar> gradient) {
            at_.weights().theta() = theta;
            const Scalar L =
                mean_loss_and_gradient<Loss>(at_, samples_, total_, workspace_, gradient_);
            add_decay(decay_, std::as_const(at_).weights(), gradient_);
            gradient = gradient_.theta();
            return L + penalty(at_.weights());
        };
        const auto reason = state_.step(method_, f, net_.weights().theta());
        loss = double(state_.standing().value - penalty(net_.weights()));
        return reason;
    }

private:
    /// decay/2 (|W1|^2 + |W2|^2)
    Scalar penalty(const typename Net::Weights& weights) const {
        return Scalar(decay_ / 2) * (weights.W1().squaredNorm() + weights.W2().squaredNorm());
    }

    Net& net_;
    const Samples<Scalar>& samples_;
    Accumulator<Scalar> total_;
    const Method& method_;
    double decay_;
    typename Method::template State<Scalar> state_;
    Workspace<Net> workspace_;
    Net at_;
    typename Net::Weights gradient_;
};

}  // namespace twolayer::detail
