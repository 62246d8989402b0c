// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/finite.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/core/samples.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/train/check_targets.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/gradient_trainer.hpp>
#include <twolayer/train/minimizer_trainer.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <type_traits>

namespace twolayer {

/// A network that fit() can train: of float, double or long double.
template <typename T>
concept TrainableNetwork =
    Network<T> && !std::is_const_v<T> && std::floating_point<typename T::Scalar>;

/// A method that fit() can train by.
template <typename T, typename Scalar>
concept TrainingMethod = GradientMethod<T, Scalar> || Minimizer<T, Scalar>;

namespace detail {

template <typename Loss, typename Net, typename Method>
struct TrainerOf {
    using type = MinimizerTrainer<Loss, Net, Method>;
};

template <typename Loss, typename Net, GradientMethod<typename Net::Scalar> Method>
struct TrainerOf<Loss, Net, Method> {
    using type = GradientTrainer<Loss, Net, Method>;
};

}  // namespace detail

/// Trains the network in place on X, N x D, and Y, N x K, with sample weights (N values >= 0, none
/// for all ones), starting from its present weights.
///
/// Throws std::invalid_argument, before anything is changed, for shapes that do not fit, for no
/// samples, for entries of X and Y that are not finite (rows of weight zero excepted), for targets
/// that the output cannot reach, for bad sample weights and for settings out of their range. When
/// the loss or a weight becomes NaN or infinite the network keeps the last weights whose loss was
/// finite.
template <TrainableNetwork Net, LossFor<typename Net::Output, typename Net::Scalar> Loss,
          TrainingMethod<typename Net::Scalar> Method>
FitReport fit(Net& net, const MatrixArg<typename Net::Scalar>& X,
              const MatrixArg<typename Net::Scalar>& Y, Loss,
              const VectorArg<typename Net::Scalar>& sample_weights, const Method& method,
              const FitOptions& options = {}) {
    using Scalar = typename Net::Scalar;
    const auto begin = std::chrono::steady_clock::now();

    const Samples<Scalar> samples{X, Y, sample_weights};
    detail::checked_total_weight(net.shape(), samples);
    check_finite<Scalar>("X", X, sample_weights);
    check_finite<Scalar>("Y", Y, sample_weights);
    detail::check_targets<typename Net::Output, Loss>(samples);
    method.check();
    options.check();

    using Trainer = typename detail::TrainerOf<Loss, Net, Method>::type;
    const auto trainer = std::make_unique<Trainer>(net, samples, method, options);
    FitReport report;
    report.method = Method::name;
    while (report.epochs < options.epochs) {
        double loss = 0;
        if (const auto reason = trainer->epoch(report.epochs, loss)) {
            report.stop_reason = *reason;
            break;
        }
        ++report.epochs;
        report.losses.push_back(loss);
        if (options.callback && !options.callback({.epoch = report.epochs, .loss = loss})) {
            report.stop_reason = StopReason::stopped_by_caller;
            break;
        }
    }
    report.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return report;
}

template <TrainableNetwork Net, LossFor<typename Net::Output, typename Net::Scalar> Loss,
          TrainingMethod<typename Net::Scalar> Method>
FitReport fit(Net& net, const MatrixArg<typename Net::Scalar>& X,
              const MatrixArg<typename Net::Scalar>& Y, Loss loss, const Method& method,
              const FitOptions& options = {}) {
    return fit(net, X, Y, loss, {}, method, options);
}

}  // namespace twolayer
