// SPDX-License-Identifier: MIT
//
// Decides whether the first row of a CSV file names the columns.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/tables/looks_like.hpp>
#include <twolayer/tables/table.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <set>
#include <stdexcept>
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

namespace detail {

/// What a cell of the first row can be.
enum class FirstCell { blank, missing, number, value, word };

/// A missing value as other programs write it is not a name. Neither is a date, nor a number in an
/// unsupported notation.
inline FirstCell first_cell(std::string_view cell) {
    constexpr std::array<std::string_view, 8> missing_elsewhere{"n/a",  "N/A",  "null", "NULL",
                                                                "None", "none", "-",    "."};
    if (cell.empty())
        return FirstCell::blank;
    if (is_missing(cell) || std::ranges::count(missing_elsewhere, cell) > 0)
        return FirstCell::missing;
    if (parse_number(cell))
        return FirstCell::number;
    return cell.find_first_not_of("0123456789.,'+-:/ ") == std::string_view::npos ||
                   !looks_like(cell).empty()
               ? FirstCell::value
               : FirstCell::word;
}

/// The contents of a column below the first row.
struct KindsBelow {
    Index numbers = 0, texts = 0;
    double lowest = unbounded, highest = -lowest;
    bool years = true;        ///< all numbers are years
    bool repeats = false;     ///< the first row's cell occurs again
    bool categories = false;  ///< few texts, each occurring often

    bool is_numeric() const { return numbers > 0 && numbers >= texts; }
    bool is_text() const { return texts > 0 && numbers == 0; }
};

inline bool is_year(double number) {
    return number == std::floor(number) && 1500 <= number && number <= 2200;
}

inline KindsBelow below_first_row(const Table& table, Index column) {
    constexpr std::size_t max_categories = 1000;
    const std::string_view first = trim(table.cell(0, column));
    KindsBelow below;
    std::set<std::string_view> texts;
    for (Index row = 1; row < table.rows(); ++row) {
        const std::string_view cell = trim(table.cell(row, column));
        if (is_missing(cell))
            continue;
        if (const auto number = parse_number(cell)) {
            ++below.numbers;
            below.lowest = (std::min)(below.lowest, *number);
            below.highest = (std::max)(below.highest, *number);
            below.years = below.years && is_year(*number);
            continue;
        }
        ++below.texts;
        below.repeats = below.repeats || cell == first;
        if (texts.size() <= max_categories)
            texts.insert(cell);
    }
    below.categories =
        below.texts > 2 && texts.size() <= max_categories && 2 * std::ssize(texts) <= below.texts;
    return below;
}

/// A number of the first row, and what is below it.
struct FirstNumber {
    double value = 0;
    Index column = 0;
    KindsBelow below;
};

/// Whether the numbers of the first row may be names: they are evenly spaced, years, or far from
/// everything below them. `beside_name`: whether another cell of the row may be a name, too.
inline bool may_be_names(const std::vector<FirstNumber>& numbers, bool beside_name) {
    // If another cell looks like a name, fewer numbers are enough for a doubt.
    const std::size_t few = beside_name ? 1 : 2;
    const double first = numbers.front().value;
    const auto all = [&](auto holds) { return std::ranges::all_of(numbers, holds); };
    const auto differ = [&] {
        std::set<double> values;
        return all([&](const FirstNumber& n) {
            return is_finite(n.value) && values.insert(n.value).second;
        });
    };
    const auto evenly_spaced = [&](auto position) {
        const double step = (numbers[1].value - first) / (position(1) - position(0));
        for (std::size_t i = 0; i < numbers.size(); ++i)
            if (!(std::abs(numbers[i].value - first - step * (position(i) - position(0))) <=
                  1e-9 * std::abs(step)))
                return false;
        return step != 0 && (numbers.size() > 2 || (step == 1 && (first == 0 || first == 1)));
    };
    const auto is_far = [&](const FirstNumber& n) {
        const double outside = (std::max)(n.below.lowest - n.value, n.value - n.below.highest);
        return n.below.numbers > 2 && outside > n.below.highest - n.below.lowest &&
               (beside_name || (n.value >= 0 && n.value == std::floor(n.value)));
    };
    const auto is_year_name = [](const FirstNumber& n) { return is_year(n.value); };
    const auto is_among_years = [](const FirstNumber& n) { return n.below.years; };
    if (numbers.size() > few &&
        (evenly_spaced([](std::size_t i) { return double(i); }) ||
         evenly_spaced([&](std::size_t i) { return double(numbers[i].column); })))
        return true;
    return numbers.size() >= few && differ() &&
           (all(is_far) || (all(is_year_name) && !all(is_among_years)));
}

/// Whether the first row names the columns. Rejects a row that could be names or data.
inline bool is_header(const Table& table, Header header) {
    if (header != Header::detect)
        return header == Header::present;
    std::vector<FirstNumber> numbers;
    Index blanks = 0, missing = 0, words = 0;
    Index words_over_numbers = 0, clashes = 0, repeated = 0, new_words = 0, new_categories = 0;
    for (Index column = 0; column < table.columns(); ++column) {
        const std::string_view cell = trim(table.cell(0, column));
        const FirstCell kind = first_cell(cell);
        const KindsBelow below = below_first_row(table, column);
        const bool is_name = kind == FirstCell::word ||
                             (kind == FirstCell::blank && below.numbers + below.texts > 0);
        if (kind == FirstCell::number)
            numbers.push_back({*parse_number(cell), column, below});
        blanks += kind == FirstCell::blank;
        missing += kind == FirstCell::missing;
        words += kind == FirstCell::word;
        words_over_numbers += kind == FirstCell::word && below.is_numeric() && !below.repeats;
        clashes += (kind == FirstCell::value && below.is_numeric()) ||
                   (kind == FirstCell::number && below.is_text());
        repeated += is_name && below.repeats;
        new_words += is_name && !below.repeats;
        new_categories += kind == FirstCell::word && !below.repeats && below.categories;
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

}  // namespace detail

}  // namespace twolayer
