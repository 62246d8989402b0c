// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>

#include "csv_options.hpp"
#include "options.hpp"

/// Refuses a number that is not good. Unlike CLI::Range it refuses NaN, and says what is wanted.
template <typename Good>
CLI::Validator number(Good good, const std::string& wanted) {
    return CLI::Validator(
        [good, wanted](const std::string& text) {
            double value = 0;
            return CLI::detail::lexical_cast(text, value) && !good(value)
                       ? text + " is not " + wanted
                       : std::string();
        },
        "");
}

inline CLI::Validator at_least(int least) {
    const auto good = [least](double value) { return least <= value && value <= 1e15; };
    return number(good, "between " + std::to_string(int(least)) + " and 1e15");
}

inline CLI::Validator positive() {
    return number([](double value) { return 0 < value && value - value == 0; },
                  "positive and finite");
}

inline CLI::Validator share() {
    return number([](double value) { return 0 <= value && value <= 1; }, "between 0 and 1");
}

/// The columns of the file, and which of them to learn.
inline void add_data_options(CLI::App& app, TrainOptions& o) {
    app.option_defaults()->group("Data");
    auto* data = app.add_option("--data", o.data, "CSV file to learn from")->option_text("FILE");
    auto* target =
        app.add_option("--target", o.target, "column to predict: its name, or its number from 1 on")
            ->option_text("COLUMN");
    data->needs(target);
    target->needs(data);
    app.add_flag("--regression", o.regression, "predict a number; otherwise a class");
    app.add_option("--text", o.text_columns, "take these as text though some cells are numbers")
        ->delimiter(',')
        ->option_text("COLUMN,...");
    app.add_option("--ignore", o.ignored_columns, "leave these out")
        ->delimiter(',')
        ->option_text("COLUMN,...");
    app.add_option_function<std::string>(
           "--missing", [&o](const std::string& what) { o.drop_missing = what == "drop"; },
           "for an empty field, NA or ?: refuse the file (when left\nout), or drop the row")
        ->check(CLI::IsMember({"refuse", "drop"}))
        ->option_text("refuse|drop");
    add_csv_options(app, o.csv);
}

/// The network, what is minimized, and by what.
inline void add_training_options(CLI::App& app, TrainOptions& o) {
    app.option_defaults()->group(
        "Network and method (chosen by cross-validation if none is given)");
    app.add_option("--hidden", o.hidden, "hidden units [default: 64]")
        ->check(at_least(1))
        ->option_text("UNITS");
    app.add_option("--loss", o.loss,
                   "cross-entropy or squared-error, of classes; a\nregression has "
                   "the squared error")
        ->check(CLI::IsMember({"cross-entropy", "squared-error"}))
        ->option_text("LOSS");
    app.add_option("--decay", o.weight_decay,
                   "weight decay [default: 0.0003 for classes, 0.003 for a\nregression]")
        ->check(at_least(0))
        ->option_text("DECAY");
    app.add_flag("--balanced", o.balanced, "let every class count the same, however rare it is");
    app.add_option("--method", o.method,
                   "auto (when left out): adam for classes, for a\nregression as size and shape "
                   "suggest;\nlm (Levenberg-Marquardt), lbfgs, newton-cg, rprop: all\nsamples in a "
                   "step; adam, gd (gradient descent): batches")
        ->check(CLI::IsMember({"auto", "lm", "lbfgs", "newton-cg", "rprop", "adam", "gd"}))
        ->option_text("METHOD");
    app.add_flag(
        "--bayes", o.bayes,
        "Levenberg-Marquardt with the weight decay that the\ndata suggest; for a regression");
    app.add_option("--rate", o.rate, "first learning rate of adam and gd")
        ->check(positive())
        ->option_text("RATE");
    app.add_option("--batch", o.batch, "samples in a step of adam and gd; 32 when left out")
        ->check(at_least(1))
        ->option_text("SAMPLES");
    app.add_option("--starts", o.starts, "starts, of which the best is kept; 1 when left out")
        ->check(at_least(1))
        ->option_text("STARTS");
    app.add_option("--threads", o.threads,
                   "maximum number of threads, in a build with OpenMP\n[default: 1]")
        ->check(at_least(1))
        ->option_text("THREADS");
    app.add_option("--seed", o.seed, "of splits, first weights and batches; 1 when left out")
        ->check([](const std::string& text) {
            std::uint64_t seed = 0;
            const char* const end = text.data() + text.size();
            const auto parsed = std::from_chars(text.data(), end, seed);
            return parsed.ec == std::errc() && parsed.ptr == end
                       ? std::string()
                       : text + " is not a whole number from 0 to 2^64 - 1";
        })
        ->option_text("SEED");
}

/// When training stops, and how it is judged.
inline void add_test_options(CLI::App& app, TrainOptions& o) {
    app.option_defaults()->group("End and test");
    app.add_option("--epochs", o.epochs,
                   "most passes over the training samples; when left\nout, the fewer, the more "
                   "samples there are")
        ->check(at_least(1))
        ->option_text("EPOCHS");
    app.add_option("--seconds", o.seconds, "most seconds of a training")
        ->check(positive())
        ->option_text("SECONDS");
    app.add_option("--target-loss", o.loss_goal, "stop at a training loss this low")
        ->check(number([](double value) { return value == value; }, "a number"))
        ->option_text("LOSS");
    auto* validation =
        app.add_option("--validation-share", o.validation_fraction,
                       "share of the training samples to validate on: the\nweights of the lowest "
                       "validation loss are kept")
            ->check(share())
            ->option_text("SHARE");
    app.add_option("--patience", o.patience,
                   "stop after so many epochs without a lower validation\nloss; 20 when left out")
        ->check(at_least(1))
        ->needs(validation)
        ->option_text("EPOCHS");
    auto* test_share = app.add_option("--test-share", o.test_share,
                                      "share of the samples held out; 0.2 when left out")
                           ->check(share())
                           ->option_text("SHARE");
    auto* plot = app.add_option("--plot", o.plot,
                                "draw the learning curve into this .png or .svg\n(needs gnuplot)")
                     ->option_text("FILE");
    auto* save = app.add_option("--save", o.save,
                                "write the network with its scalings and names into\nthis "
                                ".safetensors file, for predict and for Python")
                     ->option_text("FILE");
    auto* export_c = app.add_option("--export-c", o.export_c, "write the model as one file of C99")
                         ->option_text("FILE");
    auto* export_onnx =
        app.add_option("--export-onnx", o.export_onnx, "write the model as an ONNX file")
            ->option_text("FILE");
    app.add_option("--folds", o.folds,
                   "train so many times, each time holding out another\npart, and print the scores")
        ->check(at_least(2))
        ->excludes(test_share)
        ->excludes(plot)
        ->excludes(save)
        ->excludes(export_c)
        ->excludes(export_onnx)
        ->option_text("FOLDS");
}

/// How a training that is killed goes on.
inline void add_checkpoint_options(CLI::App& app, TrainOptions& o) {
    app.option_defaults()->group("Checkpoints");
    app.add_option("--checkpoint", o.checkpoint,
                   "keep in this file how the training stands, so that\nit can go on when it was "
                   "killed")
        ->excludes("--folds")
        ->option_text("FILE");
    app.add_option_function<std::string>(
           "--resume",
           [&o](const std::string& file) {
               o.checkpoint = file;
               o.resume = true;
           },
           "resume from a --checkpoint and update it; data and\noptions must be the same, only "
           "--epochs may be larger")
        ->excludes("--checkpoint")
        ->excludes("--folds")
        ->excludes("--plot")
        ->option_text("FILE");
    app.add_option("--checkpoint-every", o.checkpoint_every,
                   "write it after so many epochs; after a minute in any\ncase")
        ->check(at_least(1))
        ->option_text("EPOCHS");
}

/// Reads the command line. Throws CLI::ParseError for wrong use and for --help, and as
/// check_options().
inline TrainOptions parse_train_options(CLI::App& app, int argc, char** argv) {
    TrainOptions o;
    app.description(
        "Trains a network with one hidden layer on a CSV file and tests it on samples held out.\n"
        "The number of hidden units, the weight decay and the method are chosen by\n"
        "cross-validation, unless an option says how to train or when to stop.\n"
        "Without arguments: a classifier of the UCI handwritten digits.\n"
        "With such an option, Ctrl-C ends the training with what it has learnt; a second one\n"
        "ends the program.");
    app.get_formatter()->column_width(28);
    add_data_options(app, o);
    add_training_options(app, o);
    add_test_options(app, o);
    add_checkpoint_options(app, o);
    app.parse(argc, argv);
    check_options(o);
    return o;
}
