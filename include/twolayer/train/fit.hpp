// SPDX-License-Identifier: MIT
// fit(): trains a network in place by a given method.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/fit_state.hpp>
#include <twolayer/train/run/diagnose.hpp>
#include <twolayer/train/run/multistart.hpp>
#include <twolayer/train/run/objective.hpp>
#include <twolayer/train/run/training_data.hpp>

#include <concepts>
#include <type_traits>

namespace twolayer {

/// A network that fit() can train: of float, double or long double.
template <typename T>
concept TrainableNetwork =
    Network<T> && !std::is_const_v<T> && std::floating_point<typename T::Scalar>;

/// A training method that fit() can use.
template <typename T, typename Scalar>
concept TrainingMethod = GradientMethod<T, Scalar> || Minimizer<T, Scalar>;

/// Validation samples, in addition to the training samples: views of matrices that outlive the
/// call.
template <Real Scalar>
using Validation = Samples<Scalar>;

template <typename Net>
using ValidationOf = Validation<ScalarOf<Net>>;

namespace detail {

/// Checked samples for a network. Throws as check_samples().
template <Network Net>
CheckedSamples<typename Net::Scalar> samples_for(const Net& net, MatrixFor<Net> X, MatrixFor<Net> Y,
                                                 VectorFor<Net> sample_weights = {}) {
    const Samples<typename Net::Scalar> samples{X, Y, sample_weights};
    return check_samples<typename Net::Output>(net.shape(), samples);
}

/// fit() with a loss to minimize and a loss that loss_goal refers to.
template <typename Net, typename Method>
FitReport fit(Net& net, const LossFunctions<Net>& functions,
              const CheckedSamples<typename Net::Scalar>& samples, const Method& method,
              const FitOptions& options, FitState<Net, Method>& state,
              const ValidationOf<Net>& validation) {
    using Scalar = typename Net::Scalar;
    using Output = typename Net::Output;
    method.validate();
    options.validate();
    if (options.anneal && !Annealed<Method>)
        fail("anneal is set, but ", Method::name, " has no rate to lower: leave it out");
    check_sums<Output>(functions.cross_entropy, samples);
    CheckedSamples<Scalar> held_out;
    if (validation.X.rows > 0) {
        held_out = check_samples<Output>(net.shape(), validation, validation_names);
        check_sums<Output>(functions.cross_entropy, held_out, validation_names);
    }
    const auto theta = net.weights().theta();
    if (state.current)
        check_same("state", state.current->weights.shape(), net.shape());
    for (Index i = 0; i < theta.size() && !state.current; ++i)
        if (!is_finite(theta(i)))
            fail("theta(", i, ") is ", theta(i), ", every weight must be finite");
    if (state.units && state.units->standardized() != options.standardize)
        fail("the state was trained with", options.standardize ? "out" : "",
             " standardize, and its weights are in those units: set it as before");
    TrainingData<Scalar> data(samples, held_out, options);
    if (state.units)
        data.work_in(*state.units);
    else if (options.standardize)
        data.work_in(FitUnits<Scalar>::template of<Output>(data.training(), net.shape().biases));
    FitReport report = multistart(net, functions, data, method, options, state);
    report.warnings = options.standardize
                          ? data.units().warnings()
                          : warnings_of_scale(samples, std::same_as<Output, Identity>);
    return report;
}

}  // namespace detail

/// Trains the network in place on X, N x D, and Y, N x K, with sample weights (N values >= 0, none
/// for all ones). It starts from the present weights or, if these are all zero, from weights drawn
/// by the seed. With validation data, the network ends with the weights of the lowest validation
/// loss.
///
/// It works in the units of X and Y unless the options say `standardize`. Inputs far from unit
/// scale make every method slow or stop early, even if Standardizer::fold_into() made the weights
/// for them. The report warns about such columns.
///
/// Training resumes from `state`, which afterwards holds what is needed to resume again.
///
/// Throws std::invalid_argument, before anything is changed, for shapes that do not match, for no
/// samples, for entries of X and Y that are not finite (except in rows of weight zero), for targets
/// that the output cannot reach, for invalid sample weights, for initial weights that are not
/// finite, and for settings and options that are out of range or not used by the method. If the
/// loss or a weight becomes NaN or infinite, the network gets the best weights found.
template <TrainableNetwork Net, LossOf<Net> Loss, TrainingMethod<typename Net::Scalar> Method>
FitReport fit(Net& net, MatrixFor<Net> X, MatrixFor<Net> Y, Loss, VectorFor<Net> sample_weights,
              const Method& method, const FitOptions& options, FitState<Net, Method>& state,
              const ValidationOf<Net>& validation = {}) {
    return detail::fit(net, detail::LossFunctions<Net>::template of<Loss, Loss, Method>(),
                       detail::samples_for(net, X, Y, sample_weights), method, options, state,
                       validation);
}

/// The same without a state, so that it cannot be resumed.
template <TrainableNetwork Net, LossOf<Net> Loss, TrainingMethod<typename Net::Scalar> Method>
FitReport fit(Net& net, MatrixFor<Net> X, MatrixFor<Net> Y, Loss loss,
              VectorFor<Net> sample_weights, const Method& method, const FitOptions& options = {},
              const ValidationOf<Net>& validation = {}) {
    FitState<Net, Method> state;
    return fit(net, X, Y, loss, sample_weights, method, options, state, validation);
}

/// The same with all sample weights one.
template <TrainableNetwork Net, LossOf<Net> Loss, TrainingMethod<typename Net::Scalar> Method>
FitReport fit(Net& net, MatrixFor<Net> X, MatrixFor<Net> Y, Loss loss, const Method& method,
              const FitOptions& options = {}, const ValidationOf<Net>& validation = {}) {
    return fit(net, X, Y, loss, {}, method, options, validation);
}

}  // namespace twolayer
