// SPDX-License-Identifier: MIT
// Converts tables to the inputs of a network, with columns that were learnt from one table.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/tables/looks_like.hpp>
#include <twolayer/tables/table.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
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

/// What becomes of a row with a category that was not learnt.
enum class Unknown {
    refuse,  ///< the first one throws
    blank,   ///< all its inputs, and so its predictions, are NaN
    zero     ///< none of the categories: zeros
};

namespace detail {

[[noreturn]] inline void refuse_mixture(const Table& table, Index column, Index number,
                                        Index word) {
    if (const auto look = looks_like(trim(table.cell(word, column))); !look.empty())
        refuse_look(table, word, column, look);
    const auto [first, second] = std::minmax(number, word);
    refuse_cell(table, second, column, ", and ", in_quotes(trim(table.cell(first, column))),
                " on line ", table.line(first),
                ", mix numbers and text: take the column as text (--text ", table.name(column),
                "), or name the text that means a missing value by --na "
                "(CsvOptions::missing_words in C++)");
}

/// The categories of a column of text, none for a column of numbers.
inline std::vector<std::string> categories_of(const Table& table, Index column, bool is_text,
                                              std::vector<std::string>& warnings) {
    std::set<std::string_view> values;
    std::optional<Index> number, word;  // the first row with each
    Index count = 0;
    for (Index row = 0; row < table.rows(); ++row) {
        const std::string_view value = trim(table.cell(row, column));
        if (table.csv.is_missing(value))
            continue;
        ++count;
        const bool is_number = !is_text && parse_number(value);
        std::optional<Index>& first = is_number ? number : word;
        first = first.value_or(row);
        if (number && word)
            refuse_mixture(table, column, *number, *word);
        if (!is_number)
            values.insert(value);
    }
    if (count == 0)
        fail<std::runtime_error>(table.source, ": column ", in_quotes(table.name(column)),
                                 " has no value in ", table.rows(),
                                 " rows: leave it out (--ignore ", table.name(column),
                                 ", TableOptions::ignore in C++)");
    if (values.empty())
        return {};
    if (!is_text)
        check_looks(table, column, values);
    const Index categories = std::ssize(values);
    const auto many = [&](Index most, Index factor) {
        return categories > most || (categories > 10 && factor * categories > count);
    };
    const std::string finding = table.source + ": column " + in_quotes(table.name(column)) +
                                " has " + std::to_string(categories) + " different texts in " +
                                std::to_string(count) + " rows, such as " +
                                in_quotes(*values.begin()) + ", and each becomes an input: ";
    if (many(1000, 2))
        fail<std::runtime_error>(finding, "leave the column out (--ignore ", table.name(column),
                                 "), or group its values into fewer categories");
    if (many(50, 20))
        warnings.push_back(finding + "consider leaving the column out (--ignore " +
                           table.name(column) + ") or grouping its values");
    return {values.begin(), values.end()};
}

/// The positions of the columns in a table.
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

}  // namespace detail

/// Learns from the columns `inputs` of a table, ignoring missing cells. A column is text if none of
/// its cells is a number, or if `text` names it.
///
/// Throws std::runtime_error for a column that is not named in `text` and mixes numbers and text or
/// looks like numbers with a decimal comma or like dates, for a column without a value, and for one
/// with more than 1000 categories, or with more than 10 that are more than half of its values.
/// Throws std::invalid_argument for a column that does not exist or is given twice, and for one in
/// `text` that is not an input.
inline InputColumns input_columns(const Table& table, std::span<const Index> inputs,
                                  std::span<const Index> text = {}) {
    for (const Index column : text) {
        detail::check_column(table, column);
        if (std::ranges::find(inputs, column) == inputs.end())
            fail("column ", detail::in_quotes(table.name(column)),
                 " is named as text, expected one of the inputs: add it to them");
    }
    std::vector<InputColumn> columns;
    std::vector<std::string> warnings;
    for (const Index column : inputs) {
        detail::check_column(table, column);
        const bool is_text = std::ranges::find(text, column) != text.end();
        columns.push_back(
            {table.name(column), detail::categories_of(table, column, is_text, warnings)});
    }
    return InputColumns(std::move(columns)).with_warnings(std::move(warnings));
}

/// X, N x D, of a table in which the columns are found by name; it may have others. A missing cell
/// becomes the entry of `missing` for its input, if that is not empty. Throws std::runtime_error
/// for a column that does not exist, and with file, line and column for any other missing cell, a
/// category that was not learnt (unless `unknown` allows it), text in a column of numbers, and a
/// number that is not finite.
inline Matrix<double> encode(const InputColumns& inputs, const Table& table,
                             Unknown unknown = Unknown::refuse,
                             const std::vector<double>& missing = {}) {
    const std::vector<Index> places = detail::find_columns(inputs.columns(), table);
    if (!missing.empty() && std::ssize(missing) != inputs.width())
        fail("there are ", missing.size(), " values for missing cells, expected ", inputs.width());
    Matrix<double> X = Matrix<double>::Zero(table.rows(), inputs.width());
    std::vector<Index> blank;
    Index input = 0;
    for (std::size_t c = 0; c < places.size(); ++c) {
        const InputColumn& column = inputs.columns()[c];
        const std::vector<std::string>& categories = column.categories;
        for (Index n = 0; n < X.rows(); ++n) {
            if (!missing.empty() && table.csv.is_missing(table.cell(n, places[c]))) {
                for (Index i = input; i < input + column.width(); ++i)
                    X(n, i) = missing[std::size_t(i)];
            } else if (!column.is_text()) {
                X(n, input) = detail::number_at(table, n, places[c]);
            } else {
                const std::string_view value = detail::value_at(table, n, places[c]);
                const auto found = std::ranges::lower_bound(categories, value);
                if (found != categories.end() && *found == value)
                    X(n, input + (found - categories.begin())) = 1;
                else if (unknown == Unknown::refuse)
                    detail::refuse_cell(table, n, places[c], " is not among the known values ",
                                        detail::listed(categories),
                                        ": add --unknown blank or zero (Unknown in C++)");
                else if (unknown == Unknown::blank)
                    blank.push_back(n);
            }
        }
        input += column.width();
    }
    for (const Index n : blank) X.row(n).setConstant(std::numeric_limits<double>::quiet_NaN());
    return X;
}

namespace detail {

/// X of a table; a missing cell becomes NaN if the columns fill missing ones, else it throws.
inline Matrix<double> with_gaps(const InputColumns& inputs, const Table& table,
                                Unknown unknown = Unknown::refuse) {
    const std::size_t gaps = inputs.fills_missing() ? std::size_t(inputs.width()) : 0;
    return encode(inputs, table, unknown,
                  std::vector<double>(gaps, std::numeric_limits<double>::quiet_NaN()));
}

}  // namespace detail

}  // namespace twolayer
