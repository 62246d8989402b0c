// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/net.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/optim/stop_reason.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/fit_state.hpp>
#include <twolayer/train/gradient_trainer.hpp>

#include <optional>

namespace twolayer::detail {

/// Trains a network by a method that minimizes the loss of all samples, an iteration at a time.
template <typename Objective, Network Net, Minimizer<typename Net::Scalar> Method>
class MinimizerTrainer {
    using Scalar = typename Net::Scalar;
    using Start = typename FitState<Net, Method>::Start;

public:
    static constexpr Index default_epochs = 1000;

    static auto new_state(const Method& method, Index size) {
        return typename Method::template State<Scalar>(method, size);
    }

    /// `keep_lowest`: whether the history is to have the weights of the lowest loss met. Throws
    /// std::invalid_argument for a batch that is not the full one.
    MinimizerTrainer(Objective& objective, const Method& method, const FitOptions& options,
                     bool keep_lowest)
        : objective_(objective), method_(method), keep_lowest_(keep_lowest) {
        check_full_batch(Method::name, objective.samples().X.rows, options.batch_size);
    }

    /// One iteration. Sets the loss after it, in the caller's units; a reason to stop where there
    /// is none to be had.
    std::optional<StopReason> epoch(Start& start, double& loss) {
        objective_.set_target(start.monitored_loss);  // where the step evaluates nothing
        const auto reason = start.method.step(method_, objective_, start.weights.theta());
        const Standing<Scalar>& standing = start.method.standing();
        start.evaluations = standing.evaluations;
        start.products = standing.products;
        start.monitored_loss = objective_.target();
        loss = double(standing.loss);
        if (reason == StopReason::not_finite && keep_lowest_)  // no step leads upwards
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
