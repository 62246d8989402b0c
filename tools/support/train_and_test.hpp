// SPDX-License-Identifier: MIT
// Trains and tests a network for train. The files train_*.cpp instantiate it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <sstream>
#include <twolayer/data/metrics.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/files/c99.hpp>
#include <twolayer/files/onnx.hpp>
#include <twolayer/files/safetensors.hpp>
#include <twolayer/model/fit_model.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>

#include "fit_by_method.hpp"
#include "interrupt.hpp"
#include "progress.hpp"
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
inline void check_size(const TrainOptions& o, Index N, Index P, bool quiet) {
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
    if (!quiet)
        std::printf("memory    %.3g MB for the matrices of Levenberg-Marquardt\n", bytes / 1e6);
}

/// A network with random weights for the data, with the scalings of the training samples.
template <typename Output>
twolayer::Model<twolayer::TwoLayerNet<double, Output>> new_model(const TrainOptions& o,
                                                                 const TrainData& data,
                                                                 const Side& training,
                                                                 Index hidden) {
    using namespace twolayer;
    using Net = TwoLayerNet<double, Output>;
    Model<Net> model{
        .net = Net({.inputs = data.X.cols(), .hidden = hidden, .outputs = data.Y.cols()})};
    model.inputs = Standardizer<double>::fit(training.X);
    if (o.regression)
        model.targets = Standardizer<double>::fit(training.Y);
    model.columns = data.columns;
    model.class_names = data.class_names;
    std::mt19937_64 generator(o.seed);
    model.net.randomize(generator);
    return model;
}

/// R2 or accuracy of Yhat, in the units of the targets.
inline double score(const Side& side, const Matrix<double>& Yhat) {
    return side.labels.empty() ? twolayer::r2({.target = side.Y, .prediction = Yhat})
                               : twolayer::accuracy(side.labels, twolayer::class_index(Yhat));
}

inline TestResult test(const Side& side, const Matrix<double>& Yhat) {
    TestResult result{.samples = side.X.rows(), .score = score(side, Yhat)};
    if (side.labels.empty()) {
        result.rmse = twolayer::rmse({.target = side.Y, .prediction = Yhat});
        result.mae = twolayer::mae({.target = side.Y, .prediction = Yhat});
    } else {
        const Index K = side.Y.cols();
        result.confusion = twolayer::confusion_matrix(
                               {.actual = side.labels,
                                .predicted = twolayer::class_index(Yhat),
                                .labels = twolayer::class_index(Matrix<double>::Identity(K, K))})
                               .counts;
    }
    return result;
}

/// Writes each requested file of the model to destination(path), a path or a stream.
template <typename Net, typename Destination>
void write_model(const TrainOptions& o, const twolayer::Model<Net>& model,
                 const twolayer::FitReport& report, const Matrix<double>& X,
                 Destination destination) {
    if (!o.save.empty())
        twolayer::save(destination(o.save), model,
                       {.loss = std::string(report.loss),
                        .method = std::string(report.method),
                        .seed = o.seed});
    if (!o.export_c.empty())
        twolayer::export_c(destination(o.export_c), model, {}, X);
    if (!o.export_onnx.empty())
        twolayer::export_onnx(destination(o.export_onnx), model);
}

/// Writes the model to nowhere, before the training: throws for names that a format cannot hold.
template <typename Net>
void check_formats(const TrainOptions& o, const twolayer::Model<Net>& model,
                   const Matrix<double>& X) {
    std::ostringstream nowhere;
    write_model(o, model, {}, X, [&](const auto&) -> std::ostream& { return nowhere; });
}

inline void print_search(const twolayer::ModelReport& report) {
    std::printf("\n%14s%14s%18s\n", "hidden units", "weight decay", "validation loss");
    for (const twolayer::Trial& trial : report.tried)
        std::printf("%14td%14.3g%18.4g\n", trial.hidden, trial.weight_decay, trial.validation_loss);
    std::printf("chosen    %td hidden units, weight decay %.3g; the search took %.2f s\n",
                report.chosen.hidden, report.chosen.weight_decay,
                report.seconds - report.fit.seconds);
}

/// Trains and tests a model; the library chooses size, weight decay and method.
template <typename Output>
Training train_automatically(const TrainOptions& o, const TrainData& data, const Side& training,
                             const Side& held_out, bool quiet) {
    using namespace twolayer;
    auto model = new_model<Output>(o, data, training, 1);
    check_formats(o, model, training.X);
    if (!quiet) {
        std::puts("search    for hidden units and weight decay by cross-validation");
        std::fflush(stdout);
    }
    const ModelSearchOptions options{.seed = o.seed, .threads = o.threads};
    ModelReport report;
    Matrix<double> Yhat;
    if constexpr (std::same_as<Output, Identity>) {
        auto fitted = fit_regressor(training.X, training.Y, options);
        model.net = std::move(fitted.model.net);
        report = std::move(fitted.report);
        Yhat = model.predict(held_out.X);
    } else {
        // A class may have no training sample.
        auto fitted = fit_classifier(training.X, training.labels, options);
        model.net = std::move(fitted.model.net);
        report = std::move(fitted.report);
        model.targets = fitted.model.targets;
        model.class_names.clear();
        const Matrix<double> learnt = model.predict(held_out.X);
        Yhat = Matrix<double>::Zero(held_out.X.rows(), data.Y.cols());
        for (const ClassIndex c : fitted.model.class_names) {
            Yhat.col(static_cast<Index>(c)) = learnt.col(std::ssize(model.class_names));
            model.class_names.push_back(data.class_names[static_cast<std::size_t>(c)]);
        }
    }
    if (!quiet)
        print_search(report);
    write_model(o, model, report.fit, training.X, std::identity{});
    return {std::move(report.fit), report.chosen.hidden, {}, test(held_out, Yhat)};
}

template <typename Output, typename Loss>
Training train_and_test(const TrainOptions& o, const TrainData& data, const twolayer::Split& split,
                        bool quiet) {
    using namespace twolayer;
    const Side training = data.side(split.train), held_out = data.side(split.test);
    const Index N = training.X.rows();
    if (!quiet)
        std::printf("split     %td for training, %td held out\n", N, held_out.X.rows());
    if constexpr (std::same_as<Output, Identity> || std::same_as<Loss, CrossEntropy>)
        if (o.automatic())
            return train_automatically<Output>(o, data, training, held_out, quiet);
    auto model = new_model<Output>(o, data, training, o.hidden_units());
    check_formats(o, model, training.X);
    if (!quiet)
        std::printf("network   %td - %td - %td, %td weights\n", data.X.cols(), o.hidden_units(),
                    data.Y.cols(), model.net.weights().size());
    check_size(o, N, model.net.weights().size(), quiet);

    const Matrix<double> X = model.inputs.transform(training.X);
    const Matrix<double> Y = model.targets.transform(training.Y);
    const Matrix<double> X_held_out = model.inputs.transform(held_out.X);
    const Matrix<double> Y_held_out = model.targets.transform(held_out.Y);
    const auto predict = [&](const Matrix<double>& scaled) {
        return model.targets.inverse(model.net.predict(scaled));
    };

    FitOptions options = fit_options(o, N);
    std::vector<std::vector<double>> held_out_losses(1);  // of each start
    Progress progress(*options.epochs, o.score_name(), quiet);
    options.callback = [&](const FitProgress& p) {
        if (!quiet) {
            held_out_losses.resize(std::size_t(p.start) + 1);
            held_out_losses.back().push_back(mean_loss(model.net, X_held_out, Y_held_out, Loss{}));
            if (progress.wants(p.epoch))
                progress.show(
                    p.start, p.epoch, {p.loss, score(training, predict(X))},
                    {held_out_losses.back().back(), score(held_out, predict(X_held_out))});
        }
        return interrupted == 0;
    };
    FitReport report = fit_by_method<Loss>(o, model.net, X, Y, options);
    progress.finish();
    if (report.stop_reason == StopReason::not_finite)
        fail<std::runtime_error>(
            "the loss overflowed after ", report.epochs,
            " epochs: ", o.mini_batches() ? "try a lower --learning-rate" : "try another --method");
    write_model(o, model, report, training.X, std::identity{});
    // A resumed training may end without another epoch.
    held_out_losses.resize(std::size_t(report.starts));
    std::vector<double> losses = held_out_losses[std::size_t(report.best_start)];
    return {std::move(report), o.hidden_units(), std::move(losses),
            test(held_out, predict(X_held_out))};
}
