// SPDX-License-Identifier: MIT
// The command line of train.
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>
#include <twolayer/base/finite.hpp>
#include <twolayer/kernels/parallel.hpp>

#include "options.hpp"
#include "program_options.hpp"

/// Rejects a text that is not a T, or not a good one. Unlike CLI::Range it rejects NaN, and says
/// what is expected.
template <typename T, typename Good>
CLI::Validator number(Good good, const std::string& expected) {
    return CLI::Validator(
        [good, expected](const std::string& text) {
            T value{};
            return CLI::detail::lexical_cast(text, value) && good(value)
                       ? std::string()
                       : text + " is not " + expected;
        },
        "");
}

inline CLI::Validator integer_from(std::int64_t least) {
    return number<std::int64_t>(
        [least](std::int64_t value) { return least <= value && value <= 1'000'000'000'000'000; },
        "an integer from " + std::to_string(least) + " to 1e15");
}

inline CLI::Validator at_least_zero() {
    return number<double>([](double value) { return 0 <= value && value <= 1e15; },
                          "a number between 0 and 1e15");
}

inline CLI::Validator positive() {
    return number<double>([](double value) { return 0 < value && twolayer::is_finite(value); },
                          "a positive, finite number");
}

inline CLI::Validator fraction() {
    return number<double>([](double value) { return 0 <= value && value <= 1; },
                          "a number between 0 and 1");
}

/// The columns of the file, and which of them to predict.
inline void add_data_options(CLI::App& app, TrainOptions& o) {
    app.option_defaults()->group("Data");
    add_option(app, "--data", o.data, "FILE",
               "CSV file to train and test on, or - for the standard input [default: handwritten "
               "digits]");
    add_option(app, "--target", o.target, "COLUMN",
               "column to predict: its name, or its number, counted from 1")
        ->needs("--data");
    app.get_option("--data")->needs("--target");
    app.add_flag("--regression", o.regression, "predict a number instead of a class");
    add_option(app, "--text", o.text_columns, "COLUMN,...",
               "columns to treat as text although some of their cells are numbers")
        ->delimiter(',');
    add_option(app, "--ignore", o.ignored_columns, "COLUMN,...", "columns to leave out")
        ->delimiter(',');
    add_option(
        app, "--group", o.group, "COLUMN",
        "column that names the group of each row, such as the patient: all rows of a group "
        "are trained on or all are held out, also in --folds and in the search; not an input")
        ->needs("--data");
    add_option(app, "--weights", o.weights, "COLUMN",
               "column of sample weights, which training, search and report respect; not an input")
        ->needs("--data");
    using twolayer::Missing;
    add_choice<Missing>(
        app, "--missing", o.missing,
        {{"refuse", Missing::refuse}, {"drop", Missing::drop}, {"mean", Missing::mean}},
        "for a missing input: refuse the file [default], drop the row, or put the mean of the "
        "training samples in its place, in predictions, too");
    add_csv_options(app, o.csv);
}

/// The network, what is minimized, and by what.
inline void add_training_options(CLI::App& app, TrainOptions& o) {
    app.option_defaults()->group("Network and method");
    add_option(app, "--hidden", o.hidden, "UNITS", "number of hidden units [default: 64]")
        ->check(integer_from(1));
    add_option(app, "--loss", o.loss, "LOSS",
               "cross-entropy [default] or squared-error; a regression always has the latter")
        ->check(CLI::IsMember({"cross-entropy", "squared-error"}));
    add_option(app, "--weight-decay", o.weight_decay, "DECAY",
               "weight decay [default: 0.0003 for classes, 0.003 for a regression]")
        ->check(at_least_zero());
    app.add_flag("--balanced", o.balanced, "give every class the same total weight");
    add_option(app, "--method", o.method, "METHOD",
               "with all samples in each step: lm (Levenberg-Marquardt), lbfgs, newton-cg, rprop; "
               "with batches: adam, gd (gradient descent with momentum 0.9); auto [default]: adam "
               "for classes, for a regression the method that suits the size of network and data")
        ->check(CLI::IsMember({"auto", "lm", "lbfgs", "newton-cg", "rprop", "adam", "gd"}));
    app.add_flag("--bayes", o.bayes,
                 "Levenberg-Marquardt that chooses the weight decay by the data; for a regression");
    add_option(app, "--learning-rate", o.learning_rate, "RATE",
               "initial learning rate of adam [default: 0.06 for classes, 0.02 for a regression] "
               "and of gd [default: 0.05]")
        ->check(positive());
    add_option(app, "--batch-size", o.batch_size, "SAMPLES",
               "samples per step of adam and gd [default: 32]")
        ->check(integer_from(1));
    add_option(app, "--starts", o.starts, "STARTS",
               "number of starts; the best one is kept [default: 1; up to 20 for a regression with "
               "--loss-goal and --method auto]")
        ->check(integer_from(1));
    add_option(app, "--threads", o.threads, "THREADS",
               twolayer::kernels::parallel
                   ? "maximum number of threads [default: 1]; the result does not depend on it"
                   : "accepted; this build, without OpenMP, uses one thread")
        ->check(integer_from(1));
    add_option(app, "--seed", o.seed, "SEED",
               "seed of the splits, the first weights and the batches [default: 1]")
        ->check([](const std::string& text) {
            std::uint64_t seed = 0;
            const char* const end = text.data() + text.size();
            const auto parsed = std::from_chars(text.data(), end, seed);
            return parsed.ec == std::errc() && parsed.ptr == end
                       ? std::string()
                       : text + " is not an integer from 0 to 2^64 - 1";
        });
}

/// When training stops, how it is tested, and what is written.
inline void add_test_options(CLI::App& app, TrainOptions& o) {
    app.option_defaults()->group("End, test and results");
    add_option(app, "--epochs", o.epochs, "EPOCHS",
               "maximum number of passes over the training samples [default: 20 to 1000, fewer for "
               "more samples]")
        ->check(integer_from(1));
    add_option(app, "--time-limit", o.time_limit, "SECONDS",
               "time limit of search and training in seconds [default: none]")
        ->check(positive());
    add_option(app, "--loss-goal", o.loss_goal, "LOSS", "stop if the training loss is this low")
        ->check(number<double>([](double value) { return !twolayer::is_nan(value); }, "a number"));
    add_option(app, "--validation-fraction", o.validation_fraction, "FRACTION",
               "fraction of the training samples to validate on; the weights with the lowest "
               "validation loss are kept")
        ->check(fraction());
    add_option(app, "--patience", o.patience, "EPOCHS",
               "stop after this many epochs without a lower validation loss [default: 20]")
        ->check(integer_from(1))
        ->needs("--validation-fraction");
    app.get_option("--group")->excludes("--validation-fraction");  // which divides groups
    add_option(app, "--test-fraction", o.test_fraction, "FRACTION",
               "fraction of the samples to test on [default: 0.2]")
        ->check(fraction());
    add_option(app, "--test", o.test, "FILE",
               "CSV file to test on; all samples of --data are then trained on. A category that "
               "occurs only in this file has zeros for inputs")
        ->needs("--data")
        ->excludes("--test-fraction");
    add_option(app, "--plot", o.plot, "FILE",
               "draw the learning curve, and the confusion matrix or the predictions, as .png or "
               ".svg; requires gnuplot");
    add_option(app, "--json", o.json, "FILE",
               "write the report and the losses of each epoch as JSON");
    app.add_flag("--quiet", o.quiet, "print warnings and errors only");
    add_option(app, "--save", o.save, "FILE",
               "save the model, with its scalings and names, as a .safetensors file, for predict "
               "and for Python");
    add_option(app, "--export-c", o.export_c, "FILE", "write the model as a C99 source file");
    add_option(app, "--export-onnx", o.export_onnx, "FILE", "write the model as an ONNX file");
    auto* folds = add_option(app, "--folds", o.folds, "FOLDS",
                             "cross-validate: train this many times, each time with a different "
                             "part held out, and print the scores")
                      ->check(integer_from(2));
    for (const char* other :
         {"--test-fraction", "--test", "--plot", "--save", "--export-c", "--export-onnx"})
        folds->excludes(other);
}

/// How a killed training is resumed.
inline void add_checkpoint_options(CLI::App& app, TrainOptions& o) {
    app.option_defaults()->group("Checkpoints");
    add_option(app, "--checkpoint", o.checkpoint, "FILE",
               "save the state of the training in this file, to resume it if it is killed")
        ->excludes("--folds");
    app.add_option_function<std::string>(
           "--resume",
           [&o](const std::string& file) {
               o.checkpoint = file;
               o.resume = true;
           },
           "resume from a --checkpoint and update it; data and options must be the same, only "
           "--epochs may be larger")
        ->excludes("--checkpoint")
        ->excludes("--folds")
        ->excludes("--plot")
        ->option_text("FILE");
    add_option(app, "--checkpoint-every", o.checkpoint_every, "EPOCHS",
               "save a checkpoint after this many epochs, and at least every minute")
        ->check(integer_from(1));
}

/// Reads the command line. Throws CLI::ParseError for wrong use and for --help, and as
/// check_options().
inline TrainOptions parse_train_options(CLI::App& app, int argc, char** argv) {
    TrainOptions o;
    app.description(
        "Trains a network with one hidden layer on a CSV file and tests it on held-out\n"
        "samples. Cross-validation chooses the number of hidden units, the weight decay\n"
        "and the method, unless an option concerns the network, the method or the number\n"
        "of epochs. Ctrl-C ends search and training, and the best model so far is\n"
        "reported and saved; a second Ctrl-C ends the program. Without arguments, train\n"
        "learns the UCI handwritten digits.");
    add_data_options(app, o);
    add_training_options(app, o);
    add_test_options(app, o);
    add_checkpoint_options(app, o);
    app.parse(argc, argv);
    check_options(o);
    return o;
}
