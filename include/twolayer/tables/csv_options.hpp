// SPDX-License-Identifier: MIT
// How a CSV file is written: the options of read_csv().
#pragma once

#include <twolayer/tables/parse_number.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace twolayer {

/// Whether the first row of a file names the columns.
enum class Header {
    /// The row is a header if it is text above numbers, and it is not if its cells are like those
    /// below them and unlike names. A row that could be either is rejected.
    detect,
    present,  ///< it is a header
    absent    ///< it is data; the columns are named "1", "2", ...
};

/// How a CSV file is written; every option may be left out.
struct CsvOptions {
    Header header = Header::detect;
    /// An ASCII character other than the quote, a line break and NUL. If left out, it is the comma,
    /// semicolon or tab that occurs equally often in the first rows, or else the vertical bar.
    std::optional<char> delimiter = std::nullopt;
    char decimal = '.';  ///< the decimal mark of numbers, a point or a comma
    /// The texts that mean a missing value. An empty cell always does.
    std::vector<std::string> missing_words{"NA",   "N/A",  "n/a", "NaN", "nan", "null",
                                           "NULL", "None", "-",   ".",   "?"};

    /// Whether a cell, apart from blanks around it, is empty or one of the missing words.
    bool is_missing(std::string_view cell) const {
        const std::string_view text = detail::trim(cell);
        return text.empty() || std::ranges::find(missing_words, text) != missing_words.end();
    }
};

}  // namespace twolayer
