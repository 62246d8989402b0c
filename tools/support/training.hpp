// SPDX-License-Identifier: MIT
// A training of train, and its result.
#pragma once

#include <optional>
#include <string>
#include <twolayer/data/metrics.hpp>
#include <twolayer/model/tune.hpp>
#include <twolayer/model/use_model.hpp>
#include <twolayer/train/fit_options.hpp>
#include <vector>

#include "options.hpp"
#include "terminal.hpp"
#include "train_data.hpp"

/// The sizes and decays that the library tried, if it chose them.
struct SearchResult {
    std::vector<twolayer::Trial> tried = {};
    twolayer::Trial chosen = {};
    double seconds = 0;
    bool finished = true;  ///< false if Ctrl-C or the time limit ended it
};

/// The result of a training.
struct Training {
    twolayer::FitReport report = {};
    Index samples = 0;  ///< trained on
    Index hidden = 0;   ///< units
    Index weights = 0;
    std::optional<SearchResult> search = {};
    std::vector<double> held_out_losses = {};  ///< after each epoch, if anyone asks for them
    twolayer::OutsideRange outside = {};       ///< of the held-out samples
    Side held_out = {};
    Matrix<double> Yhat = {};  ///< for the held-out samples, in the units of the targets
};

/// R2 or accuracy of Yhat, in the units of the targets.
inline double score(const Side& side, const Matrix<double>& Yhat) {
    if (side.labels.empty())
        return twolayer::r2({.target = side.Y, .prediction = Yhat, .sample_weights = side.weights});
    return twolayer::accuracy(side.labels, twolayer::class_index(Yhat), side.weights);
}

/// Trains a network with this output by this loss on one side of a split and predicts the other. If
/// o.automatic(), the library chooses size, weight decay and method. Throws std::invalid_argument,
/// before any work, for options that do not fit the samples, and std::runtime_error if the loss
/// overflows.
template <typename Output, typename Loss>
Training train_and_test(const TrainOptions& o, const TrainData& data, Side training, Side held_out,
                        Console& console);
