// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/types.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace twolayer {

struct Table;

namespace detail {

/// Where a table is from, for messages.
std::string_view source_of(const Table& table);

}  // namespace detail

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
///
/// Declared here, for what has columns and may never see a table; <twolayer/data/columns.hpp> has
/// all that is done with them.
class InputColumns {
public:
    /// From what columns() gave. Throws std::invalid_argument for no columns, for two of one name
    /// and for categories that do not ascend.
    explicit InputColumns(std::vector<InputColumn> columns);

    /// Learns from the columns `inputs` of a table, passing over missing cells. A column is text
    /// where none of its cells is a number, and where `text` names it.
    ///
    /// Throws std::runtime_error for a column that mixes numbers and text and is not named in
    /// `text`, and for one without a value; std::invalid_argument for a column that is not there
    /// or given twice, and for one in `text` that is no input.
    static InputColumns fit(const Table& table, std::span<const Index> inputs,
                            std::span<const Index> text = {});

    const std::vector<InputColumn>& columns() const& { return columns_; }
    std::vector<InputColumn> columns() const&& { return columns_; }

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
};

}  // namespace twolayer
