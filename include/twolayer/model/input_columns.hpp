// SPDX-License-Identifier: MIT
// The columns of a table that are the inputs of a network, as a model keeps them.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
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
/// A column of numbers is one input. A column of text is one input for each category: one for the
/// category of the row, zero for the others. Text is compared byte by byte, without the blanks
/// around it.
class InputColumns {
public:
    /// From what columns() returned. Throws std::invalid_argument for no columns,
    /// for two columns with the same name, and for categories that are not in ascending order.
    explicit InputColumns(std::vector<InputColumn> columns) : columns_(std::move(columns)) {
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

    const std::vector<InputColumn>& columns() const& { return columns_; }
    std::vector<InputColumn> columns() const&& { return columns_; }

    /// What input_columns() accepted but a person should check: a sentence for each column with
    /// more than 50 categories, or with more than 10 that are more than a twentieth of its values.
    const std::vector<std::string>& warnings() const& { return warnings_; }
    std::vector<std::string> warnings() const&& { return warnings_; }

    /// The same columns with these warnings.
    InputColumns with_warnings(std::vector<std::string> warnings) && {
        warnings_ = std::move(warnings);
        return std::move(*this);
    }

    /// Whether a missing cell becomes the mean of its input in the training data,
    /// Model::inputs.mean(), rather than being refused.
    bool fills_missing() const { return fills_missing_; }

    /// The same columns with this choice.
    InputColumns filling_missing(bool fills) && {
        fills_missing_ = fills;
        return std::move(*this);
    }

    /// D, the number of inputs.
    Index width() const {
        Index width = 0;
        for (const InputColumn& column : columns_) width += column.width();
        return width;
    }

    /// The D names of the inputs: `mass` for a column of numbers, `island=Dream` for a category.
    std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const InputColumn& column : columns_) {
            if (!column.is_text())
                names.push_back(column.name);
            for (const std::string& category : column.categories)
                names.push_back(column.name + "=" + category);
        }
        return names;
    }

private:
    std::vector<InputColumn> columns_;
    std::vector<std::string> warnings_;
    bool fills_missing_ = false;
};

}  // namespace twolayer
