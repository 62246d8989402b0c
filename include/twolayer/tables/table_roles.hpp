// SPDX-License-Identifier: MIT
// Which columns of a table are targets, inputs, groups and weights, and what becomes of its rows.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/model/search_options.hpp>
#include <twolayer/tables/classes.hpp>
#include <twolayer/tables/table.hpp>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer {

/// What happens to the rows of a table that lack an input.
enum class Missing {
    refuse,  ///< the first one throws
    drop,    ///< they are left out
    mean     ///< the input becomes the mean of its column in the training data, also in predictions
};

/// The names of one or several target columns: "mass", or {"mass", "length"}.
struct TargetColumns {
    std::vector<std::string> names;

    template <detail::Text Name>
    TargetColumns(const Name& name) : names{std::string(std::string_view(name))} {}
    TargetColumns(std::initializer_list<std::string_view> list) : names(list.begin(), list.end()) {}
    TargetColumns(std::vector<std::string> list) : names(std::move(list)) {}
};

/// Which columns of a table a model is trained on; all but the targets if nothing is given.
/// A column is given by its name, or by its number, starting at 1.
struct TableOptions {
    std::vector<std::string> ignore = {};  ///< columns that are not inputs
    std::vector<std::string> text = {};    ///< inputs to take as text, whatever they look like
    Missing missing = Missing::refuse;
    /// A column that names the group of each row, as ModelSearchOptions::groups; not an input.
    std::string groups = {};
    std::string weights = {};  ///< a column of sample weights; not an input
};

namespace detail {

/// The columns of a table by their use, and its rows without those that are dropped.
struct TableRoles {
    Table table;
    std::vector<Index> targets, inputs, text;
    std::vector<Index> rows;  ///< of the given table
};

/// The indexes of columns that are given by name or number.
inline std::vector<Index> columns_of(const Table& table, const std::vector<std::string>& names) {
    std::vector<Index> columns;
    columns.reserve(names.size());
    for (const std::string& name : names) columns.push_back(table.column(name));
    return columns;
}

inline TableRoles roles_of(const Table& table, const TargetColumns& targets,
                           const TableOptions& options) {
    const auto named = [&](std::vector<std::string> names) {
        std::erase(names, "");
        return columns_of(table, names);
    };
    TableRoles roles;
    roles.targets = columns_of(table, targets.names);
    roles.text = named(options.text);
    std::vector<Index> used = roles.targets, others = named(options.ignore);
    for (const std::string* name : {&options.groups, &options.weights})
        if (!name->empty()) {
            used.push_back(table.column(*name));
            others.push_back(used.back());
        }
    for (const Index target : roles.targets)
        if (std::ranges::count(others, target) > 0)
            fail("the column ", in_quotes(table.name(target)),
                 " is the target, it cannot be ignored, nor name groups or weights");
    for (Index c = 0; c < table.columns(); ++c)
        if (std::ranges::count(others, c) + std::ranges::count(roles.targets, c) == 0)
            roles.inputs.push_back(c);
    used.insert(used.end(), roles.inputs.begin(), roles.inputs.end());
    roles.rows =
        options.missing == Missing::drop ? complete_rows(table, used) : all_rows(table.rows());
    if (roles.inputs.empty())
        fail<std::runtime_error>(table.source, " has no column for an input, expected one besides ",
                                 "the target: leave fewer columns out");
    if (roles.rows.empty())
        fail<std::runtime_error>(
            table.source, table.rows() == 0
                              ? " has no row to learn from, expected at least two"
                              : " lacks a value in every row: fill them in (--missing mean, "
                                "Missing::mean in C++), or leave out columns without values");
    roles.table = select_rows(table, roles.rows);
    return roles;
}

/// The text of each cell in a column. Throws as value_at().
inline std::vector<std::string> texts(const Table& table, Index column) {
    std::vector<std::string> result;
    for (Index n = 0; n < table.rows(); ++n) result.emplace_back(value_at(table, n, column));
    return result;
}

/// A column of sample weights. Throws as numbers(), and for a negative one.
inline Vector<double> weights_in(const Table& table, Index column) {
    Vector<double> weights = numbers(table, column);
    for (Index n = 0; n < weights.size(); ++n)
        if (weights(n) < 0)
            refuse_cell(table, n, column,
                        " is negative, expected a weight of at least 0 (--weights, "
                        "TableOptions::weights in C++)");
    return weights;
}

/// The options for the rows that are left, with groups and weights from their columns.
inline ModelSearchOptions options_of(const TableRoles& roles, ModelSearchOptions options,
                                     const TableOptions& columns, Index rows) {
    options.validate(rows);
    const auto once = [](bool given, const std::string& column) {
        if (given && !column.empty())
            fail("the column ", in_quotes(column),
                 " and values of ModelSearchOptions are given: give only one of them");
        return !column.empty();
    };
    auto& weights = options.sample_weights.values;
    auto& groups = options.groups.numbers;
    if (once(!weights.empty(), columns.weights))
        options.sample_weights = weights_in(roles.table, roles.table.column(columns.weights));
    else if (std::ssize(weights) == rows)
        weights = select_rows(weights, roles.rows);
    if (once(!groups.empty(), columns.groups))
        options.groups = texts(roles.table, roles.table.column(columns.groups));
    else if (!groups.empty())
        groups = select_rows(groups, roles.rows);
    std::vector<bool> validates(static_cast<std::size_t>(rows));
    for (const Index n : options.validation_rows) validates[std::size_t(n)] = true;
    std::vector<Index> validation;
    for (std::size_t n = 0; n < roles.rows.size(); ++n)
        if (validates[std::size_t(roles.rows[n])])
            validation.push_back(Index(n));
    if (validation.empty() && !options.validation_rows.empty())
        fail(
            "no row is left to validate on: each of validation_rows lacks a value, and such rows "
            "are dropped");
    options.validation_rows = std::move(validation);
    return options;
}

/// The classes in a column, as class_names(). Throws if they are not classes that can be learnt.
inline std::vector<std::string> checked_class_names(const Table& table, Index target) {
    constexpr const char* regression = "use a regression (--regression, fit_regressor() in C++)";
    std::vector<std::string> names = class_names(table, target);
    const std::string place = message(table.source, ": the target ", in_quotes(table.name(target)));
    for (Index n = 0; n < table.rows(); ++n)
        if (const auto number = parse_number(value_at(table, n, target));
            number && *number != std::floor(*number))
            refuse_cell(table, n, target, " is not a class: ", regression);
    if (names.size() < 2)
        fail<std::runtime_error>(place, " is ", in_quotes(names.at(0)),
                                 " in every row, expected at least two classes: choose another "
                                 "column");
    if (names.size() > 2 && std::ssize(names) > table.rows() / 2)
        fail<std::runtime_error>(place, " has ", names.size(), " classes in ", table.rows(),
                                 " rows: choose another column, or ", regression);
    return names;
}

}  // namespace detail

}  // namespace twolayer
