// SPDX-License-Identifier: MIT
//
// Writes the predictions of a model for each row of a CSV file, or what is known about the model.
// See predict --help.

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

#include "support/describe.hpp"
#include "support/output_path.hpp"
#include "support/program_options.hpp"
#include "support/status_of.hpp"

using namespace twolayer;

namespace {

struct PredictOptions {
    std::string model, data;
    std::string to;      ///< empty for the standard output
    std::string output;  ///< of a network whose file does not name it
    bool blank_missing = false;
    bool describe = false;
    CsvOptions csv;
};

PredictOptions parse_options(CLI::App& app, int argc, char** argv) {
    PredictOptions o;
    app.description(
        "Predicts each row of a CSV file with a model from train --save or from Python.\n"
        "Writes a CSV file with one line per row: the class and the probability of each\n"
        "class, or the number that a regression predicts.");
    add_option(app, "MODEL", o.model, " ", ".safetensors file")->required();
    add_option(app, "DATA", o.data, " ",
               "CSV file, or - for the standard input; columns are found by their names");
    add_option(app, "--to", o.to, "FILE", "file to write [default: standard output]");
    add_missing_option(app, "blank", o.blank_missing, "leave its line blank");
    add_option(app, "--output", o.output, "OUTPUT",
               "sigmoid, softmax or identity: output of a network whose file does not name it")
        ->check(CLI::IsMember({"sigmoid", "softmax", "identity"}));
    app.add_flag("--describe", o.describe,
                 "print shape, columns, classes, scalings and the most influential inputs of "
                 "MODEL instead; needs no DATA");
    add_csv_options(app, o.csv);
    app.parse(argc, argv);
    if (o.data.empty() && !o.describe)
        throw CLI::RequiredError("DATA");
    if (!o.data.empty() && o.describe)
        fail("--describe predicts nothing, but DATA is ", o.data, ": leave one of them out");
    return o;
}

/// Appends a row, with quotes around the fields that require them.
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

/// The shortest decimal that reads back as the same number, independent of the locale.
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

/// The columns of a model without names: all columns of the table, each a number.
InputColumns unnamed_columns(const PredictOptions& o, const Table& table, Index inputs) {
    if (table.columns() != inputs)
        fail<std::runtime_error>(o.data, " has ", table.columns(), " columns, expected ", inputs,
                                 ": ", o.model, " has as many inputs, without names");
    std::vector<InputColumn> columns;
    for (const std::string& name : table.names) columns.push_back({name, {}});
    return InputColumns(std::move(columns));
}

/// The names of the classes, or their numbers if they have no names. A single output is the
/// probability of the second of two classes.
std::vector<std::string> class_names_of(std::vector<std::string> names, Index K) {
    if (names.empty())
        for (Index k = 0; k < std::max<Index>(K, 2); ++k) names.push_back(std::to_string(k));
    return names;
}

/// The text of the file of predictions.
template <typename Output>
std::string predictions(const PredictOptions& o, Model<TwoLayerNet<double, Output>> model) {
    const Index K = model.net.shape().outputs;
    const Table table = read_table(o.data, o.csv);
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
    append_row(text, header, *table.csv.delimiter);
    for (const auto& line : lines) append_row(text, line, *table.csv.delimiter);
    return text;
}

void run(const PredictOptions& o) {
    check_outputs({{"--to", o.to}}, {{"MODEL", o.model}, {"DATA", o.data}});
    const std::string bytes = detail::read_file(o.model);  // once: it may be a pipe
    const FileDescription file = detail::made_from(o.model, [&] {
        return detail::describe(detail::parse_tensor_file(o.model, std::string(bytes)));
    });
    const std::string& named = file.output;
    if (named.empty() && o.output.empty() && !o.describe)
        fail(o.model, " does not name its output: add --output sigmoid, softmax or identity");
    if (!named.empty() && !o.output.empty() && named != o.output)
        fail("--output is ", o.output, ", but the output of ", o.model, " is ", named);
    const auto use = [&]<typename Output>(Output) {
        auto model = detail::load<Model<TwoLayerNet<double, Output>>>(o.model, bytes, {});
        if (o.describe)
            return print_description(Console(false), o.model, file, model);
        const std::string text = predictions(o, std::move(model));
        if (o.to.empty())
            std::cout << text;  // status_of() checks it
        else
            write_atomically(o.to, text);
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
