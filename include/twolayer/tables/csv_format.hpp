// SPDX-License-Identifier: MIT
// Finds the delimiter of a CSV file, and whether its first row names the columns.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/tables/looks_like.hpp>
#include <twolayer/tables/table.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
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

/// What a cell of the first row can be.
enum class FirstCell { blank, missing, number, value, word };

/// A missing value is not a name. Neither is a date, nor a number in an unsupported notation.
inline FirstCell first_cell(std::string_view cell, const CsvOptions& csv) {
    if (cell.empty())
        return FirstCell::blank;
    if (csv.is_missing(cell))
        return FirstCell::missing;
    if (parse_number(cell))
        return FirstCell::number;
    return cell.find_first_not_of("0123456789.,'+-:/ ") == std::string_view::npos ||
                   !looks_like(cell).empty()
               ? FirstCell::value
               : FirstCell::word;
}

inline bool is_year(double number) {
    return number == std::floor(number) && 1500 <= number && number <= 2200;
}

/// What the search for a header knows of a column: its first cell, and what is below it.
struct ColumnTop {
    Index column;
    FirstCell first;
    double first_number;  ///< if the first cell is one
    Index numbers = 0, texts = 0;
    double lowest = unbounded, highest = -unbounded;
    bool years = true;        ///< all numbers are years
    bool repeats = false;     ///< the first cell occurs again
    bool categories = false;  ///< few texts, each occurring often

    bool is_numeric() const { return numbers > 0 && numbers >= texts; }
    bool is_text() const { return texts > 0 && numbers == 0; }
};

inline ColumnTop top_of(const Table& table, Index column) {
    constexpr std::size_t max_categories = 1000;
    const std::string_view first = trim(table.cell(0, column));
    ColumnTop top{column, first_cell(first, table.csv), parse_number(first).value_or(0)};
    std::set<std::string_view> texts;
    for (Index row = 1; row < table.rows(); ++row) {
        const std::string_view cell = trim(table.cell(row, column));
        if (table.csv.is_missing(cell))
            continue;
        if (const auto number = parse_number(cell)) {
            ++top.numbers;
            top.lowest = (std::min)(top.lowest, *number);
            top.highest = (std::max)(top.highest, *number);
            top.years = top.years && is_year(*number);
            continue;
        }
        ++top.texts;
        top.repeats = top.repeats || cell == first;
        if (texts.size() <= max_categories)
            texts.insert(cell);
    }
    top.categories =
        top.texts > 2 && texts.size() <= max_categories && 2 * std::ssize(texts) <= top.texts;
    return top;
}

/// Whether the numbers of the first row may be names: they are evenly spaced, years, or far from
/// everything below them. `beside_name`: whether another cell of the row may be a name, too.
inline bool may_be_names(const std::vector<ColumnTop>& numbers, bool beside_name) {
    // If another cell looks like a name, fewer numbers are enough for a doubt.
    const std::size_t few = beside_name ? 1 : 2;
    const double first = numbers.front().first_number;
    const auto evenly_spaced = [&](auto position) {
        const double step = (numbers[1].first_number - first) / (position(1) - position(0));
        for (std::size_t i = 0; i < numbers.size(); ++i)
            if (!(std::abs(numbers[i].first_number - first - step * (position(i) - position(0))) <=
                  1e-9 * std::abs(step)))
                return false;
        return step != 0 && (numbers.size() > 2 || (step == 1 && (first == 0 || first == 1)));
    };
    if (numbers.size() > few &&
        (evenly_spaced([](std::size_t i) { return double(i); }) ||
         evenly_spaced([&](std::size_t i) { return double(numbers[i].column); })))
        return true;
    std::set<double> values;
    bool differ = true, all_far = true, all_years = true, all_above_years = true;
    for (const ColumnTop& top : numbers) {
        const double value = top.first_number;
        const double outside = (std::max)(top.lowest - value, value - top.highest);
        differ = differ && is_finite(value) && values.insert(value).second;
        all_far = all_far && top.numbers > 2 && outside > top.highest - top.lowest &&
                  (beside_name || (value >= 0 && value == std::floor(value)));
        all_years = all_years && is_year(value);
        all_above_years = all_above_years && top.years;
    }
    return numbers.size() >= few && differ && (all_far || (all_years && !all_above_years));
}

/// Whether the first row names the columns. Rejects a row that could be names or data.
inline bool is_header(const Table& table) {
    const Header header = table.csv.header;
    if (header != Header::detect)
        return header == Header::present;
    std::vector<ColumnTop> numbers;
    Index blanks = 0, missing = 0, words = 0;
    Index words_over_numbers = 0, clashes = 0, repeated = 0, new_words = 0, new_categories = 0;
    for (Index column = 0; column < table.columns(); ++column) {
        const ColumnTop top = top_of(table, column);
        const auto is = [&top](FirstCell kind) { return top.first == kind; };
        const bool is_word = is(FirstCell::word), is_number = is(FirstCell::number);
        const bool is_name = is_word || (is(FirstCell::blank) && top.numbers + top.texts > 0);
        if (is_number)
            numbers.push_back(top);
        blanks += is(FirstCell::blank);
        missing += is(FirstCell::missing);
        words += is_word;
        words_over_numbers += is_word && top.is_numeric() && !top.repeats;
        clashes += (is(FirstCell::value) && top.is_numeric()) || (is_number && top.is_text());
        repeated += is_name && top.repeats;
        new_words += is_name && !top.repeats;
        new_categories += is_word && !top.repeats && top.categories;
    }
    if (blanks == table.columns())
        return false;
    const bool only_words = words + blanks == table.columns();
    if (words_over_numbers > 0) {
        // Text above numbers, and no evidence against it.
        if (repeated == 0 && missing == 0 && numbers.empty())
            return true;
    } else if (only_words) {
        if (table.rows() == 1)
            return true;
        if (new_words == 0)
            return false;
    } else if (clashes == 0 && (missing > 0 || repeated > 0 ||
                                (new_categories == 0 &&
                                 (numbers.empty() || !may_be_names(numbers, new_words > 0))))) {
        return false;
    }
    fail<std::runtime_error>(
        table.source, ":", table.line(0),
        ": cannot tell whether this row names the columns or is data: give --header yes or "
        "--header no (CsvOptions::header in C++)");
}

}  // namespace twolayer::detail
