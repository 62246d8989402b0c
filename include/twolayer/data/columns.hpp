// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/core/finite.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/data/input_columns.hpp>
#include <twolayer/data/table.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace twolayer {

namespace detail {

inline std::string_view source_of(const Table& table) {
    return table.source;
}

/// The categories of a column of text, none for a column of numbers.
inline std::vector<std::string> categories_of(const Table& table, Index column, bool is_text) {
    std::set<std::string_view> values;
    std::optional<Index> number, word;  // the first row with each
    for (Index row = 0; row < table.rows(); ++row) {
        if (is_missing(table.cell(row, column)))
            continue;
        const std::string_view value = trim(table.cell(row, column));
        const bool is_number = !is_text && parse_number(value);
        std::optional<Index>& first = is_number ? number : word;
        if (!first)
            first = row;
        if (number && word) {
            const Index other = std::min(*number, *word);
            refuse_cell(table, row, column, ", and ", in_quotes(trim(table.cell(other, column))),
                        " on line ", table.line(other), ", mix numbers and text");
        }
        if (!is_number)
            values.insert(value);
    }
    if (!number && !word)
        fail<std::runtime_error>(table.source, ": column ", in_quotes(table.name(column)),
                                 " has no value in ", table.rows(), " rows");
    return {values.begin(), values.end()};
}

/// Where a table has the columns.
inline std::vector<Index> find_columns(const std::vector<InputColumn>& columns,
                                       const Table& table) {
    std::unordered_map<std::string_view, Index> index;
    for (Index c = 0; c < table.columns(); ++c) index.emplace(table.name(c), c);
    std::vector<Index> places;
    for (const InputColumn& column : columns) {
        const auto found = index.find(column.name);
        if (found == index.end())
            fail<std::runtime_error>(table.source, " has no column ", in_quotes(column.name),
                                     table.has_header ? ": it has " : ", nor a header: it has ",
                                     listed(table.names));
        places.push_back(found->second);
    }
    return places;
}

/// Which of its categories a column has in a row.
inline Index category_of(const InputColumn& column, const Table& table, Index row, Index place) {
    const std::string_view value = value_at(table, row, place);
    const auto found = std::ranges::lower_bound(column.categories, value);
    if (found == column.categories.end() || *found != value)
        refuse_cell(table, row, place, " is not among the known values ",
                    listed(column.categories));
    return found - column.categories.begin();
}

}  // namespace detail

inline InputColumns::InputColumns(std::vector<InputColumn> columns) : columns_(std::move(columns)) {
    if (columns_.empty())
        fail("there must be at least one input column");
    std::set<std::string_view> seen;
    for (const InputColumn& column : columns_) {
        if (!seen.insert(column.name).second)
            fail("the input column ", detail::in_quotes(column.name), " is given twice");
        if (std::ranges::adjacent_find(column.categories, std::greater_equal<>()) !=
            column.categories.end())
            fail("the categories of the input column ", detail::in_quotes(column.name),
                 " must be all different and in ascending order");
    }
}

inline InputColumns InputColumns::fit(const Table& table, std::span<const Index> inputs,
                                      std::span<const Index> text) {
    for (const Index column : text)
        if (std::ranges::find(inputs, column) == inputs.end())
            fail("column ", column, ", counted from 0, is to be text but is no input");
    std::vector<InputColumn> columns;
    for (const Index column : inputs) {
        detail::check_column(table, column);
        const bool is_text = std::ranges::find(text, column) != text.end();
        columns.push_back({table.name(column), detail::categories_of(table, column, is_text)});
    }
    return InputColumns(std::move(columns));
}

inline Index InputColumns::width() const {
    Index width = 0;
    for (const InputColumn& column : columns_) width += column.width();
    return width;
}

inline std::vector<std::string> InputColumns::names() const {
    std::vector<std::string> names;
    for (const InputColumn& column : columns_) {
        if (!column.is_text())
            names.push_back(column.name);
        for (const std::string& category : column.categories)
            names.push_back(column.name + "=" + category);
    }
    return names;
}

inline Matrix<double> InputColumns::encode(const Table& table) const {
    const std::vector<Index> places = detail::find_columns(columns_, table);
    Matrix<double> X = Matrix<double>::Zero(table.rows(), width());
    Index input = 0;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        for (Index n = 0; n < X.rows(); ++n) {
            if (columns_[c].is_text())
                X(n, input + detail::category_of(columns_[c], table, n, places[c])) = 1;
            else
                X(n, input) = detail::number_at(table, n, places[c]);
        }
        input += columns_[c].width();
    }
    return X;
}

namespace detail {

/// The number that a class label is, none for text. From 2^53 on whole numbers that differ, as
/// identifiers do, can be the same double: those are text.
inline std::optional<double> label_number(std::string_view label) {
    const std::optional<double> number = parse_number(label);
    return number && std::abs(*number) < 0x1p53 ? number : std::nullopt;
}

/// What labels of one class have in common, and how classes are sorted.
using ClassKey = std::pair<double, std::string_view>;

inline ClassKey class_key(std::string_view label, bool by_number) {
    const std::optional<double> number = by_number ? label_number(label) : std::nullopt;
    return number ? ClassKey(*number, "") : ClassKey(0, label);
}

/// Whether labels are told apart as numbers.
template <typename Range>
bool all_numbers(const Range& labels) {
    return std::ranges::all_of(labels, [](const auto& l) { return label_number(l).has_value(); });
}

inline std::string_view label_at(const Table& table, Index row, Index column) {
    const std::string_view label = value_at(table, row, column);
    if (!is_finite(parse_number(label).value_or(0)))
        refuse_cell(table, row, column, " is not a finite number");
    return label;
}

}  // namespace detail

/// The classes in a column, each once. Where all labels are numbers they are compared and sorted as
/// numbers, so that 1, 1.0 and 1e0 are one class, named by the shortest of its spellings; else as
/// text. Throws std::invalid_argument for a column that is not there, and std::runtime_error with
/// file, line and column for a cell that is missing or a number that is not finite.
inline std::vector<std::string> class_names(const Table& table, Index column) {
    detail::check_column(table, column);
    std::set<std::string_view> labels;
    for (Index n = 0; n < table.rows(); ++n) labels.insert(detail::label_at(table, n, column));
    const bool by_number = detail::all_numbers(labels);
    std::map<detail::ClassKey, std::string_view> classes;
    for (const std::string_view label : labels) {
        std::string_view& name =
            classes.emplace(detail::class_key(label, by_number), label).first->second;
        name = label.size() < name.size() ? label : name;
    }
    std::vector<std::string> names;
    names.reserve(classes.size());
    for (const auto& [key, name] : classes) names.emplace_back(name);
    return names;
}

/// The index in `names` of the class of each row, N of them. Labels are compared as numbers where
/// all names are numbers. Throws as class_names(), std::runtime_error also for a label that is not
/// among the names, and std::invalid_argument for a class that is named twice.
inline std::vector<Index> class_indexes(const Table& table, Index column,
                                        std::span<const std::string> names) {
    detail::check_column(table, column);
    const bool by_number = detail::all_numbers(names);
    std::map<detail::ClassKey, Index> classes;
    for (const std::string& name : names)
        if (!classes.emplace(detail::class_key(name, by_number), std::ssize(classes)).second)
            fail("the class ", detail::in_quotes(name), " is named twice");
    std::vector<Index> indexes;
    indexes.reserve(table.lines.size());
    for (Index n = 0; n < table.rows(); ++n) {
        const std::string_view label = detail::label_at(table, n, column);
        const auto found = classes.find(detail::class_key(label, by_number));
        if (found == classes.end())
            detail::refuse_cell(table, n, column, " is not among the known classes ",
                                detail::listed(names));
        indexes.push_back(found->second);
    }
    return indexes;
}

}  // namespace twolayer
