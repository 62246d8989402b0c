// SPDX-License-Identifier: MIT
// Training with methods that step from a gradient: epochs, learning rate and loss goal.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/rollback.hpp>
#include <twolayer/optim/stop_reason.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/fit_state.hpp>
#include <twolayer/train/run/batches.hpp>
#include <twolayer/train/run/network_objective.hpp>

#include <cmath>
#include <numbers>
#include <optional>

namespace twolayer::detail {

/// A method with a learning rate, which can be lowered from epoch to epoch.
template <typename Method>
concept Annealed = requires(Method& method) { method.learning_rate *= 0.5; };

/// From 1 at progress 0 to 0 at progress 1.
inline double half_cosine(double progress) {
    return 0.5 * (1 + std::cos(std::numbers::pi * progress));
}

/// For a method that requires all samples: throws std::invalid_argument for mini-batches.
inline void check_full_batch(std::string_view method, Index samples, Index batch) {
    if (batch < samples)
        fail("batch_size is ", batch, ", ", method, " takes all ", samples,
             " samples: leave it out");
}

/// Trains a network, one epoch at a time, by a method that steps from a gradient.
template <typename Objective, Network Net, GradientMethod<typename Net::Scalar> Method>
class GradientTrainer {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;
    using Start = typename FitState<Net, Method>::Start;

public:
    static constexpr Index default_epochs = 100;

    static auto new_state(const Method&, Index size) {
        return typename Method::template State<Scalar>(size);
    }

    /// `keep_lowest`: whether the history keeps the weights of the lowest loss. Throws
    /// std::invalid_argument for mini-batches if the method requires all samples.
    GradientTrainer(Objective& objective, const Method& method, const FitOptions& options,
                    bool keep_lowest)
        : objective_(objective),
          method_(method),
          options_(options),
          keep_lowest_(keep_lowest),
          batches_(objective.samples(), objective.total(), options.batch_size),
          before_(objective.weights()),
          gradient_(before_.shape()) {
        if constexpr (requires { Method::full_batch_only; })
            check_full_batch(Method::name, objective.samples().X.rows, options.batch_size);
    }

    /// Trains the next epoch. Sets the loss, the mean over its samples, each computed before its
    /// step. Returns a reason to stop if the epoch failed, and the start then has the best weights
    /// of its history, or if the weights before the epoch had reached the target.
    std::optional<StopReason> epoch(Start& start, double& loss) {
        const auto done = std::ssize(start.history.losses);
        Method now = method_;
        if constexpr (Annealed<Method>)
            if (options_.anneal)
                now.learning_rate *=
                    half_cosine(double(done) / double(options_.epochs.value_or(default_epochs)));
        before_ = start.weights;
        // A batch of all samples is one sum, computed before anything moves, and without a watch
        // nothing is interrupted.
        std::optional<Rollback<Weights, decltype(start.method), decltype(start.generator)>> undo;
        if (!batches_.whole() && objective_.workspace().watch() != nullptr)
            undo.emplace(start.weights, start.method, start.generator);
        const auto theta = start.weights.theta(), g = gradient_.theta();
        bool reached = false;
        double target = 0;
        loss = 0;
        batches_.for_each(start.generator, [&](const auto& batch, const auto& total, double share) {
            loss += share * double(objective_(batch, total, start.weights, gradient_));
            target += share * objective_.target();
            reached =
                batches_.whole() && target <= options_.loss_goal && start.history.last_is_best();
            if (!reached)
                start.method.step(now, start.weights.theta(), {g.data(), g.size()});
        });
        // The loss at the weights after the step is still unknown, unless it is computed here.
        const bool look = !batches_.whole() && target <= options_.loss_goal;
        start.monitored_loss = look      ? objective_.target_at({theta.data(), theta.size()})
                               : reached ? target
                                         : unbounded;
        start.evaluations += look ? 2 : 1;
        if (keep_lowest_ && is_finite(loss))
            start.history.offer(before_, loss, done);
        if (reached)
            return StopReason::target_reached;
        if (is_finite(loss) && all_finite(theta)) {
            loss = objective_.in_units(loss, target);
            return std::nullopt;
        }
        start.weights = start.history.best;
        return StopReason::not_finite;
    }

private:
    Objective& objective_;
    const Method& method_;
    const FitOptions& options_;
    bool keep_lowest_;
    Batches<Scalar> batches_;
    Weights before_, gradient_;
};

}  // namespace twolayer::detail
