// SPDX-License-Identifier: MIT
// Trains and tests a network for train. The files train_*.cpp instantiate it.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <functional>
#include <stdexcept>
#include <twolayer/data/metrics.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/network/gradient.hpp>
#include <utility>
#include <vector>

#include "fit_by_method.hpp"
#include "new_model.hpp"
#include "progress.hpp"
#include "train_automatically.hpp"
#include "training.hpp"

/// The options for N samples.
inline twolayer::FitOptions fit_options(const TrainOptions& o, Index N) {
    // Some seconds for a network of usual size.
    const Index epochs = o.mini_batches() ? std::clamp<Index>(86400 / N, 20, 1000)
                                          : std::clamp<Index>(10000000 / N, 100, 1000);
    return {.epochs = o.epochs.value_or(epochs),
            .loss_goal = o.loss_goal,
            .time_limit = o.time_limit,
            .batch_size = o.mini_batches() ? o.batch_size.value_or(32) : twolayer::full_batch,
            .seed = o.seed,
            .threads = o.threads,
            .weight_decay = o.bayes ? 0 : o.weight_decay.value_or(o.regression ? 3e-3 : 3e-4),
            .anneal = o.mini_batches(),
            .balanced = o.balanced,
            .validation_fraction = o.validation_fraction,
            .patience = o.patience.value_or(20),
            .starts = o.starts};
}

/// Throws std::invalid_argument for options that do not fit N training samples and P weights;
/// prints the memory that Levenberg-Marquardt needs.
inline void check_size(const TrainOptions& o, Index N, Index P, const Console& console) {
    using twolayer::fail, twolayer::LevenbergMarquardt;
    const Index validated = twolayer::fraction_of(N, o.validation_fraction);
    if (o.validation_fraction > 0 && (validated < 1 || validated >= N))
        fail("--validation-fraction is ", o.validation_fraction, ", which of ", N,
             " training samples leaves none on one side");
    if (o.trainer() != "lm" && o.trainer() != "bayes")
        return;
    const double bytes = LevenbergMarquardt::bytes<double>(P);
    if (const double most = LevenbergMarquardt{}.memory_limit; bytes > most)
        fail("--hidden is ", o.hidden_units(), ", which makes ", P, " weights, for which ",
             o.bayes ? "--bayes" : "--method lm", " needs ", std::floor(bytes / 1e9),
             " GB, expected at most ", std::floor(most / 1e9), ": use --method lbfgs or newton-cg");
    console.line("memory", format("%.3g MB for the matrices of Levenberg-Marquardt", bytes / 1e6));
}

template <typename Output, typename Loss>
Training train_and_test(const TrainOptions& o, const TrainData& data, Side training, Side held_out,
                        Console& console) {
    using namespace twolayer;
    const Index N = training.X.rows();
    // By their own means: nothing is learnt from the samples that are held out.
    if (o.missing == Missing::mean) {
        // Weighted as by the training, so that predictions, too, use these means.
        ModelSearchOptions weighing = search_options(o, training);
        if (o.automatic() && o.balanced) {
            const auto numbered = detail::number_labels(training.labels);
            detail::weigh_by_class(weighing, numbered.indexes, std::ssize(numbered.classes));
        }
        detail::fill_gaps(training.X, weighing.sample_weights);
    }
    console.line("split", format("%td for training, %td held out", N, held_out.X.rows()));
    if constexpr (std::same_as<Output, Identity> || std::same_as<Loss, CrossEntropy>)
        if (o.automatic())
            return train_automatically<Output>(o, data, training, std::move(held_out), console);
    console.line("search", format("none, because %s is given", o.own_choice()));
    auto model = new_model<Output>(o, data, training, o.hidden_units());
    check_formats(o, model, training.X);
    const Index weights = model.net.weights().size();
    print_network(console, model.net);
    check_size(o, N, weights, console);
    fill_gaps(held_out.X, model.inputs);

    const Matrix<double> X = model.inputs.transform(training.X);
    const Matrix<double> Y = model.targets.transform(training.Y);
    const Matrix<double> X_held_out = model.inputs.transform(held_out.X);
    const Matrix<double> Y_held_out = model.targets.transform(held_out.Y);
    const auto predict = [&](const Matrix<double>& scaled) {
        return model.targets.inverse(model.net.predict(scaled));
    };
    const auto held_out_loss = [&] {
        return mean_loss(model.net, X_held_out, Y_held_out, Loss{}, held_out.weights);
    };

    FitOptions options = fit_options(o, N);
    const bool keeps_losses = !console.quiet() || !o.plot.empty() || !o.json.empty();
    std::vector<std::vector<double>> held_out_losses(1);  // of each start
    Progress progress(console, *options.epochs, o.score_name());
    options.callback = [&](const FitProgress& p) {
        held_out_losses.resize(std::size_t(p.start) + 1);
        if (keeps_losses)
            held_out_losses.back().push_back(held_out_loss());
        if (progress.wants(p.epoch))
            progress.show(p.start, p.epoch, {p.loss, score(training, predict(X))},
                          {held_out_losses.back().back(), score(held_out, predict(X_held_out))});
        return interrupted == 0;
    };
    FitReport report = fit_by_method<Loss>(o, model.net, X, Y, training.weights, options, console);
    if (report.stop_reason == StopReason::not_finite)
        fail<std::runtime_error>(
            "the loss overflowed after ", report.epochs,
            " epochs: ", o.mini_batches() ? "try a lower --learning-rate" : "try another --method");
    Matrix<double> Yhat = predict(X_held_out);
    if (!console.quiet())
        progress.finish(report.epochs, report.best_epoch,
                        {report.final_loss, score(training, predict(X))},
                        {held_out_loss(), score(held_out, Yhat)});
    write_model(o, model, report, training.X, std::identity{});
    // A resumed training may end without another epoch.
    held_out_losses.resize(std::size_t(report.starts));
    std::vector<double> losses = std::move(held_out_losses[std::size_t(report.best_start)]);
    return {.report = std::move(report),
            .samples = N,
            .hidden = o.hidden_units(),
            .weights = weights,
            .held_out_losses = std::move(losses),
            .outside = outside_range(model, held_out.X),
            .held_out = std::move(held_out),
            .Yhat = std::move(Yhat)};
}
