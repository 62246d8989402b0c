// SPDX-License-Identifier: MIT
// Finds the delimiter of a CSV file.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace twolayer::detail {

/// The delimiters that can be found. The last, which also separates the parts of one field, only if
/// the first row has it and no other.
inline constexpr std::string_view common_delimiters = ",;\t|";

/// A delimiter as it is written on a command line.
inline std::string shown_delimiter(char delimiter) {
    return delimiter == '\t' ? "tab" : std::string{'\'', delimiter, '\''};
}

/// What a refusal names if another delimiter may help.
inline constexpr const char* delimiter_option = " (--delimiter, CsvOptions::delimiter in C++)";

/// How often a delimiter occurs, outside quotes, in each of the first rows that are not blank.
inline std::vector<Index> delimiters_in_rows(std::string_view text, char delimiter) {
    constexpr std::size_t enough = 100;
    std::vector<Index> counts;
    bool is_quoted = false, is_new_row = true;
    for (const char c : text) {
        is_quoted ^= c == '"';  // a doubled quote changes nothing
        if (!is_quoted && (c == '\n' || c == '\r')) {
            is_new_row = true;
            continue;
        }
        if (is_new_row && counts.size() == enough)
            break;
        if (is_new_row)
            counts.push_back(0);
        is_new_row = false;
        counts.back() += !is_quoted && c == delimiter ? 1 : 0;
    }
    return counts;
}

/// The delimiter that most of the first rows have as often as the very first row. If that row has
/// none, it is a delimiter that occurs below. Rejects text that fits two delimiters equally.
inline char find_delimiter(const std::string& source, std::string_view text, char decimal) {
    std::string best, below;
    Index most = 1;
    for (const char delimiter : common_delimiters) {
        const std::vector<Index> counts = delimiters_in_rows(text, delimiter);
        if (delimiter == decimal || std::ranges::count(counts, 0) == std::ssize(counts) ||
            (delimiter == '|' && (!best.empty() || counts[0] == 0)))
            continue;
        below += delimiter;
        const Index alike = counts[0] == 0 ? 0 : std::ranges::count(counts, counts[0]);
        if (alike > most)
            best.clear();
        if (alike >= most)
            best += delimiter;
        most = (std::max)(most, alike);
    }
    if (best.size() > 1)
        fail<std::runtime_error>(
            source, ": the delimiter may be ", shown_delimiter(best[0]), " or ",
            shown_delimiter(best[1]), ", which occur equally often in every row: give --delimiter",
            decimal == ',' ? "" : ", and --decimal , for numbers with a decimal comma",
            " (CsvOptions::delimiter", decimal == ',' ? "" : " and CsvOptions::decimal",
            " in C++)");
    // In a file of one column any delimiter will do.
    return !best.empty() ? best[0] : !below.empty() ? below[0] : decimal == ',' ? ';' : ',';
}

}  // namespace twolayer::detail
