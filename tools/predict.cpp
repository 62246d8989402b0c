// SPDX-License-Identifier: MIT
//
// Load a model and write what it predicts for each row of a CSV file. See predict --help.

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <iostream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <twolayer/base/error.hpp>
#include <twolayer/files/bytes/write_file.hpp>
#include <twolayer/files/safetensors.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/table.hpp>
#include <utility>
#include <vector>

#include "support/csv_options.hpp"
#include "support/output_path.hpp"
#include "support/status_of.hpp"

using namespace twolayer;

namespace {

struct PredictOptions {
    std::string model, data;
    std::string to;      ///< empty for the standard output
    std::string output;  ///< of a file that does not say it
    bool blank_missing = false;
    CsvOptions csv;
};

PredictOptions parse_options(CLI::App& app, int argc, char** argv) {
    PredictOptions o;
    app.description(
        "Predicts each row of a CSV file by a network that train --save wrote, or Python.\n"
        "Writes a CSV file with a line for each row: the class and the probability of each\n"
        "class, or the number that a regression predicts.");
    app.get_formatter()->column_width(28);
    app.add_option("model", o.model, ".safetensors file")->required()->option_text("MODEL");
    app.add_option("data", o.data, "CSV file; its columns are found by their names")
        ->required()
        ->option_text("DATA");
    app.add_option("--to", o.to, "write into this file; to the terminal when left out")
        ->option_text("FILE");
    app.add_option_function<std::string>(
           "--missing", [&o](const std::string& what) { o.blank_missing = what == "blank"; },
           "for a row with an empty field, NA or ?: refuse the\nfile (when left out), or leave its "
           "line blank")
        ->check(CLI::IsMember({"refuse", "blank"}))
        ->option_text("refuse|blank");
    app.add_option("--output", o.output, "of a network whose file does not say it")
        ->check(CLI::IsMember({"sigmoid", "softmax", "identity"}))
        ->option_text("sigmoid|softmax|identity");
    add_csv_options(app, o.csv);
    app.parse(argc, argv);
    return o;
}

/// Appends a row, fields in quotes where they have to be.
void append_row(std::string& text, const std::vector<std::string>& fields, char delimiter) {
    const std::string special = std::string("\"\r\n") + delimiter;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        text += i == 0 ? "" : std::string(1, delimiter);
        if (fields[i].find_first_of(special) == std::string::npos) {
            text += fields[i];
            continue;
        }
        text += '"';
        for (const char c : fields[i]) text += c == '"' ? "\"\"" : std::string(1, c);
        text += '"';
    }
    text += '\n';
}

/// The shortest decimal that reads back as the same number, in every locale.
std::string decimal(double number) {
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

/// The columns of the table that are inputs.
std::vector<Index> columns_of(const Table& table, const InputColumns& inputs) {
    std::vector<Index> columns;
    for (Index c = 0; c < table.columns(); ++c)
        if (std::ranges::count(inputs.columns(), table.name(c), &InputColumn::name) > 0)
            columns.push_back(c);
    return columns;
}

/// The columns of a model that names none: all of the table, each a number.
InputColumns unnamed_columns(const PredictOptions& o, const Table& table, Index inputs) {
    if (table.columns() != inputs)
        fail<std::runtime_error>(o.data, " has ", table.columns(), " columns, ", o.model,
                                 " names none and has ", inputs, " inputs");
    std::vector<InputColumn> columns;
    for (const std::string& name : table.names) columns.push_back({name, {}});
    return InputColumns(std::move(columns));
}

/// The names of K outputs: of the classes, by numbers where they have none; one output alone gives
/// the probability of the second.
std::vector<std::string> class_names_of(std::vector<std::string> names, Index K) {
    if (names.empty())
        for (Index k = 0; k < std::max<Index>(K, 2); ++k) names.push_back(std::to_string(k));
    return names;
}

/// The file of predictions.
template <typename Output>
std::string predictions(const PredictOptions& o) {
    auto model = load<Model<TwoLayerNet<double, Output>>>(o.model);
    const Index K = model.net.shape().outputs;
    const Table table = read_csv(o.data, o.csv);
    if (!model.columns)
        model.columns = unnamed_columns(o, table, model.net.shape().inputs);

    std::vector<Index> rows(std::size_t(table.rows()));
    std::iota(rows.begin(), rows.end(), Index(0));
    if (o.blank_missing)
        rows = complete_rows(table, columns_of(table, *model.columns));
    const Matrix<double> Yhat = twolayer::predict(model, select_rows(table, rows));
    const std::vector<ClassIndex> classes = class_index(Yhat);

    constexpr bool is_regression = std::same_as<Output, Identity>;
    const std::vector<std::string> names = class_names_of(model.class_names, K);
    std::vector<std::string> header;
    if (!is_regression)
        header.push_back("class");
    for (Index k = 0; k < K; ++k)
        header.push_back(is_regression ? "prediction" + (K > 1 ? " " + std::to_string(k + 1) : "")
                                       : "probability of " + names[std::size_t(K > 1 ? k : 1)]);

    std::vector<std::vector<std::string>> lines(std::size_t(table.rows()),
                                                std::vector<std::string>(header.size()));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::vector<std::string>& line = lines[std::size_t(rows[i])];
        line.clear();
        if (!is_regression)
            line.push_back(names[static_cast<std::size_t>(classes[i])]);
        for (Index k = 0; k < K; ++k) line.push_back(decimal(Yhat(Index(i), k)));
    }
    std::string text;
    append_row(text, header, o.csv.delimiter);
    for (const auto& line : lines) append_row(text, line, o.csv.delimiter);
    return text;
}

void run(const PredictOptions& o) {
    check_outputs({{"--to", o.to}}, {{"MODEL", o.model}, {"DATA", o.data}});
    const std::string said = describe(o.model).output;
    if (said.empty() && o.output.empty())
        fail(o.model, " does not say its output: give --output sigmoid, softmax or identity");
    if (!said.empty() && !o.output.empty() && said != o.output)
        fail("--output is ", o.output, ", ", o.model, " has ", said);
    const std::string& output = said.empty() ? o.output : said;
    const std::string text = output == Sigmoid::name   ? predictions<Sigmoid>(o)
                             : output == Softmax::name ? predictions<Softmax>(o)
                                                       : predictions<Identity>(o);
    if (o.to.empty())
        std::cout << text;  // status_of() says if that fails
    else
        write_atomically(o.to, text);
}

}  // namespace

int main(int argc, char** argv) {
    return status_of("predict", [&](CLI::App& app) { run(parse_options(app, argc, argv)); });
}
