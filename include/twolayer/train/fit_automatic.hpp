// SPDX-License-Identifier: MIT
// fit() that chooses the method, the loss, or both.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/network/gauss_newton_blocks.hpp>
#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/levenberg_marquardt.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/train/fit.hpp>
#include <twolayer/train/run/training_data.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <string>

namespace twolayer {

namespace detail {

enum class MethodKind { lbfgs, levenberg_marquardt, adam };

/// A method for a task, and why.
struct MethodChoice {
    MethodKind kind;
    std::string reason;
};

/// The multiplications of one gradient over N samples, where an exponential takes about as long as
/// 20 of them.
inline double gradient_cost(const Shape& shape, Index N) {
    const double D = double(shape.inputs), M = double(shape.hidden), K = double(shape.outputs);
    return double(N) * (2 * D * M + 3 * M * K + 20 * (M + K));
}

/// Chooses the method for a loss. `squares`: whether it is the squared error, of targets that are
/// not classes. `share`: the loss goal relative to the variance of the targets, 0 without a goal.
/// The choice depends on task and shape alone, so a seed leads to the same bits everywhere.
template <Real Scalar>
MethodChoice choose_method(const Shape& shape, Index samples, bool squares, Index batch,
                           double share = 0) {
    // Levenberg-Marquardt needs about 30 times fewer iterations if the residuals vanish, since its
    // matrix is then the Hessian. Otherwise it is not, and may be far from it.
    constexpr double worth = 30, max_share = 0.1, max_bytes = 1 << 30, max_work = 2e12;
    // Costs in multiplications: of one gradient over all samples, and of one iteration of
    // Levenberg-Marquardt, with its bytes.
    const double N = double(samples), K = double(shape.outputs), P = double(shape.size());
    const double gradient = gradient_cost(shape, samples);
    const double rows = K * P * P / 2, products = GaussNewtonBlocks<Scalar>::operations(shape);
    const double iteration = N * (std::min)(rows, products) + P * P * P / 6;
    const double matrix_bytes = LevenbergMarquardt::bytes<Scalar>(shape.size());
    // Two digits, with a decimal point in every locale.
    const auto rough = [](double value) {
        char digits[32];
        return std::string(digits, std::to_chars(digits, digits + sizeof digits, value,
                                                 std::chars_format::general, 2)
                                       .ptr);
    };
    if (batch < samples)
        return {MethodKind::adam, message("the options give batches of ", batch, " samples")};
    if (squares && share < max_share && iteration < worth * gradient && matrix_bytes < max_bytes)
        return {
            MethodKind::levenberg_marquardt,
            message("a squared error with ", shape.size(), " weights: at most ",
                    rough(matrix_bytes / 1e6), " MB of matrices, an iteration costs as much as ",
                    std::round(iteration / gradient), " gradients")};
    const double work = gradient * 1000;
    if (work < max_work) {
        const Index vectors = 2 * Lbfgs{}.memory + 4;
        const double bytes = double(vectors) * double(shape.size()) * double(sizeof(Scalar));
        const char* const task = !squares            ? "classes"
                                 : share < max_share ? "a squared error with many weights"
                                                     : "a squared error that stays large";
        return {MethodKind::lbfgs,
                message(task, ": ", vectors, " vectors of ", shape.size(), " weights take ",
                        rough(1e-6 * bytes), " MB, 1000 iterations ", rough(work / 1e9),
                        " billion multiplications")};
    }
    return {MethodKind::adam,
            message("1000 iterations over ", samples, " samples would take ", rough(work / 1e9),
                    " billion multiplications, 100 epochs of mini-batches take a tenth")};
}

/// The fraction of the targets' variance that the loss goal leaves; 0 if there is no goal.
template <std::floating_point Scalar>
double share_left(const CheckedSamples<Scalar>& samples, const FitOptions& options) {
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
        options.batch_size, share_left(samples, options));
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
                  "fit_classifier(X, labels)");
}

}  // namespace detail

/// Trains by a method chosen from the task and the shape, within 1 GiB of memory. The report says
/// which method and why:
///
///     L-BFGS                    classes, or too many weights for Levenberg-Marquardt
///     Levenberg-Marquardt       the squared error of other targets, with few weights, if the
///                               loss goal is below a tenth of their variance
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
template <TrainableNetwork Net, TrainingLoss<Net> Loss>
FitReport fit(Net& net, const MatrixOf<Net>& X, const MatrixOf<Net>& Y, Loss,
              const VectorOf<Net>& sample_weights, const FitOptions& options = {},
              const ValidationOf<Net>& validation = {}) {
    const auto samples = detail::samples_for(net, X, Y, sample_weights);
    FitOptions standardized = options;
    standardized.standardize = true;
    if constexpr (std::same_as<Loss, SquaredError> && !std::same_as<typename Net::Output, Identity>)
        if (samples.classes)
            return detail::fit_squares_of_classes(net, samples, standardized, validation);
    return detail::fit_by_choice<Loss, Loss>(net, samples, standardized, validation);
}

/// The same with all sample weights one.
template <TrainableNetwork Net, TrainingLoss<Net> Loss>
FitReport fit(Net& net, const MatrixOf<Net>& X, const MatrixOf<Net>& Y, Loss loss,
              const FitOptions& options = {}, const ValidationOf<Net>& validation = {}) {
    return fit(net, X, Y, loss, {}, options, validation);
}

/// Trains with a loss and a method chosen automatically: the cross-entropy for classes, which are
/// targets of 0 and 1 for a Sigmoid and all targets of a Softmax, and the squared error for other
/// numbers. loss_goal always refers to the squared error.
template <TrainableNetwork Net>
FitReport fit(Net& net, const MatrixOf<Net>& X, const MatrixOf<Net>& Y,
              const FitOptions& options = {}, const ValidationOf<Net>& validation = {}) {
    const auto samples = detail::samples_for(net, X, Y);
    FitOptions standardized = options;
    standardized.standardize = true;
    return detail::with_chosen_loss<typename Net::Output>(samples, [&]<typename Loss>(Loss) {
        return detail::fit_by_choice<Loss, SquaredError>(net, samples, standardized, validation);
    });
}

/// Explains that a network is not trained on labels.
template <Network Net, Labels Range>
requires(!std::constructible_from<MatrixOf<Net>, const Range&>)
void fit(Net&, const MatrixOf<Net>&, const Range&, const FitOptions& = {}) {
    detail::refuse_labels<Net>();
}

/// The same with a method.
template <Network Net, Labels Range, TrainingMethod<typename Net::Scalar> Method>
requires(!std::constructible_from<MatrixOf<Net>, const Range&>)
void fit(Net&, const MatrixOf<Net>&, const Range&, const Method&, const FitOptions& = {}) {
    detail::refuse_labels<Net>();
}

/// Trains by a given method with the loss chosen as above, or with the squared error if the method
/// minimizes no other loss.
template <TrainableNetwork Net, TrainingMethod<typename Net::Scalar> Method>
FitReport fit(Net& net, const MatrixOf<Net>& X, const MatrixOf<Net>& Y, const Method& method,
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
