// SPDX-License-Identifier: MIT
// The model that train fills in, and the files that it is written to.
#pragma once

#include <cstdint>
#include <random>
#include <sstream>
#include <string>
#include <twolayer/data/standardizer.hpp>
#include <twolayer/files/c99.hpp>
#include <twolayer/files/onnx.hpp>
#include <twolayer/files/safetensors.hpp>
#include <twolayer/model/fit_model.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/network/net.hpp>

#include "options.hpp"
#include "terminal.hpp"
#include "train_data.hpp"

/// How the library shall search on the training samples.
inline twolayer::ModelSearchOptions search_options(const TrainOptions& o, const Side& training) {
    return {.seed = o.seed,
            .threads = o.threads,
            .sample_weights = training.weights,
            .balanced = o.balanced,
            .groups = training.groups,
            .time_limit = o.time_limit};
}

/// Puts the means of the training samples in place of missing inputs, as predict() does.
inline void fill_gaps(Matrix<double>& X, const twolayer::Standardizer<double>& inputs) {
    for (Index d = 0; d < X.cols(); ++d)
        for (double& value : X.col(d)) value = twolayer::is_nan(value) ? inputs.mean()(d) : value;
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
        .net = Net({.inputs = training.X.cols(), .hidden = hidden, .outputs = training.Y.cols()})};
    const std::vector<double> weights = search_options(o, training).sample_weights.values;
    detail::learn_inputs(model, training.X, weights);
    if (o.regression)
        model.targets = detail::standardizer_of<double>(training.Y, weights, "Y");
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
                        .seed = o.seed,
                        .samples = std::uint64_t(X.rows()),
                        .epochs = std::uint64_t(report.epochs),
                        .weight_decay = report.weight_decay});
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

template <typename Net>
void print_network(const Console& console, const Net& net) {
    console.line("network", format("%td - %td - %td, %td weights", net.shape().inputs,
                                   net.shape().hidden, net.shape().outputs, net.weights().size()));
}
