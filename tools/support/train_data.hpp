// SPDX-License-Identifier: MIT
// Reads the data of train.
#pragma once

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string>
#include <twolayer/base/types.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/table.hpp>
#include <vector>

#include "options.hpp"
#include "program_options.hpp"
#include "terminal.hpp"

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
    std::string target = {};  ///< its name
    Index dropped = 0;        ///< rows with a missing value

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

/// Warns of a target of many different numbers.
inline void warn_of_numbers(const std::vector<std::string>& names, const std::string& target,
                            Console& console) {
    constexpr std::size_t most = 20;
    const auto is_number = [](const std::string& n) {
        return twolayer::parse_number(n).has_value();
    };
    if (names.size() > most && std::ranges::all_of(names, is_number))
        console.warn("the target " + twolayer::detail::in_quotes(target) + " has " +
                     std::to_string(names.size()) +
                     " different numbers, and each becomes a class: did you mean --regression?");
}

/// Whether a column seems to number rows, persons or places: whole numbers that are all different,
/// or more than a few under a name such as customer_id.
inline bool seems_identifier(const std::string& name, const twolayer::Vector<double>& values) {
    if ((values.array() != values.array().floor()).any())
        return false;
    std::string lower;
    for (const char c : name) lower += char(std::tolower(static_cast<unsigned char>(c)));
    constexpr const char* whole[] = {"id", "customer", "client", "user", "patient", "zip"};
    const bool is_named = std::ranges::count(whole, lower) > 0 || lower.ends_with("_id") ||
                          lower.ends_with(" id") || name.ends_with("ID") || name.ends_with("Id");
    const auto different = std::ssize(std::set<double>(values.begin(), values.end()));
    constexpr Index few = 10, many = 50;
    return (different == values.size() && different >= many) || (is_named && different > few);
}

/// Warns of columns that seem to be of no use, or of less than they could be.
inline void warn_of_columns(const TrainData& data, Console& console) {
    for (const std::string& warning : data.columns.warnings()) console.warn(warning);
    Index input = 0;
    for (const twolayer::InputColumn& column : data.columns.columns()) {
        const Index first = input;
        input += column.width();
        if (column.width() > 1)
            continue;
        const twolayer::Vector<double> values = data.X.col(first);
        const std::string name = "column " + twolayer::detail::in_quotes(column.name);
        if ((values.array() == values(0)).all())
            console.warn(name + " has the same value in all rows: leave it out (--ignore " +
                         column.name + ")");
        else if (data.X.cols() > 1 && seems_identifier(column.name, values))
            console.warn(name +
                         " seems to hold identifiers, whose size means nothing: leave it "
                         "out (--ignore " +
                         column.name +
                         "), or if they come back in new data, "
                         "use them as categories (--text " +
                         column.name + ")");
    }
}

/// Reads the file, prints what was read and warns of what a person should check. Throws as
/// read_table() and input_columns().
inline TrainData read_train_data(const TrainOptions& o, Console& console) {
    using twolayer::detail::in_quotes;
    twolayer::Table table = read_table(o.data, o.csv);
    const Index rows = table.rows();
    const Index target = o.target.empty() ? table.columns() - 1 : table.column(o.target);
    std::vector<Index> used, text;
    for (Index c = 0; c < table.columns(); ++c) used.push_back(c);
    for (const std::string& name : o.ignored_columns) std::erase(used, table.column(name));
    if (std::ranges::find(used, target) == used.end())
        twolayer::fail("--ignore contains the target ", in_quotes(table.name(target)),
                       ": leave it out");
    for (const std::string& name : o.text_columns) text.push_back(table.column(name));
    if (o.drop_missing)
        table = twolayer::select_rows(table, twolayer::complete_rows(table, used));
    std::erase(used, target);

    TrainData data{.columns = twolayer::input_columns(table, used, text)};
    data.target = table.name(target);
    data.dropped = rows - table.rows();
    console.line("data", o.data + ": " + counted(table.rows(), "sample") +
                             (data.dropped == 0 ? ""
                                                : " (" + std::to_string(data.dropped) +
                                                      " with a missing value dropped)") +
                             (table.has_header ? ", columns named by a header" : ", no header"));
    data.X = encode(data.columns, table);
    std::string kind;
    if (o.regression) {
        data.Y = twolayer::numbers(table, target);
        kind = format(", a number from %g to %g", data.Y.minCoeff(), data.Y.maxCoeff());
    } else {
        data.class_names = twolayer::class_names(table, target);
        check_classes(data.class_names, table.rows());
        data.labels = twolayer::class_indexes(table, target, data.class_names);
        data.Y = twolayer::one_hot<double>(data.labels, std::ssize(data.class_names));
        kind = " of " + std::to_string(data.class_names.size()) + " classes";
    }
    console.line("", counted(data.columns.width(), "input") + " from " +
                         counted(std::ssize(used), "column") + ", target " +
                         in_quotes(data.target) + kind);
    warn_of_numbers(data.class_names, data.target, console);
    warn_of_columns(data, console);
    return data;
}
