// SPDX-License-Identifier: MIT
//
// Writes the predictions of a model for each row of a CSV file, or what is known about the model.
// See predict --help.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <twolayer/base/error.hpp>
#include <twolayer/files/bytes/new_file.hpp>
#include <twolayer/files/safetensors.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/table.hpp>
#include <utility>

#include "support/describe.hpp"
#include "support/output_path.hpp"
#include "support/predictor.hpp"
#include "support/program_options.hpp"
#include "support/status_of.hpp"

using namespace twolayer;

namespace {

PredictOptions parse_options(CLI::App& app, int argc, char** argv) {
    PredictOptions o;
    app.description(
        "Predicts each row of a CSV file with a model from train --save or from Python.\n"
        "Writes a CSV file with one line per row: the class and the probability of each\n"
        "class, or the number that a regression predicts. Then says how many rows, if any,\n"
        "have an input outside the range of training. The file may be larger than memory.");
    add_option(app, "MODEL", o.model, " ", ".safetensors file")->required();
    add_option(app, "DATA", o.data, " ",
               "CSV file, or - for the standard input; columns are found by their names");
    add_option(app, "--to", o.to, "FILE", "file to write [default: standard output]");
    add_option(app, "--keep", o.kept, "COLUMN",
               "column of DATA to write in front of the predictions, such as an ID; may be "
               "repeated");
    add_choice<std::optional<bool>>(
        app, "--missing", o.blank_missing, {{"refuse", false}, {"blank", true}},
        "for rows with a missing value: refuse the file, or predict nothing [default: put the "
        "mean of training in its place if the model was trained with --missing mean, else refuse]");
    add_choice<Unknown>(
        app, "--unknown", o.unknown,
        {{"refuse", Unknown::refuse}, {"blank", Unknown::blank}, {"zero", Unknown::zero}},
        "for rows with a category that the model has not learnt: refuse the file [default], "
        "predict nothing, or predict as if it were none of the known categories");
    add_option(app, "--output", o.output, "OUTPUT",
               "sigmoid, softmax or identity: output of a network whose file does not name it")
        ->check(CLI::IsMember({"sigmoid", "softmax", "identity"}));
    app.add_flag("--describe", o.describe,
                 "print shape, columns, classes, scalings and the most influential inputs of "
                 "MODEL instead; needs no DATA");
    app.add_flag("--quiet", o.quiet, "do not report rows that extrapolate");
    add_csv_options(app, o.csv);
    app.parse(argc, argv);
    if (o.data.empty() && !o.describe)
        throw CLI::RequiredError("DATA");
    if (!o.data.empty() && o.describe)
        fail("--describe predicts nothing, but DATA is ", o.data, ": leave one of them out");
    if (o.describe && !o.to.empty())
        fail("--describe prints to the standard output, but --to is ", o.to,
             ": leave --to out, or redirect the output: predict --describe MODEL > FILE");
    return o;
}

/// Whether a regular file starts like a model. Others are not read: a pipe can be read only once.
bool is_model(const std::string& path) {
    std::error_code none;
    if (!std::filesystem::is_regular_file(path, none))
        return false;
    std::string start(10, ' ');
    std::ifstream(path, std::ios::binary).read(start.data(), std::ssize(start));
    return detail::starts_model(start);
}

/// What the file of the model says. If it is not one, but DATA is, both were given in the wrong
/// order.
FileDescription describe_model(const PredictOptions& o, const std::string& bytes) {
    try {
        return detail::made_from(
            o.model, [&] { return detail::describe(detail::parse_tensor_file(bytes)); });
    } catch (const std::runtime_error&) {
        if (is_model(o.data))
            fail("DATA, ", o.data, ", is a model, and MODEL, ", o.model,
                 ", is not: give the model first");
        throw;
    }
}

/// Writes the predictions for DATA, and puts the file in place when all are written.
template <typename Output>
void write_predictions(const PredictOptions& o, Model<TwoLayerNet<double, Output>> model,
                       bool floats) {
    Predictor<Output> predict(o, std::move(model), floats);
    std::optional<detail::NewFile> file;
    if (!o.to.empty())
        file.emplace(o.to).open();
    for_each_block_of(o.data, o.csv, [&](const Table& block) {
        const std::string lines = predict(block);
        if (file)
            file->write(lines);
        else
            std::cout << lines;  // status_of() checks it
    });
    if (file)
        file->put_in_place();
    if (!o.quiet)
        predict.report();
}

void run(const PredictOptions& o) {
    check_outputs({{"--to", o.to}}, {{"MODEL", o.model}, {"DATA", o.data}});
    const std::string bytes = detail::read_file(o.model);  // once: it may be a pipe
    const FileDescription file = describe_model(o, bytes);
    const std::string& named = file.output;
    if (named.empty() && o.output.empty() && !o.describe)
        fail(o.model, " does not name its output: add --output sigmoid, softmax or identity");
    if (!named.empty() && !o.output.empty() && named != o.output)
        fail("--output is ", o.output, ", but the output of ", o.model, " is ", named);
    const auto use = [&]<typename Output>(Output) {
        auto model = detail::load<Model<TwoLayerNet<double, Output>>>(o.model, bytes, {});
        if (o.describe)
            return print_description(Console(false), o.model, file, model);
        write_predictions(o, std::move(model), file.scalar == "float");
    };
    const std::string& output = named.empty() ? o.output : named;
    if (output == Sigmoid::name)
        use(Sigmoid{});
    else if (output == Softmax::name)
        use(Softmax{});
    else
        use(Identity{});
}

}  // namespace

int main(int argc, char** argv) {
    return status_of(argv[0], [&](CLI::App& app) { run(parse_options(app, argc, argv)); });
}
