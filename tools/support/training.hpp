// SPDX-License-Identifier: MIT
// A training of train, and its result.
#pragma once

#include <string>
#include <twolayer/train/fit_options.hpp>
#include <vector>

#include "options.hpp"
#include "train_data.hpp"

/// The result of a network on the held-out samples.
struct TestResult {
    twolayer::Index samples = 0;
    double score = 0;  ///< the accuracy of a classifier, R2 of a regression
    double rmse = 0, mae = 0;
    twolayer::Matrix<double> confusion = {};
};

/// The result of a training.
struct Training {
    twolayer::FitReport report;
    twolayer::Index hidden = 0;           ///< units
    std::vector<double> held_out_losses;  ///< after each epoch; empty if quiet
    TestResult test;
};

/// Trains a network with this output by this loss on one side of the split and tests it on the
/// other. If o.automatic(), the library chooses size, weight decay and method. Prints the progress
/// unless `quiet`. Throws std::invalid_argument, before any work, for options that do not fit the
/// samples, and std::runtime_error if the loss overflows.
template <typename Output, typename Loss>
Training train_and_test(const TrainOptions& o, const TrainData& data, const twolayer::Split& split,
                        bool quiet);
