// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/data/table.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace twolayer {

/// Whether the first row of a file names the columns.
enum class Header {
    /// It does when none of its cells is a number while others below are, and it does not when a
    /// cell is a number or missing; what could be either is refused.
    detect,
    present,  ///< it does
    absent    ///< it is data; the columns are named "1", "2", ...
};

namespace detail {

/// Whether a column has numbers below the first row, and text.
struct KindsBelow {
    bool numbers = false;
    bool text = false;
};

inline KindsBelow below_first_row(const Table& table, Index column) {
    KindsBelow below;
    for (Index row = 1; row < table.rows() && !(below.numbers && below.text); ++row)
        if (const auto cell = table.cell(row, column); !is_missing(cell))
            (parse_number(cell) ? below.numbers : below.text) = true;
    return below;
}

/// Whether the numbers of the first row only count its columns, from 0 or from 1.
inline bool counts_columns(const Table& table) {
    for (const double from : {0.0, 1.0}) {
        Index counted = 0, numbers = 0;
        for (Index column = 0; column < table.columns(); ++column)
            if (const auto number = parse_number(table.cell(0, column))) {
                ++numbers;
                counted += *number == from + double(column);
            }
        if (counted == numbers && numbers > 2)
            return true;
    }
    return false;
}

/// Whether the first row names the columns. Refuses what could be names or data.
inline bool is_header(const Table& table, Header header) {
    if (header != Header::detect)
        return header == Header::present;
    Index numbers = 0, words = 0, blanks = 0;
    bool word_over_numbers = false, numbers_below = false;
    for (Index column = 0; column < table.columns(); ++column) {
        const auto cell = trim(table.cell(0, column));
        const KindsBelow below = below_first_row(table, column);
        numbers_below = numbers_below || below.numbers;
        if (cell.empty()) {
            ++blanks;
        } else if (is_missing(cell)) {
            return false;
        } else if (parse_number(cell)) {
            ++numbers;
        } else {
            ++words;
            word_over_numbers = word_over_numbers || (below.numbers && !below.text);
        }
    }
    if (blanks == table.columns())
        return false;
    const bool unclear = numbers > 0 ? word_over_numbers || counts_columns(table)
                                     : !numbers_below && table.rows() > 1;
    if (unclear)
        fail<std::runtime_error>(
            table.source, ":", table.line(0),
            ": this row may be a header or data, and nothing tells: say which");
    return numbers == 0;
}

}  // namespace detail

}  // namespace twolayer
