// SPDX-License-Identifier: MIT
// Reads the data of train.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <twolayer/base/types.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/table.hpp>
#include <utility>
#include <vector>

#include "options.hpp"
#include "program_options.hpp"
#include "terminal.hpp"

using twolayer::Index, twolayer::Matrix, twolayer::Vector;

/// Samples: raw inputs, targets of the network, and what else the file says of them.
struct Side {
    Matrix<double> X;       ///< with --missing mean, NaN in place of missing inputs
    Matrix<double> Y = {};  ///< raw numbers, or one-hot rows
    std::vector<twolayer::ClassIndex> labels = {};  ///< empty for a regression
    std::vector<twolayer::ClassIndex> groups = {};  ///< empty without --group
    Vector<double> weights = {};                    ///< empty without --weights

    Side rows(const std::vector<Index>& rows) const {
        const auto selected = [&](const auto& values) {
            return values.size() == 0 ? values : twolayer::select_rows(values, rows);
        };
        return {selected(X), selected(Y), selected(labels), selected(groups), selected(weights)};
    }
};

/// The contents of the files as numbers.
struct TrainData {
    twolayer::InputColumns columns;
    Side all = {};
    Side test = {};  ///< of --test
    std::vector<std::string> class_names = {};
    std::string target = {};  ///< its name
    Index dropped = 0;        ///< rows with a missing value
    bool has_header = true;
    std::vector<std::string> constant = {};  ///< columns with one value in all rows
    std::string group = {}, weights = {};    ///< names of the columns, empty without them
    std::vector<std::string> groups = {};    ///< in ascending order
};

/// Warns of columns that seem to be of no use, or of less than they could be.
inline void warn_of_columns(TrainData& data, Console& console) {
    auto [constant, warnings] = twolayer::detail::check_columns(data.columns, data.all.X);
    for (const std::string& warning : warnings) console.warn(warning);
    if (!constant.empty())
        console.warn(twolayer::detail::constant_text(constant));
    data.constant = std::move(constant);
}

/// The samples of a table with the columns and classes of `data`, without groups.
inline Side side_of(const TrainOptions& o, const TrainData& data, const twolayer::Table& table,
                    twolayer::Unknown unknown) {
    const Index target = table.column(data.target);
    Side side{.X = twolayer::detail::with_gaps(data.columns, table, unknown)};
    if (o.regression) {
        side.Y = twolayer::numbers(table, target);
    } else {
        side.labels = twolayer::class_indexes(table, target, data.class_names);
        side.Y = twolayer::one_hot<double>(side.labels, std::ssize(data.class_names));
    }
    if (data.weights.empty())
        return side;
    side.weights = twolayer::detail::weights_in(table, table.column(data.weights));
    return side;
}

/// "FILE: 8 samples (2 with a missing value dropped)"
inline std::string samples_text(const std::string& file, Index samples, Index dropped) {
    return file + ": " + counted(samples, "sample") +
           (dropped == 0 ? "" : format(" (%td with a missing value dropped)", dropped));
}

/// Warns if a group is trained on and tested on.
inline void warn_of_groups(const TrainOptions& o, const TrainData& data,
                           const twolayer::Table& test, Console& console) {
    const auto column = std::ranges::find(test.names, data.group);
    if (data.group.empty() || column == test.names.end())
        return;
    for (Index n = 0; n < test.rows(); ++n) {
        const std::string group(twolayer::detail::trim(test.cell(n, column - test.names.begin())));
        if (std::ranges::binary_search(data.groups, group))
            return console.warn(
                "the group " + twolayer::detail::in_quotes(group) + " is in " + o.data +
                " and in " + o.test +
                ": the model knows it from the training, so it may do worse on other groups");
    }
}

/// Reads the file to test on.
inline Side read_test(const TrainOptions& o, const TrainData& data, Console& console) {
    twolayer::Table table = read_table(o.test, o.csv);
    const Index rows = table.rows();
    if (o.missing == twolayer::Missing::drop) {
        auto used = twolayer::detail::find_columns(data.columns.columns(), table);
        used.push_back(table.column(data.target));
        if (!data.weights.empty())
            used.push_back(table.column(data.weights));
        table = twolayer::select_rows(table, twolayer::complete_rows(table, used));
    }
    console.line("test", samples_text(o.test, table.rows(), rows - table.rows()));
    warn_of_groups(o, data, table, console);
    return side_of(o, data, table, twolayer::Unknown::zero);
}

/// Reads the files, prints what was read and warns of what a person should check. Throws as
/// read_table() and input_columns().
inline TrainData read_train_data(const TrainOptions& o, Console& console) {
    using twolayer::Missing, twolayer::detail::in_quotes;
    const twolayer::Table read = read_table(o.data, o.csv);
    const auto roles =
        twolayer::detail::roles_of(read, o.target.empty() ? read.names.back() : o.target,
                                   {.ignore = o.ignored_columns,
                                    .text = o.text_columns,
                                    .missing = o.missing,
                                    .groups = o.group,
                                    .weights = o.weights});
    const twolayer::Table& table = roles.table;
    const Index target = roles.targets[0];

    TrainData data{.columns = twolayer::input_columns(table, roles.inputs, roles.text)
                                  .filling_missing(o.missing == Missing::mean)};
    const auto name_of = [&](const std::string& column) {
        return column.empty() ? column : table.name(table.column(column));
    };
    data.target = table.name(target);
    data.group = name_of(o.group);
    data.weights = name_of(o.weights);
    data.dropped = read.rows() - table.rows();
    data.has_header = table.has_header;
    console.line("data", samples_text(o.data, table.rows(), data.dropped) +
                             (table.has_header ? ", columns named by a header" : ", no header"));
    if (!o.regression)
        data.class_names = twolayer::detail::checked_class_names(table, target);
    data.all = side_of(o, data, table, twolayer::Unknown::refuse);
    const std::string kind = o.regression ? format(", a number from %g to %g",
                                                   data.all.Y.minCoeff(), data.all.Y.maxCoeff())
                                          : format(" of %zu classes", data.class_names.size());
    console.line("", counted(data.columns.width(), "input") + " from " +
                         counted(std::ssize(roles.inputs), "column") + ", target " +
                         in_quotes(data.target) + kind);
    if (!data.weights.empty())
        console.line("", "sample weights from column " + in_quotes(data.weights));
    if (!data.group.empty()) {
        auto numbered = twolayer::detail::number_labels(
            twolayer::detail::texts(table, table.column(data.group)));
        data.all.groups = std::move(numbered.indexes);
        data.groups = std::move(numbered.classes);
        console.line("", counted(std::ssize(data.groups), "group") + " from column " +
                             in_quotes(data.group));
    }
    if (!o.target.empty()) {  // the edges of the example's pictures are constant
        if (twolayer::detail::seem_numbers(data.class_names))
            console.warn(twolayer::detail::numbers_text(data.target, std::ssize(data.class_names)) +
                         "did you mean --regression?");
        warn_of_columns(data, console);
    }
    if (!o.test.empty())
        data.test = read_test(o, data, console);
    return data;
}
