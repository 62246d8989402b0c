// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/tables/csv.hpp>
#include <vector>

/// What the command line of `train` asks for.
struct TrainOptions {
    using Index = twolayer::Index;

    std::string data = EXAMPLE_DATA_DIR "/digits.csv";
    std::string target;
    bool regression = false;
    std::vector<std::string> text_columns;
    std::vector<std::string> ignored_columns;
    bool drop_missing = false;
    twolayer::CsvOptions csv;

    std::optional<Index> hidden;
    std::string loss;
    std::optional<double> weight_decay;
    bool balanced = false;
    std::uint64_t seed = 1;

    std::string method = "auto";
    bool bayes = false;
    std::optional<double> rate;
    std::optional<Index> batch;
    std::optional<Index> starts;
    int threads = 1;

    std::optional<Index> epochs;
    double seconds = std::numeric_limits<double>::infinity();
    double loss_goal = -std::numeric_limits<double>::infinity();
    double validation_fraction = 0;
    std::optional<Index> patience;

    double test_share = 0.2;
    std::optional<Index> folds;
    std::string plot;
    std::string save;
    std::string export_c;
    std::string export_onnx;

    std::string checkpoint;  ///< of --checkpoint or --resume
    bool resume = false;
    std::optional<Index> checkpoint_every;

    /// Whether nothing says how to train, so that the library chooses all of it.
    bool automatic() const {
        const double never = std::numeric_limits<double>::infinity();
        const bool is_other_loss = loss == "squared-error" && !regression;
        return !hidden && !weight_decay && !balanced && !bayes && !is_other_loss &&
               method == "auto" && !rate && !batch && !starts && !epochs && seconds == never &&
               loss_goal == -never && validation_fraction == 0 && checkpoint.empty();
    }

    Index hidden_units() const { return hidden.value_or(64); }

    bool squared_error() const { return regression || loss == "squared-error"; }

    /// The method to train by: auto where the library is to choose it.
    std::string trainer() const {
        if (bayes)
            return "bayes";
        return method == "auto" && (!regression || rate || batch) ? "adam" : method;
    }

    bool mini_batches() const { return trainer() == "adam" || trainer() == "gd"; }
};

/// Throws std::invalid_argument for options that cannot hold together.
inline void check_options(const TrainOptions& o) {
    using twolayer::fail;
    if (o.regression && o.loss == "cross-entropy")
        fail("--loss is cross-entropy, which is for classes: leave it out with --regression");
    if (o.regression && o.balanced)
        fail("--balanced is for classes: leave it out with --regression");
    if (o.method == "lm" && !o.squared_error())
        fail(
            "--method is lm, which minimizes the squared error, but the loss is cross-entropy: "
            "give --loss squared-error, or --method newton-cg");
    if (o.bayes && !o.regression)
        fail(
            "--bayes is for --regression: for classes give a --decay, and --loss squared-error or "
            "--method newton-cg in the place of Levenberg-Marquardt");
    if (o.bayes && o.method != "auto" && o.method != "lm")
        fail("--method is ", o.method, ", but --bayes is a method itself: leave one of them out");
    if (o.bayes && o.weight_decay)
        fail("--decay is ", *o.weight_decay, ", but --bayes chooses it: leave one of them out");
    const auto needs_steps = [&](const char* option, const auto& value) {
        if (value && !o.mini_batches())
            fail(option, " is ", *value, ", but ", o.bayes ? "--bayes" : "--method ",
                 o.bayes ? "" : o.method, " takes none: leave it out, or use --method adam or gd");
    };
    needs_steps("--rate", o.rate);
    needs_steps("--batch", o.batch);
    if (o.checkpoint_every && o.checkpoint.empty())
        fail("--checkpoint-every is ", *o.checkpoint_every,
             ", but there is no --checkpoint and no --resume");
    if (!o.checkpoint.empty() && o.trainer() == "auto")
        fail(
            "--method is auto, but a checkpoint is of a method that is known: give --method lm, or "
            "lbfgs for a network of many weights");
}
