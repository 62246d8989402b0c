// SPDX-License-Identifier: MIT
// The cross-validation of train --folds.
#pragma once

#include <cstdio>
#include <stdexcept>
#include <twolayer/data/cross_validate.hpp>

#include "interrupt.hpp"
#include "report.hpp"
#include "training.hpp"

/// For each fold, trains by train(split) on all others and prints the score of that fold; then
/// prints their mean and deviation. Throws std::invalid_argument for more folds than samples, and
/// std::runtime_error after Ctrl-C.
template <typename Train>
void print_folds(const TrainOptions& o, const TrainData& data, Train train) {
    using namespace twolayer;
    const Index folds = *o.folds, N = data.X.rows();
    if (folds > N)
        fail("--folds is ", folds, ", expected at most the number of samples, ", N);
    Index fold = 0;
    FitReport last;
    std::printf("\n fold  samples  epochs  seconds  %8s\n", o.score_name());
    const auto score = [&](const Split& split) {
        const Training training = train(split);
        last = training.report;
        if (interrupted)
            fail<std::runtime_error>("stopped in fold ", fold + 1, " of ", folds);
        std::printf("%5td%9td%8td%9.3f%10.4f\n", ++fold, training.test.samples,
                    training.report.epochs, training.report.seconds, training.test.score);
        std::fflush(stdout);
        return training.test.score;
    };
    const auto splits =
        o.regression ? k_folds(N, folds, o.seed) : k_folds(data.labels, folds, o.seed);
    const CrossValidation result = cross_validate(splits, score);
    std::printf("\nheld out: %s %.4f, mean of %td folds, standard deviation %.4f\n", o.score_name(),
                result.mean, folds, result.deviation);
    print_method(last);
}
