// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <twolayer/core/types.hpp>
#include <twolayer/io/csv.hpp>
#include <vector>

/// What the command line of `train` asks for.
struct TrainOptions {
    std::string data = EXAMPLE_DATA_DIR "/digits.csv";
    std::string target;
    bool regression = false;
    std::vector<std::string> text_columns;
    std::vector<std::string> ignored_columns;
    bool drop_missing = false;
    twolayer::CsvOptions csv;

    twolayer::Index hidden = 64;
    std::string loss;
    std::optional<twolayer::Index> epochs;
    std::optional<double> rate;
    twolayer::Index batch = 32;
    double decay = 3e-4;
    std::uint64_t seed = 1;
    double test_share = 0.2;
    int threads = 1;
    std::string plot;
};

/// Reads the command line. Throws CLI::ParseError for wrong use and for --help.
inline TrainOptions parse_train_options(CLI::App& app, int argc, char** argv) {
    TrainOptions o;
    app.description(
        "Trains a network with one hidden layer on a CSV file and tests it on samples held out.\n"
        "Without arguments: a classifier of the UCI handwritten digits.");

    auto* data = app.add_option("--data", o.data, "CSV file to learn from");
    auto* target = app.add_option("--target", o.target,
                                  "column to predict: its name or its number, the first being 1");
    data->needs(target);
    target->needs(data);
    app.add_flag("--regression", o.regression, "predict a number; otherwise a class");
    app.add_option("--text", o.text_columns,
                   "columns to take as text though some cells are numbers")
        ->delimiter(',');
    app.add_option("--ignore", o.ignored_columns, "columns to leave out")->delimiter(',');
    app.add_option_function<std::string>(
           "--missing", [&](const std::string& what) { o.drop_missing = what == "drop"; },
           "what to do about an empty field, NA or ?: refuse the file or drop the row")
        ->check(CLI::IsMember({"refuse", "drop"}))
        ->default_str("refuse");
    using twolayer::Header;
    app.add_option("--header", o.csv.header, "whether the first row holds the names of the columns")
        ->transform(CLI::Transformer(std::map<std::string, Header>{
            {"detect", Header::detect}, {"yes", Header::present}, {"no", Header::absent}}))
        ->default_str("detect");
    app.add_option("--delimiter", o.csv.delimiter, "character between fields")
        ->default_str("comma");

    const CLI::Range at_least_one(1.0, 1e15, "at least 1");
    app.add_option("--hidden", o.hidden, "hidden units")
        ->check(at_least_one)
        ->capture_default_str();
    app.add_option("--loss", o.loss,
                   "loss to minimize; cross-entropy for classes, squared-error for --regression")
        ->check(CLI::IsMember({"cross-entropy", "squared-error"}));
    app.add_option("--epochs", o.epochs,
                   "passes over the training samples; when left out, 86400 samples in all,\n"
                   "at least 20 and at most 1000 passes")
        ->check(at_least_one);
    app.add_option("--rate", o.rate,
                   "first learning rate of Adam; 0.04 for classes, 0.02 for --regression")
        ->check(CLI::PositiveNumber);
    app.add_option("--batch", o.batch, "samples in a step")
        ->check(at_least_one)
        ->capture_default_str();
    app.add_option("--decay", o.decay, "weight decay")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--seed", o.seed, "of the split, the first weights and the batches")
        ->check([](const std::string& text) {
            std::uint64_t seed = 0;
            const char* const end = text.data() + text.size();
            const auto parsed = std::from_chars(text.data(), end, seed);
            return parsed.ec == std::errc() && parsed.ptr == end
                       ? std::string()
                       : text + " is not a whole number from 0 to 2^64 - 1";
        })
        ->capture_default_str();
    app.add_option("--test-share", o.test_share, "share of the samples held out")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    app.add_option("--threads", o.threads, "accepted; training uses one thread")
        ->check(at_least_one)
        ->capture_default_str();
    app.add_option("--plot", o.plot,
                   "draw the learning curve into this .png or .svg (needs gnuplot)");
    app.parse(argc, argv);
    return o;
}
