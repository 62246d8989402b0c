// SPDX-License-Identifier: MIT
//
// The predictions of a model for the rows of a CSV file, block by block, as lines of another one.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/model/use_model.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/table.hpp>
#include <utility>
#include <vector>

#include "csv_text.hpp"
#include "outside_text.hpp"
#include "terminal.hpp"

struct PredictOptions {
    std::string model, data;
    std::string to;                     ///< empty for the standard output
    std::string output;                 ///< of a network whose file does not name it
    std::optional<bool> blank_missing;  ///< if not given, the model decides
    twolayer::Unknown unknown = twolayer::Unknown::refuse;
    std::vector<std::string> kept;  ///< columns in front of the predictions
    bool describe = false;
    bool quiet = false;
    twolayer::CsvOptions csv;
};

/// The columns of a model without names: all columns of the table, each a number.
inline twolayer::InputColumns unnamed_columns(const PredictOptions& o, const twolayer::Table& table,
                                              twolayer::Index inputs) {
    if (table.columns() != inputs)
        twolayer::fail<std::runtime_error>(o.data, " has ", table.columns(), " columns, expected ",
                                           inputs, ", the inputs of ", o.model,
                                           ", which have no names: pass these columns alone");
    std::vector<twolayer::InputColumn> columns;
    for (const std::string& name : table.names) columns.push_back({name, {}});
    return twolayer::InputColumns(std::move(columns));
}

/// The names of the classes, or their numbers if they have no names. A single output is the
/// probability of the second of two classes.
inline std::vector<std::string> class_names_of(std::vector<std::string> names, twolayer::Index K) {
    if (names.empty())
        for (twolayer::Index k = 0; k < std::max<twolayer::Index>(K, 2); ++k)
            names.push_back(std::to_string(k));
    return names;
}

/// What the columns of predictions are called.
template <typename Output>
std::vector<std::string> prediction_names(const std::vector<std::string>& classes,
                                          twolayer::Index K) {
    constexpr bool is_regression = std::same_as<Output, twolayer::Identity>;
    std::vector<std::string> names;
    if (!is_regression)
        names.push_back("class");
    for (twolayer::Index k = 0; k < K; ++k)
        names.push_back(is_regression ? "prediction" + (K > 1 ? " " + std::to_string(k + 1) : "")
                                      : "probability of " + classes[std::size_t(K > 1 ? k : 1)]);
    return names;
}

/// Predicts the rows of a file block by block.
template <typename Output>
class Predictor {
public:
    /// `floats`: whether the file of the model has floats.
    Predictor(const PredictOptions& o, twolayer::Model<twolayer::TwoLayerNet<double, Output>> model,
              bool floats)
        : o_(o),
          model_(std::move(model)),
          floats_(floats),
          classes_(class_names_of(model_.class_names, model_.net.shape().outputs)),
          names_(prediction_names<Output>(classes_, model_.net.shape().outputs)) {}

    /// The lines for the next rows, after that of the names for the first ones.
    std::string operator()(const twolayer::Table& block) {
        std::vector<twolayer::Index> kept;
        for (const std::string& name : o_.kept) kept.push_back(block.column(name));
        CsvText lines(block.csv);
        if (rows_ == 0) {
            if (!model_.columns)
                model_.columns = unnamed_columns(o_, block, model_.net.shape().inputs);
            if (o_.blank_missing)
                model_.columns = std::move(*model_.columns).filling_missing(false);
            for (const twolayer::Index column : kept) lines.add(block.name(column));
            for (const std::string& name : names_) lines.add(name);
            lines.end_line();
        }
        rows_ += block.rows();
        const auto [predicted, X] = inputs_of(block);
        count_outside(X);
        const twolayer::Matrix<double> Yhat = model_.predict(X);
        const std::vector<twolayer::ClassIndex> classes = twolayer::class_index(Yhat);
        std::size_t i = 0;  // of the predicted row at n or after it
        for (twolayer::Index n = 0; n < block.rows(); ++n) {
            for (const twolayer::Index column : kept) lines.add(block.cell(n, column));
            if (i < predicted.size() && predicted[i] == n) {
                if (!std::same_as<Output, twolayer::Identity>)
                    lines.add(classes_[static_cast<std::size_t>(classes[i])]);
                for (const double y : Yhat.row(twolayer::Index(i))) lines.add(y);
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
        if (outside_.rows > 0)
            print_message(outside_text(outside_, counted(rows_, "row"), model_.columns->names()));
    }

private:
    /// The rows of a block that are predicted, and their inputs.
    std::pair<std::vector<twolayer::Index>, twolayer::Matrix<double>> inputs_of(
        const twolayer::Table& block) const {
        std::vector<twolayer::Index> rows = twolayer::detail::all_rows(block.rows());
        if (o_.blank_missing.value_or(false))
            rows = twolayer::complete_rows(
                block, twolayer::detail::find_columns(model_.columns->columns(), block));
        const twolayer::Matrix<double> X =
            twolayer::encode(model_, twolayer::select_rows(block, rows), o_.unknown);
        std::vector<twolayer::Index> known;
        for (twolayer::Index n = 0; n < X.rows(); ++n)
            if (!twolayer::is_nan(X(n, 0)))  // by --unknown blank
                known.push_back(n);
        return {twolayer::select_rows(rows, known), twolayer::select_rows(X, known)};
    }

    void count_outside(const twolayer::Matrix<double>& X) {
        if (!floats_)
            return add(outside_, twolayer::outside_range(model_, X));
        // The range is rounded, too: 0.1 would lie below a lowest value of 0.1.
        const twolayer::Matrix<double> rounded = X.cast<float>().cast<double>();
        add(outside_, twolayer::outside_range(model_, rounded));
    }

    const PredictOptions& o_;
    twolayer::Model<twolayer::TwoLayerNet<double, Output>> model_;
    bool floats_;
    std::vector<std::string> classes_, names_;
    twolayer::Index rows_ = 0;
    twolayer::OutsideRange outside_;
};
