// SPDX-License-Identifier: MIT
// fit(): trains a network in place by a given method.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/kernels/parallel.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/fit_state.hpp>
#include <twolayer/train/run/interruption.hpp>
#include <twolayer/train/run/objective.hpp>
#include <twolayer/train/run/run_trainer.hpp>
#include <twolayer/train/run/starts.hpp>
#include <twolayer/train/run/training_data.hpp>
#include <twolayer/train/run/units.hpp>

#include <algorithm>
#include <concepts>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

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

/// Checks the arguments of a fit, and returns its data in the units of its state or in new ones.
/// `current`: the weights of the state, null if it is new.
template <Network Net>
TrainingData<typename Net::Scalar> prepare(const Net& net, const LossFunctions<Net>& functions,
                                           const CheckedSamples<typename Net::Scalar>& samples,
                                           const ValidationOf<Net>& validation,
                                           const FitOptions& options,
                                           const typename Net::Weights* current,
                                           const std::optional<FitUnits<ScalarOf<Net>>>& units) {
    using Scalar = typename Net::Scalar;
    using Output = typename Net::Output;
    check_sums<Output>(functions.cross_entropy, samples);
    CheckedSamples<Scalar> held_out;
    if (validation.X.rows > 0) {
        held_out = check_samples<Output>(net.shape(), validation, validation_names);
        check_sums<Output>(functions.cross_entropy, held_out, validation_names);
    }
    const auto theta = net.weights().theta();
    if (current != nullptr)
        check_same("state", current->shape(), net.shape());
    for (Index i = 0; i < theta.size() && current == nullptr; ++i)
        if (!is_finite(theta(i)))
            fail("theta(", i, ") is ", theta(i), ", every weight must be finite");
    if (units && units->standardized() != options.standardize)
        fail("the state was trained with", options.standardize ? "out" : "",
             " standardize, and its weights are in those units: set it as before");
    TrainingData<Scalar> data(samples, held_out, options);
    if (units)
        data.work_in(*units);
    else if (options.standardize)
        data.work_in(FitUnits<Scalar>::template of<Output>(data.training(), net.shape().biases));
    return data;
}

/// fit() with a loss to minimize and a loss that loss_goal refers to. Trains all starts from the
/// state on, in parallel if that pays, and gives the network the best of their weights.
template <Network Net, typename Method>
FitReport fit(Net& net, const LossFunctions<Net>& functions,
              const CheckedSamples<ScalarOf<Net>>& samples, const Method& method,
              const FitOptions& options, FitState<Net, Method>& state,
              const ValidationOf<Net>& validation) {
    using Scalar = typename Net::Scalar;
    using Run = typename FitState<Net, Method>::Run;
    method.validate();
    options.validate();
    if (options.anneal && !Annealed<Method>)
        fail("anneal is set, but ", Method::name, " has no rate to lower: leave it out");
    const TrainingData<Scalar> data =
        prepare(net, functions, samples, validation, options,
                state.current ? &state.current->weights : nullptr, state.units);
    if constexpr (!GradientMethod<Method, Scalar> || requires { Method::full_batch_only; })
        if (options.batch_size < data.training().counted)
            fail("batch_size is ", options.batch_size, ", ", Method::name, " takes all ",
                 data.training().counted, " samples: leave it out");

    const Index starts = (std::max)(options.starts.value_or(1), state.start + 1);
    const Index at_once = starts_at_once<Net>(net.shape(), data.training().X.rows, method, options,
                                              starts - state.start);
    EarlyEnd end(options, at_once > 1);
    std::vector<std::unique_ptr<RunTrainer<Net>>> trainers(static_cast<std::size_t>(at_once));
    const auto trainer = [&](int thread) -> RunTrainer<Net>& {
        auto& created = trainers[std::size_t(thread)];  // by the thread that uses it
        if (!created)
            created = std::make_unique<RunTrainer<Net>>(net, functions, data, options,
                                                        at_once > 1 ? 1 : options.threads);
        return *created;
    };
    trainer(0);  // what it allocates, before anything changes

    const double seconds_before = state.seconds;
    const typename Net::Weights given = net.weights();
    const auto begin = [&](Index number) {
        return Run{begin_run<Net>(number, given, options, data.units()),
                   new_state<Scalar>(method, given.size())};
    };
    if (!state.current)
        state.current.emplace(begin(state.start));
    if (!state.units)
        state.units.emplace(data.units());

    const auto call_back = [&](const Run& run) {
        const auto& history = run.history;
        net.weights() = data.units().to_caller(run.weights);
        state.seconds = seconds_before + end.seconds();
        return options.callback({.epoch = Index(history.losses.size()),
                                 .loss = history.losses.back(),
                                 .validation_loss = data.validated()
                                                        ? history.validation_losses.back()
                                                        : std::numeric_limits<double>::quiet_NaN(),
                                 .start = state.start});
    };

    std::optional<FinishedRun<Net>> last;
    while (!last) {
        // The current run and, in parallel, some of the following ones: more than threads, so that
        // no thread idles; not all of them, to bound the memory for their histories. Entries after
        // the run that ended the fit are empty.
        const auto size =
            std::size_t((std::min)(at_once == 1 ? 1 : 4 * at_once, starts - state.start));
        std::vector<std::optional<FinishedRun<Net>>> round(size);
        std::vector<std::optional<Run>> following(size);
        kernels::for_each_part(std::ssize(round), int(at_once), [&](Index i, int thread) {
            const Index number = state.start + i;
            if (end.ended_before(number))
                return;
            auto& own = following[std::size_t(i)];
            Run& run = i > 0 ? own.emplace(begin(number)) : *state.current;
            const auto after_epoch = [&] {
                return options.callback && !call_back(run)
                           ? std::optional(StopReason::stopped_by_caller)
                           : end.reason(number);
            };
            const auto& finished = round[std::size_t(i)].emplace(
                trainer(thread).train(run, method, number, end, after_epoch));
            if (!ends_the_fit(finished.reason) && number + 1 < starts)
                own.reset();
        });
        for (std::size_t i = 0; i < size && !last; ++i) {
            if (following[i])
                state.current.emplace(std::move(*following[i]));
            if (ends_the_fit(round[i]->reason) || state.start + 1 == starts)
                last = std::move(round[i]);
            else
                record(state, std::move(*round[i]));
        }
        if (!last)
            state.current.emplace(begin(state.start));
    }
    FitReport report =
        report_best(net, given, state, std::move(*last), trainer(0), data.units(), end);
    report.method = Method::name;
    report.loss = functions.name;
    report.warnings =
        options.standardize
            ? data.units().warnings()
            : warnings_of_scale(samples, std::same_as<typename Net::Output, Identity>);
    report.seconds = state.seconds = seconds_before + end.seconds();
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
