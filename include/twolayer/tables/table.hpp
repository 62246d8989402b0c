// SPDX-License-Identifier: MIT
// Tables of text, as they are read from a CSV file, and the numbers in their cells.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/standard_library.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace twolayer {

namespace detail {

inline std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t\n\v\f\r";
    text.remove_prefix((std::min)(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// Whether a decimal number outside the range of double is too large for it, rather than too close
/// to zero. The power of ten of its first digit decides.
inline bool too_large(std::string_view number) {
    const auto e = (std::min)(number.find_first_of("eE"), number.size());
    const std::string_view digits = number.substr(0, e);
    const auto point = (std::min)(digits.find('.'), e);
    const auto first = (std::min)(digits.find_first_of("123456789"), e);

    std::string_view power = number.substr((std::min)(e + 1, number.size()));
    power.remove_prefix(power.starts_with('+') ? 1 : 0);
    const long long limit = (std::numeric_limits<long long>::max)() / 2;
    long long exponent = power.empty() ? 0 : power.starts_with('-') ? -limit : limit;
    // An exponent beyond long long leaves the limit unchanged.
    std::from_chars(power.data(), power.data() + power.size(), exponent);
    exponent = std::clamp(exponent, -limit, limit);
    return exponent + static_cast<long long>(point) > static_cast<long long>(first);
}

}  // namespace detail

/// The number in a cell, ignoring blanks around it; none if the whole cell is not a number. The
/// decimal point is a point in every locale. A number outside the range of double becomes 0 or
/// infinite, and `nan` and `inf` are numbers, too: callers that need a finite number must check.
inline std::optional<double> parse_number(std::string_view cell) {
    std::string_view text = detail::trim(cell);
    if (text.starts_with('+') && !text.starts_with("+-"))
        text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = detail::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::invalid_argument || end != text.data() + text.size())
        return std::nullopt;
    if (error == std::errc::result_out_of_range) {
        value = detail::too_large(text) ? std::numeric_limits<double>::infinity() : 0.0;
        return text.starts_with('-') ? -value : value;
    }
    return value;
}

namespace detail {

/// From a function: if an exception ends the initialization of an object that holds a list of texts
/// as a default, GCC 12 destroys the list twice.
inline std::vector<std::string> default_missing_words() {
    return {"NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "-", ".", "?"};
}

}  // namespace detail

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
    /// An ASCII character, but not a quote, a line break or NUL. If left out, it is detected: the
    /// comma, semicolon or tab that occurs equally often in each of the first rows, or else the
    /// vertical bar.
    std::optional<char> delimiter = std::nullopt;
    char decimal = '.';  ///< the decimal mark of numbers, a point or a comma
    /// The texts that mean a missing value. An empty cell always does.
    std::vector<std::string> missing_words = detail::default_missing_words();

    /// Whether a cell, apart from blanks around it, is empty or one of the missing words.
    bool is_missing(std::string_view cell) const {
        const std::string_view text = detail::trim(cell);
        return text.empty() || std::ranges::find(missing_words, text) != missing_words.end();
    }
};

/// A table as it was read: text, without any interpretation.
///
/// The cells are views into `text`, which copies of the table share.
struct Table {
    std::string source;                       ///< the file, for messages
    std::shared_ptr<const std::string> text;  ///< what the cells are views into
    CsvOptions csv = {};                      ///< with the delimiter that was used
    bool has_header = false;                  ///< if not, the names are "1", "2", ...
    std::vector<std::string> names;           ///< one for each column, all different
    std::vector<std::string_view> cells;      ///< rows x columns, row-major
    std::vector<Index> lines;                 ///< the line of the file on which each row begins

    Index rows() const { return std::ssize(lines); }
    Index columns() const { return std::ssize(names); }

    std::string_view cell(Index row, Index column) const& {
        return cells[static_cast<std::size_t>(row * columns() + column)];
    }

    std::string_view cell(Index row, Index column) const&& = delete;  // of the table's text

    Index line(Index row) const { return lines[static_cast<std::size_t>(row)]; }
    const std::string& name(Index column) const& { return names[static_cast<std::size_t>(column)]; }
    std::string name(Index column) const&& { return name(column); }

    /// The index of the column with this name or, if none has it, with this number, starting at 1.
    /// Throws std::invalid_argument if neither exists.
    Index column(std::string_view name_or_number) const {
        const auto found = std::ranges::find(names, name_or_number);
        if (found != names.end())
            return found - names.begin();
        Index number = 0;
        const char* const last = name_or_number.data() + name_or_number.size();
        const auto [end, error] = std::from_chars(name_or_number.data(), last, number);
        if (error != std::errc() || end != last || number < 1 || number > columns())
            fail(source, " has no column ", detail::in_quotes(name_or_number), ": it has ",
                 detail::listed(names));
        return number - 1;
    }
};

namespace detail {

inline void check_column(const Table& table, Index column) {
    if (column < 0 || column >= table.columns())
        fail("column ", column, " is out of range, counted from 0: ", table.source, " has ",
             table.columns(), " columns");
}

/// The position of a cell, for a message.
inline std::string place(const Table& table, Index row, Index column) {
    return table.source + ":" + std::to_string(table.line(row)) + ": column " +
           in_quotes(table.name(column));
}

template <typename... Parts>
[[noreturn]] void refuse_cell(const Table& table, Index row, Index column, const Parts&... parts) {
    fail<std::runtime_error>(place(table, row, column), ": ",
                             in_quotes(trim(table.cell(row, column))), parts...);
}

/// The text of a cell without the blanks around it. Rejects a missing one.
inline std::string_view value_at(const Table& table, Index row, Index column) {
    const std::string_view value = trim(table.cell(row, column));
    if (table.csv.is_missing(value))
        refuse_cell(table, row, column,
                    " is a missing value (see --missing, --na; TableOptions::missing and "
                    "CsvOptions::missing_words in C++)");
    return value;
}

inline constexpr const char* not_finite =
    " is not a finite number: correct it, or name it as a missing value by --na "
    "(CsvOptions::missing_words in C++)";

/// The number in a cell. Rejects a missing one, text, and a number that is not finite.
inline double number_at(const Table& table, Index row, Index column) {
    const std::optional<double> number = parse_number(value_at(table, row, column));
    if (!number)
        refuse_cell(table, row, column,
                    " is not a number (see --decimal, --na; CsvOptions in C++)");
    if (!is_finite(*number))
        refuse_cell(table, row, column, not_finite);
    return *number;
}

}  // namespace detail

/// The given rows, in the given order; the text is shared. Throws std::invalid_argument for a row
/// that does not exist.
inline Table select_rows(const Table& table, std::span<const Index> rows) {
    Table result{table.source, table.text, table.csv, table.has_header, table.names, {}, {}};
    result.cells.reserve(rows.size() * table.names.size());
    result.lines.reserve(rows.size());
    for (const Index row : rows) {
        if (row < 0 || row >= table.rows())
            fail("row ", row, " is out of range: the table has ", table.rows(), " rows");
        const auto first = table.cells.begin() + row * table.columns();
        result.cells.insert(result.cells.end(), first, first + table.columns());
        result.lines.push_back(table.line(row));
    }
    return result;
}

/// The rows that have no missing cell in the given columns, in ascending order. Throws
/// std::invalid_argument for a column that does not exist.
inline std::vector<Index> complete_rows(const Table& table, std::span<const Index> columns) {
    for (const Index column : columns) detail::check_column(table, column);
    std::vector<Index> rows;
    for (Index row = 0; row < table.rows(); ++row)
        if (std::ranges::none_of(columns,
                                 [&](Index c) { return table.csv.is_missing(table.cell(row, c)); }))
            rows.push_back(row);
    return rows;
}

/// A column of numbers, N of them. Throws std::invalid_argument for a column that does not exist,
/// and std::runtime_error with file, line and column for a cell that is missing, text or not
/// finite.
inline Vector<double> numbers(const Table& table, Index column) {
    detail::check_column(table, column);
    Vector<double> y(table.rows());
    for (Index n = 0; n < y.size(); ++n) y(n) = detail::number_at(table, n, column);
    return y;
}

}  // namespace twolayer
