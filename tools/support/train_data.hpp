// SPDX-License-Identifier: MIT
// Reads the data of train.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <twolayer/base/types.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/table.hpp>
#include <vector>

#include "options.hpp"
#include "program_options.hpp"

using twolayer::Index, twolayer::Matrix;

/// One side of the split: raw inputs, targets of the network, and the class of each sample.
struct Side {
    Matrix<double> X;
    Matrix<double> Y;
    std::vector<twolayer::ClassIndex> labels;  ///< empty for a regression
};

/// The contents of the file as numbers.
struct TrainData {
    twolayer::InputColumns columns;
    Matrix<double> X = {};
    Matrix<double> Y = {};  ///< raw numbers, or one-hot rows
    std::vector<twolayer::ClassIndex> labels = {};
    std::vector<std::string> class_names = {};

    Side side(const std::vector<Index>& rows) const {
        return {twolayer::select_rows(X, rows), twolayer::select_rows(Y, rows),
                labels.empty() ? labels : twolayer::select_rows(labels, rows)};
    }
};

/// Throws if the values of the target are not classes that can be learnt.
inline void check_classes(const std::vector<std::string>& names, Index samples) {
    using twolayer::fail;
    if (names.size() < 2)
        fail<std::runtime_error>("the target is ", twolayer::detail::in_quotes(names.at(0)),
                                 " in every sample, expected at least two classes");
    for (const std::string& name : names)
        if (const auto number = twolayer::parse_number(name);
            number && *number != std::floor(*number))
            fail("the target holds the number ", name, ": use --regression");
    if (std::ssize(names) > samples / 2)
        fail("the target has ", names.size(), " classes in ", samples,
             " samples: choose another column, or use --regression");
}

/// Reads the file and prints what was read. Throws as read_table() and input_columns().
inline TrainData read_train_data(const TrainOptions& o) {
    twolayer::Table table = read_table(o.data, o.csv);
    const Index rows = table.rows();
    const Index target = o.target.empty() ? table.columns() - 1 : table.column(o.target);
    std::vector<Index> used, text;
    for (Index c = 0; c < table.columns(); ++c) used.push_back(c);
    for (const std::string& name : o.ignored_columns) std::erase(used, table.column(name));
    if (std::ranges::find(used, target) == used.end())
        twolayer::fail("--ignore contains the target ",
                       twolayer::detail::in_quotes(table.name(target)), ": leave it out");
    for (const std::string& name : o.text_columns) text.push_back(table.column(name));
    if (o.drop_missing)
        table = twolayer::select_rows(table, twolayer::complete_rows(table, used));
    std::erase(used, target);

    const std::string name = table.name(target);
    std::printf("data      %s: %td samples", o.data.c_str(), table.rows());
    if (table.rows() < rows)
        std::printf(" (%td with a missing value dropped)", rows - table.rows());
    std::printf(", %s\n", table.has_header ? "columns named by a header" : "no header");

    TrainData data{.columns = twolayer::input_columns(table, used, text)};
    for (const std::string& warning : data.columns.warnings())
        std::fprintf(stderr, "train: warning: %s\n", warning.c_str());
    data.X = encode(data.columns, table);
    if (o.regression) {
        data.Y = twolayer::numbers(table, target);
    } else {
        data.class_names = twolayer::class_names(table, target);
        check_classes(data.class_names, table.rows());
        data.labels = twolayer::class_indexes(table, target, data.class_names);
        data.Y = twolayer::one_hot<double>(data.labels, std::ssize(data.class_names));
    }
    std::printf("          %td inputs from %zu columns, target \"%s\"", data.columns.width(),
                used.size(), name.c_str());
    if (o.regression)
        std::printf(", a number from %g to %g\n", data.Y.minCoeff(), data.Y.maxCoeff());
    else
        std::printf(" of %zu classes\n", data.class_names.size());
    return data;
}
