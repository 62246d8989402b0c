// SPDX-License-Identifier: MIT
// The column of a table that holds classes: their names and the class of each row.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/tables/looks_like.hpp>
#include <twolayer/tables/table.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer {

namespace detail {

/// The number that a class label represents, none for text. From 2^53 on, different whole numbers,
/// such as identifiers, can be the same double: those are text.
inline std::optional<double> label_number(std::string_view label) {
    const std::optional<double> number = parse_number(label);
    return number && std::abs(*number) < 0x1p53 ? number : std::nullopt;
}

/// What the labels of one class have in common, and what classes are sorted by.
using ClassKey = std::pair<double, std::string_view>;

inline ClassKey class_key(std::string_view label, bool by_number) {
    const std::optional<double> number = by_number ? label_number(label) : std::nullopt;
    return number ? ClassKey(*number, "") : ClassKey(0, label);
}

/// Whether labels are compared as numbers.
template <typename Range>
bool all_numbers(const Range& labels) {
    return std::ranges::all_of(labels, [](const auto& l) { return label_number(l).has_value(); });
}

inline std::string_view label_at(const Table& table, Index row, Index column) {
    const std::string_view label = value_at(table, row, column);
    if (!is_finite(parse_number(label).value_or(0)))
        refuse_cell(table, row, column, not_finite);
    return label;
}

}  // namespace detail

/// The classes in a column, each once. If all labels are numbers, they are compared and sorted as
/// numbers, so that 1, 1.0 and 1e0 are one class, named by the shortest of its spellings; otherwise
/// as text. Throws std::invalid_argument for a column that does not exist, and std::runtime_error
/// with file, line and column for a missing cell, a number that is not finite, and classes that
/// look like numbers with a decimal comma.
inline std::vector<std::string> class_names(const Table& table, Index column) {
    detail::check_column(table, column);
    std::set<std::string_view> labels;
    for (Index n = 0; n < table.rows(); ++n) labels.insert(detail::label_at(table, n, column));
    detail::check_looks(table, column, labels, "numbers");
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

/// The index in `names` of the class of each row, N of them. Labels are compared as numbers if all
/// names are numbers. Throws as class_names(); also throws std::runtime_error for a label that is
/// not among the names, and std::invalid_argument for a name that occurs twice.
inline std::vector<ClassIndex> class_indexes(const Table& table, Index column,
                                             std::span<const std::string> names) {
    detail::check_column(table, column);
    const bool by_number = detail::all_numbers(names);
    std::map<detail::ClassKey, ClassIndex> classes;
    for (const std::string& name : names)
        if (!classes.emplace(detail::class_key(name, by_number), ClassIndex(std::ssize(classes)))
                 .second)
            fail("the class ", detail::in_quotes(name), " is named twice");
    std::vector<ClassIndex> indexes;
    indexes.reserve(table.lines.size());
    for (Index n = 0; n < table.rows(); ++n) {
        const std::string_view label = detail::label_at(table, n, column);
        const auto found = classes.find(detail::class_key(label, by_number));
        if (found == classes.end())
            detail::refuse_cell(table, n, column, " is not among the known classes ",
                                detail::listed(names), ": correct it, or leave the row out");
        indexes.push_back(found->second);
    }
    return indexes;
}

}  // namespace twolayer
