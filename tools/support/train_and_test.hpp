// SPDX-License-Identifier: MIT
// Trains and tests a network for train. The files train_*.cpp instantiate it.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
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

inline void print_network(const Console& console, const TrainData& data, Index hidden,
                          Index weights) {
    console.line("network", format("%td - %td - %td, %td weights", data.X.cols(), hidden,
                                   data.Y.cols(), weights));
}

inline void print_search(const Console& console, const SearchResult& search,
                         std::string_view loss) {
    console.print(format("\n%12s%15s   %s\n", "hidden units", "weight decay",
                         ("validation loss (" + std::string(loss) + ")").c_str()));
    for (const twolayer::Trial& trial : search.tried) {
        const bool is_chosen = trial.hidden == search.chosen.hidden &&
                               trial.validation_loss == search.chosen.validation_loss;
        console.print(format("%12td%15.3g%18.4g%s\n", trial.hidden, trial.weight_decay,
                             trial.validation_loss, is_chosen ? "   chosen" : ""));
    }
    console.line("chosen",
                 format("%td hidden units, weight decay %.3g; the search took %.2f s",
                        search.chosen.hidden, search.chosen.weight_decay, search.seconds));
}

/// Trains and tests a model; the library chooses size, weight decay and method.
template <typename Output>
Training train_automatically(const TrainOptions& o, const TrainData& data, const Side& training,
                             Side held_out, const Console& console) {
    using namespace twolayer;
    auto model = new_model<Output>(o, data, training, 1);
    check_formats(o, model, training.X);
    console.line("search", "for hidden units and weight decay by cross-validation");
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
    const Index weights = model.net.weights().size();
    SearchResult search{std::move(report.tried), report.chosen,
                        report.seconds - report.fit.seconds};
    print_search(console, search, report.fit.loss);
    print_network(console, data, report.chosen.hidden, weights);
    write_model(o, model, report.fit, training.X, std::identity{});
    return {.report = std::move(report.fit),
            .samples = training.X.rows(),
            .hidden = report.chosen.hidden,
            .weights = weights,
            .search = std::move(search),
            .held_out = std::move(held_out),
            .Yhat = std::move(Yhat)};
}

template <typename Output, typename Loss>
Training train_and_test(const TrainOptions& o, const TrainData& data, const twolayer::Split& split,
                        Console& console) {
    using namespace twolayer;
    const Side training = data.side(split.train);
    Side held_out = data.side(split.test);
    const Index N = training.X.rows();
    console.line("split", format("%td for training, %td held out", N, held_out.X.rows()));
    if constexpr (std::same_as<Output, Identity> || std::same_as<Loss, CrossEntropy>)
        if (o.automatic())
            return train_automatically<Output>(o, data, training, std::move(held_out), console);
    auto model = new_model<Output>(o, data, training, o.hidden_units());
    check_formats(o, model, training.X);
    const Index weights = model.net.weights().size();
    print_network(console, data, o.hidden_units(), weights);
    check_size(o, N, weights, console);

    const Matrix<double> X = model.inputs.transform(training.X);
    const Matrix<double> Y = model.targets.transform(training.Y);
    const Matrix<double> X_held_out = model.inputs.transform(held_out.X);
    const Matrix<double> Y_held_out = model.targets.transform(held_out.Y);
    const auto predict = [&](const Matrix<double>& scaled) {
        return model.targets.inverse(model.net.predict(scaled));
    };
    const auto held_out_loss = [&] { return mean_loss(model.net, X_held_out, Y_held_out, Loss{}); };

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
    FitReport report = fit_by_method<Loss>(o, model.net, X, Y, options, console);
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
            .held_out = std::move(held_out),
            .Yhat = std::move(Yhat)};
}
