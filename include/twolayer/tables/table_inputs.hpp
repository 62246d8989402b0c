// SPDX-License-Identifier: MIT
// Converts tables to the inputs of a network, with columns that were learnt from one table.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/model/input_columns.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/tables/looks_like.hpp>
#include <twolayer/tables/parse_number.hpp>
#include <twolayer/tables/table.hpp>

#include <algorithm>
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
                                 " has no value in ", table.rows(), " rows");
    if (values.empty())
        return {};
    if (!is_text)
        check_looks(table, column, values);
    const Index categories = std::ssize(values);
    const auto many = [&](Index most, Index share) {
        return categories > most || (categories > 10 && share * categories > count);
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

/// The index of the category of a column in a row.
inline Index category_of(const InputColumn& column, const Table& table, Index row, Index place) {
    const std::string_view value = value_at(table, row, place);
    const auto found = std::ranges::lower_bound(column.categories, value);
    if (found == column.categories.end() || *found != value)
        refuse_cell(table, row, place, " is not among the known values ",
                    listed(column.categories));
    return found - column.categories.begin();
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
    for (const Index column : text)
        if (std::ranges::find(inputs, column) == inputs.end())
            fail("column ", column,
                 ", counted from 0, is named as text, expected one of the inputs: add it to them");
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

/// X, N x D, of a table in which the columns are found by name; it may have others. Throws
/// std::runtime_error for a column that does not exist, and with file, line and column for a
/// missing cell, a category that was not learnt, text in a column of numbers, and a number that is
/// not finite.
inline Matrix<double> encode(const InputColumns& inputs, const Table& table) {
    const std::vector<InputColumn>& columns = inputs.columns();
    const std::vector<Index> places = detail::find_columns(columns, table);
    Matrix<double> X = Matrix<double>::Zero(table.rows(), inputs.width());
    Index input = 0;
    for (std::size_t c = 0; c < columns.size(); ++c) {
        for (Index n = 0; n < X.rows(); ++n) {
            if (columns[c].is_text())
                X(n, input + detail::category_of(columns[c], table, n, places[c])) = 1;
            else
                X(n, input) = detail::number_at(table, n, places[c]);
        }
        input += columns[c].width();
    }
    return X;
}

/// Raw X, N x D, of a table. Throws as encode() of columns, and std::invalid_argument for a
/// model without columns.
template <Network Net, typename Label>
Matrix<typename Net::Scalar> encode(const Model<Net, Label>& model, const Table& table) {
    if (!model.columns)
        fail("the model was made from a matrix, expected the columns of ", table.source,
             ": set columns, or pass a matrix");
    return encode(*model.columns, table).template cast<typename Net::Scalar>();
}

/// Yhat, N x K, in the units of Y, for the rows of a table. Throws as encode().
template <Network Net, typename Label>
Matrix<typename Net::Scalar> predict(const Model<Net, Label>& model, const Table& table) {
    return model.predict(encode(model, table));
}

/// The label of the most likely class of each row of a table. Throws as encode() and
/// Model::classify().
template <Network Net, typename Label>
std::vector<Label> classify(const Model<Net, Label>& model, const Table& table) {
    return model.classify(encode(model, table));
}

}  // namespace twolayer
