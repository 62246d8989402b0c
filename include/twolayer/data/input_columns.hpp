// SPDX-License-Identifier: MIT
// The columns of a table that are inputs: learnt from one table, and turned into X from any other.
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/data/looks_like.hpp>
#include <twolayer/data/table.hpp>

#include <algorithm>
#include <functional>
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

/// How one column of a table becomes inputs: a number as it is, text one-hot.
struct InputColumn {
    std::string name;
    std::vector<std::string> categories;  ///< in ascending order, all different; none for numbers

    bool is_text() const { return !categories.empty(); }
    Index width() const { return is_text() ? std::ssize(categories) : 1; }
};

/// The columns of a table that are the inputs of a network, in the order of the inputs.
///
/// A column of numbers is one input. A column of text is one input for each category, a one in that
/// of the row and zeros in the others. Text is compared byte by byte, blanks around it aside.
class InputColumns {
public:
    /// From what columns() gave. Throws std::invalid_argument for no columns, for two of one name
    /// and for categories that do not ascend.
    explicit InputColumns(std::vector<InputColumn> columns);

    /// Learns from the columns `inputs` of a table, passing over missing cells. A column is text
    /// if none of its cells is a number, or if `text` names it.
    ///
    /// Throws std::runtime_error for a column that is not named in `text` and mixes numbers and
    /// text or looks like numbers with a decimal comma or like dates, for one without a value, and
    /// for one with more than 1000 categories, or more than 10 that are more than half of its
    /// values; std::invalid_argument for a column that is not there or given twice, and for one in
    /// `text` that is no input.
    static InputColumns fit(const Table& table, std::span<const Index> inputs,
                            std::span<const Index> text = {});

    const std::vector<InputColumn>& columns() const& { return columns_; }
    std::vector<InputColumn> columns() const&& { return columns_; }

    /// What fit() accepted, but a person should look at: a sentence for each column with more than
    /// 50 categories, or more than 10 that are more than a twentieth of its values.
    const std::vector<std::string>& warnings() const& { return warnings_; }
    std::vector<std::string> warnings() const&& { return warnings_; }

    /// D, the number of inputs.
    Index width() const;

    /// The D names of the inputs: `mass` for a column of numbers, `island=Dream` for a category.
    std::vector<std::string> names() const;

    /// X, N x D, of a table in which the columns are found by name; it may have others. Throws
    /// std::runtime_error for a column that is not there, and with file, line and column for a cell
    /// that is missing, a category that was not learnt, text in a column of numbers, and a number
    /// that is not finite.
    Matrix<double> encode(const Table& table) const;

private:
    std::vector<InputColumn> columns_;
    std::vector<std::string> warnings_;
};

namespace detail {

/// The categories of a column of text, none for a column of numbers.
inline std::vector<std::string> categories_of(const Table& table, Index column, bool is_text,
                                              std::vector<std::string>& warnings) {
    std::set<std::string_view> values;
    std::optional<Index> number, word;  // the first row with each
    Index count = 0;
    for (Index row = 0; row < table.rows(); ++row) {
        if (is_missing(table.cell(row, column)))
            continue;
        ++count;
        const std::string_view value = trim(table.cell(row, column));
        const bool is_number = !is_text && parse_number(value);
        std::optional<Index>& first = is_number ? number : word;
        if (!first)
            first = row;
        if (number && word) {
            if (const auto look = looks_like(trim(table.cell(*word, column))); !look.empty())
                refuse_look(table, *word, column, look);
            const Index other = (std::min)(*number, *word);
            refuse_cell(table, row, column, ", and ", in_quotes(trim(table.cell(other, column))),
                        " on line ", table.line(other), ", mix numbers and text");
        }
        if (!is_number)
            values.insert(value);
    }
    if (count == 0)
        fail<std::runtime_error>(table.source, ": column ", in_quotes(table.name(column)),
                                 " has no value in ", table.rows(), " rows");
    if (const auto look = is_text ? "" : common_look(values); !look.empty())
        refuse_look(table, row_that_looks(table, column), column, look);
    if (values.empty())
        return {};
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
        warnings.push_back(finding + "consider to leave the column out (--ignore " +
                           table.name(column) + ") or to group its values");
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
    std::vector<std::string> warnings;
    for (const Index column : inputs) {
        detail::check_column(table, column);
        const bool is_text = std::ranges::find(text, column) != text.end();
        columns.push_back(
            {table.name(column), detail::categories_of(table, column, is_text, warnings)});
    }
    InputColumns result(std::move(columns));
    result.warnings_ = std::move(warnings);
    return result;
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

}  // namespace twolayer
