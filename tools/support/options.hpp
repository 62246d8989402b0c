// SPDX-License-Identifier: MIT
// What the command line of train asks for.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/tables/csv.hpp>
#include <twolayer/tables/table_model.hpp>
#include <utility>
#include <vector>

/// The options, named as in FitOptions where they are the same.
struct TrainOptions {
    using Index = twolayer::Index;

    std::string data = EXAMPLE_DATA_DIR "/digits.csv";
    std::string target;
    bool regression = false;
    std::vector<std::string> text_columns;
    std::vector<std::string> ignored_columns;
    twolayer::Missing missing = twolayer::Missing::refuse;
    std::string group;    ///< the column, empty without one
    std::string weights;  ///< the same
    twolayer::CsvOptions csv;

    std::optional<Index> hidden;
    std::string loss;
    std::optional<double> weight_decay;
    bool balanced = false;
    std::uint64_t seed = 1;

    std::string method = "auto";
    bool bayes = false;
    std::optional<double> learning_rate;
    std::optional<Index> batch_size;
    std::optional<Index> starts;
    int threads = 1;

    std::optional<Index> epochs;
    double time_limit = std::numeric_limits<double>::infinity();
    double loss_goal = -std::numeric_limits<double>::infinity();
    double validation_fraction = 0;
    std::optional<Index> patience;

    double test_fraction = 0.2;
    std::string test;  ///< a file to test on instead
    std::optional<Index> folds;
    std::string plot;
    std::string save;
    std::string export_c;
    std::string export_onnx;
    std::string json;
    bool quiet = false;

    std::string checkpoint;  ///< of --checkpoint or --resume
    bool resume = false;
    std::optional<Index> checkpoint_every;

    /// The first option that concerns the network, the method or the number of epochs; null if
    /// there is none. Then the library chooses all of them.
    const char* own_choice() const {
        const std::pair<bool, const char*> given[] = {
            {hidden.has_value(), "--hidden"},
            {weight_decay.has_value(), "--weight-decay"},
            {bayes, "--bayes"},
            {loss == "squared-error" && !regression, "--loss"},
            {method != "auto", "--method"},
            {learning_rate.has_value(), "--learning-rate"},
            {batch_size.has_value(), "--batch-size"},
            {starts.has_value(), "--starts"},
            {epochs.has_value(), "--epochs"},
            {loss_goal != -std::numeric_limits<double>::infinity(), "--loss-goal"},
            {validation_fraction != 0, "--validation-fraction"},
            {!checkpoint.empty(), resume ? "--resume" : "--checkpoint"}};
        for (const auto& [is_given, option] : given)
            if (is_given)
                return option;
        return nullptr;
    }

    bool automatic() const { return own_choice() == nullptr; }

    Index hidden_units() const { return hidden.value_or(64); }

    const char* score_name() const { return regression ? "R2" : "accuracy"; }

    bool squared_error() const { return regression || loss == "squared-error"; }

    /// The method to train by: "auto" if the library chooses it.
    std::string trainer() const {
        if (bayes)
            return "bayes";
        return method == "auto" && (!regression || learning_rate || batch_size) ? "adam" : method;
    }

    bool mini_batches() const { return trainer() == "adam" || trainer() == "gd"; }
};

/// Throws std::invalid_argument for options that contradict each other.
inline void check_options(const TrainOptions& o) {
    using twolayer::fail;
    if (o.regression && o.loss == "cross-entropy")
        fail("--loss is cross-entropy, but --regression has the squared error: leave --loss out");
    if (o.regression && o.balanced)
        fail("--balanced is for classes: leave it out with --regression");
    if (o.method == "lm" && !o.squared_error())
        fail(
            "--method is lm, which minimizes the squared error, but the loss is cross-entropy: "
            "add --loss squared-error, or use --method newton-cg");
    if (o.bayes && !o.regression)
        fail(
            "--bayes is for --regression: for classes, use --method newton-cg, or --method lm and "
            "--loss squared-error, with a --weight-decay");
    if (o.bayes && o.method != "auto" && o.method != "lm")
        fail("--method is ", o.method, ", but --bayes is a method, too: leave one of them out");
    if (o.bayes && o.weight_decay)
        fail("--weight-decay is ", *o.weight_decay,
             ", but --bayes chooses it: leave one of them out");
    const auto needs_steps = [&](const char* option, const auto& value) {
        if (value && !o.mini_batches())
            fail(option, " is ", *value, ", but ", o.bayes ? "--bayes" : "--method ",
                 o.bayes ? "" : o.method, " has none: leave it out, or use --method adam or gd");
    };
    needs_steps("--learning-rate", o.learning_rate);
    needs_steps("--batch-size", o.batch_size);
    if (o.checkpoint_every && o.checkpoint.empty())
        fail("--checkpoint-every is ", *o.checkpoint_every,
             ", but neither --checkpoint nor --resume is given: add one of them");
    if (!o.checkpoint.empty() && o.trainer() == "auto")
        fail(
            "--method is auto, but checkpoints require a given method: use --method lm, or lbfgs "
            "for a network with many weights");
}
