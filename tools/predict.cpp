// SPDX-License-Identifier: MIT
//
// Writes the predictions of a model for each row of a CSV file, or what is known about the model.
// See predict --help.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/files/bytes/new_file.hpp>
#include <twolayer/files/safetensors.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/model/use_model.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/table.hpp>
#include <utility>
#include <vector>

#include "support/csv_text.hpp"
#include "support/describe.hpp"
#include "support/output_path.hpp"
#include "support/program_options.hpp"
#include "support/status_of.hpp"

using namespace twolayer;

namespace {

struct PredictOptions {
    std::string model, data;
    std::string to;                     ///< empty for the standard output
    std::string output;                 ///< of a network whose file does not name it
    std::optional<bool> blank_missing;  ///< if not given, the model decides
    Unknown unknown = Unknown::refuse;
    std::vector<std::string> kept;  ///< columns in front of the predictions
    bool describe = false;
    CsvOptions csv;
};

PredictOptions parse_options(CLI::App& app, int argc, char** argv) {
    PredictOptions o;
    app.description(
        "Predicts each row of a CSV file with a model from train --save or from Python.\n"
        "Writes a CSV file with one line per row: the class and the probability of each\n"
        "class, or the number that a regression predicts. Then says how many rows have an\n"
        "input outside the range of training. The file may be larger than the memory.");
    add_option(app, "MODEL", o.model, " ", ".safetensors file")->required();
    add_option(app, "DATA", o.data, " ",
               "CSV file, or - for the standard input; columns are found by their names");
    add_option(app, "--to", o.to, "FILE", "file to write [default: standard output]");
    add_option(app, "--keep", o.kept, "COLUMN",
               "column of DATA to write in front of the predictions, such as an ID; may be "
               "repeated")
        ->allow_extra_args(false);
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
    add_csv_options(app, o.csv);
    app.parse(argc, argv);
    if (o.data.empty() && !o.describe)
        throw CLI::RequiredError("DATA");
    if (!o.data.empty() && o.describe)
        fail("--describe predicts nothing, but DATA is ", o.data, ": leave one of them out");
    return o;
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

/// What the columns of predictions are called.
template <typename Output>
std::vector<std::string> prediction_names(const std::vector<std::string>& classes, Index K) {
    constexpr bool is_regression = std::same_as<Output, Identity>;
    std::vector<std::string> names;
    if (!is_regression)
        names.push_back("class");
    for (Index k = 0; k < K; ++k)
        names.push_back(is_regression ? "prediction" + (K > 1 ? " " + std::to_string(k + 1) : "")
                                      : "probability of " + classes[std::size_t(K > 1 ? k : 1)]);
    return names;
}

/// Predicts the rows of a file block by block.
template <typename Output>
class Predictor {
public:
    Predictor(const PredictOptions& o, Model<TwoLayerNet<double, Output>> model)
        : o_(o),
          model_(std::move(model)),
          classes_(class_names_of(model_.class_names, model_.net.shape().outputs)),
          names_(prediction_names<Output>(classes_, model_.net.shape().outputs)) {}

    /// The lines for the next rows, after that of the names for the first ones.
    std::string operator()(const Table& block) {
        std::vector<Index> kept;
        for (const std::string& name : o_.kept) kept.push_back(block.column(name));
        CsvText lines(block.csv);
        if (rows_ == 0) {
            if (!model_.columns)
                model_.columns = unnamed_columns(o_, block, model_.net.shape().inputs);
            if (o_.blank_missing)
                model_.columns = std::move(*model_.columns).filling_missing(false);
            for (const Index column : kept) lines.add(block.name(column));
            for (const std::string& name : names_) lines.add(name);
            lines.end_line();
        }
        rows_ += block.rows();
        const auto [predicted, X] = inputs_of(block);
        count_outside(X);
        const Matrix<double> Yhat = model_.predict(X);
        const std::vector<ClassIndex> classes = class_index(Yhat);
        std::size_t i = 0;  // of the predicted row at n or after it
        for (Index n = 0; n < block.rows(); ++n) {
            for (const Index column : kept) lines.add(block.cell(n, column));
            if (i < predicted.size() && predicted[i] == n) {
                if (!std::same_as<Output, Identity>)
                    lines.add(classes_[static_cast<std::size_t>(classes[i])]);
                for (const double y : Yhat.row(Index(i))) lines.add(y);
                ++i;
            } else {
                for (std::size_t c = 0; c < names_.size(); ++c) lines.add("");
            }
            lines.end_line();
        }
        return lines.text();
    }

    /// Says how many rows lie outside the range of training, and in which inputs.
    void report() const {
        if (outside_.rows == 0)
            return;
        constexpr int most = 10;
        const std::vector<std::string> names = model_.columns->names();
        std::string inputs;
        int count = 0;
        for (std::size_t d = 0; d < names.size(); ++d)
            if (const Index rows = outside_.by_input[d]; rows > 0 && ++count <= most)
                inputs += (count == 1 ? "" : ", ") + detail::in_quotes(names[d]) + " in " +
                          std::to_string(rows);
        if (count > most)
            inputs += format(", ... (%d inputs in all)", count);
        print_message(format("predictions for %td of %s extrapolate beyond the range of training: ",
                             outside_.rows, counted(rows_, "row").c_str()) +
                      inputs);
    }

private:
    /// The rows of a block that are predicted, and their inputs.
    std::pair<std::vector<Index>, Matrix<double>> inputs_of(const Table& block) const {
        std::vector<Index> rows = detail::all_rows(block.rows());
        if (o_.blank_missing.value_or(false))
            rows = complete_rows(block, detail::find_columns(model_.columns->columns(), block));
        const Matrix<double> X = encode(model_, select_rows(block, rows), o_.unknown);
        std::vector<Index> known;
        for (Index n = 0; n < X.rows(); ++n)
            if (!is_nan(X(n, 0)))  // by --unknown blank
                known.push_back(n);
        return {select_rows(rows, known), select_rows(X, known)};
    }

    void count_outside(const Matrix<double>& X) {
        const OutsideRange outside = outside_range(model_, X);
        outside_.by_input.resize(outside.by_input.size());
        outside_.rows += outside.rows;
        for (std::size_t d = 0; d < outside.by_input.size(); ++d)
            outside_.by_input[d] += outside.by_input[d];
    }

    const PredictOptions& o_;
    Model<TwoLayerNet<double, Output>> model_;
    std::vector<std::string> classes_, names_;
    Index rows_ = 0;
    OutsideRange outside_;
};

/// Writes the predictions for DATA, and puts the file in place when all are written.
template <typename Output>
void write_predictions(const PredictOptions& o, Model<TwoLayerNet<double, Output>> model) {
    Predictor<Output> predict(o, std::move(model));
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
    predict.report();
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
        write_predictions(o, std::move(model));
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
