// SPDX-License-Identifier: MIT
// Training with methods that minimize over all samples.
#pragma once

#include <twolayer/network/net.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/optim/stop_reason.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/fit_state.hpp>
#include <twolayer/train/run/gradient_trainer.hpp>

#include <optional>

namespace twolayer::detail {

/// Trains a network, one iteration at a time, by a method that minimizes the loss of all samples.
template <typename Objective, Network Net, Minimizer<typename Net::Scalar> Method>
class MinimizerTrainer {
    using Scalar = typename Net::Scalar;
    using Start = typename FitState<Net, Method>::Start;

public:
    static constexpr Index default_epochs = 1000;

    static auto new_state(const Method& method, Index size) {
        return typename Method::template State<Scalar>(method, size);
    }

    /// `keep_lowest`: whether the history keeps the weights of the lowest loss. Throws
    /// std::invalid_argument if the batch does not hold all samples.
    MinimizerTrainer(Objective& objective, const Method& method, const FitOptions& options,
                     bool keep_lowest)
        : objective_(objective), method_(method), keep_lowest_(keep_lowest) {
        check_full_batch(Method::name, objective.samples().X.rows, options.batch_size);
    }

    /// Performs one iteration. Sets the loss after it, in the caller's units. Returns a reason to
    /// stop if no iteration was possible.
    std::optional<StopReason> epoch(Start& start, double& loss) {
        objective_.set_target(start.monitored_loss);  // if the step evaluates nothing
        const auto reason = start.method.step(method_, objective_, start.weights.theta());
        const Standing<Scalar>& standing = start.method.standing();
        start.evaluations = standing.evaluations;
        start.products = standing.products;
        start.monitored_loss = objective_.target();
        loss = double(standing.loss);
        if (reason == StopReason::not_finite && keep_lowest_)  // no step increases the loss
            start.history.offer(start.weights, loss, std::ssize(start.history.losses));
        loss = objective_.in_units(loss, start.monitored_loss);
        return reason;
    }

private:
    Objective& objective_;
    const Method& method_;
    bool keep_lowest_;
};

template <typename Objective, typename Net, typename Method>
struct TrainerOf {
    using type = MinimizerTrainer<Objective, Net, Method>;
};

template <typename Objective, typename Net, GradientMethod<typename Net::Scalar> Method>
struct TrainerOf<Objective, Net, Method> {
    using type = GradientTrainer<Objective, Net, Method>;
};

}  // namespace twolayer::detail
