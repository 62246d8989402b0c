// SPDX-License-Identifier: MIT
// fit() that chooses the method, the loss, or both.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/levenberg_marquardt.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/train/choose_method.hpp>
#include <twolayer/train/fit.hpp>
#include <twolayer/train/run/training_data.hpp>

#include <algorithm>
#include <concepts>
#include <limits>
#include <optional>
#include <string>

namespace twolayer {

namespace detail {

/// The loss goal as a fraction of the loss of predicting the mean; 0 if there is no goal.
template <std::floating_point Scalar>
double fraction_left(const CheckedSamples<Scalar>& samples, const FitOptions& options) {
    return options.loss_goal > 0 ? options.loss_goal / loss_of_mean(samples) : 0;
}

/// Trains by a method chosen for Loss; loss_goal refers to Monitored.
template <typename Loss, typename Monitored, typename Net>
FitReport fit_by_choice(Net& net, const CheckedSamples<typename Net::Scalar>& samples,
                        FitOptions options, const ValidationOf<Net>& validation,
                        std::optional<double> gradient_tolerance = {}) {
    const bool classes = samples.classes && !std::same_as<typename Net::Output, Identity>;
    const MethodChoice choice = choose_method<typename Net::Scalar>(
        net.shape(), samples.counted, std::same_as<Loss, SquaredError> && !classes,
        options.batch_size, fraction_left(samples, options));
    if (!options.starts && options.loss_goal > -unbounded)
        options.starts = 20;  // until the goal is reached
    const auto by = [&](const auto& method) {
        using Method = std::remove_cvref_t<decltype(method)>;
        FitState<Net, Method> state;
        FitReport report = fit(net, LossFunctions<Net>::template of<Loss, Monitored, Method>(),
                               samples, method, options, state, validation);
        report.choice = choice.reason + (options.standardize ? "; in standardized units" : "");
        return report;
    };
    const auto with_tolerance = [&](auto method) {
        method.gradient_tolerance = gradient_tolerance.value_or(method.gradient_tolerance);
        return method;
    };
    if constexpr (std::same_as<Loss, SquaredError>)
        if (choice.kind == MethodKind::levenberg_marquardt)
            return by(with_tolerance(LevenbergMarquardt{}));
    if (choice.kind == MethodKind::lbfgs)
        return by(with_tolerance(Lbfgs{}));
    options.batch_size = std::min<Index>(options.batch_size, 128);
    options.anneal = true;
    return by(Adam{.learning_rate = 1e-2});
}

/// Minimizes the squared error of classes after up to 300 epochs on their cross-entropy.
template <typename Net>
FitReport fit_squares_of_classes(Net& net, const CheckedSamples<typename Net::Scalar>& samples,
                                 const FitOptions& given, const ValidationOf<Net>& validation) {
    FitOptions first = given;
    first.epochs = std::min<Index>(given.epochs.value_or(300), 300);
    first.callback = {};
    const FitReport start =
        fit_by_choice<CrossEntropy, SquaredError>(net, samples, first, validation);
    FitOptions second = given;
    second.starts = 1;
    // If no seconds are left, it ends at once, as it does after a stop request.
    second.time_limit =
        (std::max)(given.time_limit - start.seconds, (std::numeric_limits<double>::min)());
    FitReport report = fit_by_choice<SquaredError, SquaredError>(net, samples, second, validation);
    report.choice += "; after " + std::to_string(start.epochs) + " epochs on the cross-entropy";
    report.evaluations += start.evaluations;
    report.starts = start.starts;
    report.best_start = start.best_start;
    report.seconds += start.seconds;
    return report;
}

/// Calls use(Loss) with the loss for these targets: the cross-entropy for classes, the squared
/// error for other numbers.
template <typename Output, typename Scalar, typename Use>
auto with_chosen_loss(const CheckedSamples<Scalar>& samples, Use use) {
    if constexpr (std::same_as<Output, Softmax>)
        return use(CrossEntropy{});
    else if constexpr (std::same_as<Output, Identity>)
        return use(SquaredError{});
    else
        return samples.classes ? use(CrossEntropy{}) : use(SquaredError{});
}

template <typename Net>
void refuse_labels() {
    static_assert(sizeof(Net) == 0,
                  "fit() trains a network on a matrix of targets, N x K: for labels, use "
                  "fit_classifier(X, labels); for numbers, row_by_row(y, 1)");
}

}  // namespace detail

/// Trains by a method chosen from the task and the shape, within 1 GiB of memory. The report says
/// which method and why:
///
///     L-BFGS                    classes, or too many weights for Levenberg-Marquardt
///     Levenberg-Marquardt       the squared error of other targets, with few weights, if the
///                               loss goal is below a tenth of the loss of predicting the mean
///     Adam on mini-batches      if 1000 iterations over all samples take too long, or if the
///                               options give a batch size
///
/// The network is trained in standardized units, see FitOptions::standardize, so neither first
/// weights nor weight decay depend on the units of X and, for an Identity, Y. Several targets then
/// have equal weight. Losses and the loss goal are in the caller's units.
///
/// On its own, the squared error of classes stalls if samples are saturated on the wrong side. It
/// is therefore minimized after up to 300 epochs on the cross-entropy, for which the callback is
/// not called. Otherwise the same as fit() with a method.
template <TrainableNetwork Net, LossOf<Net> Loss>
FitReport fit(Net& net, MatrixFor<Net> X, MatrixFor<Net> Y, Loss, VectorFor<Net> sample_weights,
              const FitOptions& options = {}, const ValidationOf<Net>& validation = {}) {
    const auto samples = detail::samples_for(net, X, Y, sample_weights);
    FitOptions standardized = options;
    standardized.standardize = true;
    if constexpr (std::same_as<Loss, SquaredError> && !std::same_as<typename Net::Output, Identity>)
        if (samples.classes)
            return detail::fit_squares_of_classes(net, samples, standardized, validation);
    return detail::fit_by_choice<Loss, Loss>(net, samples, standardized, validation);
}

/// The same with all sample weights one.
template <TrainableNetwork Net, LossOf<Net> Loss>
FitReport fit(Net& net, MatrixFor<Net> X, MatrixFor<Net> Y, Loss loss,
              const FitOptions& options = {}, const ValidationOf<Net>& validation = {}) {
    return fit(net, X, Y, loss, {}, options, validation);
}

/// Trains with a loss and a method chosen automatically: the cross-entropy for classes, which are
/// targets of 0 and 1 for a Sigmoid and all targets of a Softmax, and the squared error for other
/// numbers. loss_goal always refers to the squared error.
template <TrainableNetwork Net>
FitReport fit(Net& net, MatrixFor<Net> X, MatrixFor<Net> Y, const FitOptions& options = {},
              const ValidationOf<Net>& validation = {}) {
    const auto samples = detail::samples_for(net, X, Y);
    FitOptions standardized = options;
    standardized.standardize = true;
    return detail::with_chosen_loss<typename Net::Output>(samples, [&]<typename Loss>(Loss) {
        return detail::fit_by_choice<Loss, SquaredError>(net, samples, standardized, validation);
    });
}

/// Explains that a network is not trained on labels.
template <Network Net, Labels Range>
requires(!std::constructible_from<MatrixArg<ScalarOf<Net>>, const Range&>)
void fit(Net&, MatrixFor<Net>, const Range&, const FitOptions& = {}) {
    detail::refuse_labels<Net>();
}

/// The same with a method.
template <Network Net, Labels Range, TrainingMethod<typename Net::Scalar> Method>
requires(!std::constructible_from<MatrixArg<ScalarOf<Net>>, const Range&>)
void fit(Net&, MatrixFor<Net>, const Range&, const Method&, const FitOptions& = {}) {
    detail::refuse_labels<Net>();
}

/// Trains by a given method with the loss chosen as above, or with the squared error if the method
/// minimizes no other loss.
template <TrainableNetwork Net, TrainingMethod<typename Net::Scalar> Method>
FitReport fit(Net& net, MatrixFor<Net> X, MatrixFor<Net> Y, const Method& method,
              const FitOptions& options = {}, const ValidationOf<Net>& validation = {}) {
    const auto samples = detail::samples_for(net, X, Y);
    FitState<Net, Method> state;
    const auto functions_of = []<typename Loss>(Loss) {
        return detail::LossFunctions<Net>::template of<Loss, SquaredError, Method>();
    };
    const auto train = [&](const auto& functions) {
        return detail::fit(net, functions, samples, method, options, state, validation);
    };
    if constexpr (requires { Method::squared_error_only; }) {
        return train(functions_of(SquaredError{}));
    } else {
        const auto chosen = detail::with_chosen_loss<typename Net::Output>(samples, functions_of);
        FitReport report = train(chosen);
        report.choice =
            chosen.squares ? "the squared error of numbers" : "the cross-entropy of classes";
        return report;
    }
}

}  // namespace twolayer
