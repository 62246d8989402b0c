// SPDX-License-Identifier: MIT
// Reads comma-separated text into a table.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/files/bytes/read_file.hpp>
#include <twolayer/tables/csv_header.hpp>
#include <twolayer/tables/csv_options.hpp>
#include <twolayer/tables/csv_parser.hpp>
#include <twolayer/tables/table.hpp>

#include <filesystem>
#include <istream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace twolayer {

namespace detail {

/// Names the columns. If the first row is a header, it supplies the names and is then removed.
inline void name_columns(Table& table) {
    table.has_header = is_header(table);
    std::unordered_map<std::string_view, Index> first_of_name;
    for (Index column = 0; column < table.columns(); ++column) {
        std::string& name = table.names[static_cast<std::size_t>(column)];
        const std::string number = std::to_string(column + 1);
        name = table.has_header ? std::string(trim(table.cell(0, column))) : number;
        if (name.empty())
            name = "column " + number;
        const auto [first, is_new] = first_of_name.emplace(name, column);
        if (!is_new)
            fail<std::runtime_error>(table.source, ":", table.line(0), ": columns ",
                                     first->second + 1, " and ", column + 1, " are both named ",
                                     in_quotes(name), ": rename one, or give --header no if this ",
                                     "row is data (CsvOptions::header in C++)");
    }
    if (table.has_header) {
        table.cells.erase(table.cells.begin(), table.cells.begin() + table.columns());
        table.lines.erase(table.lines.begin());
    }
}

inline void check_options(const CsvOptions& csv) {
    const char delimiter = csv.delimiter.value_or(';');
    if (std::string_view("\"\n\r\0", 4).find(delimiter) != std::string_view::npos ||
        static_cast<unsigned char>(delimiter) > 0x7F)
        fail(
            "the delimiter of a CSV file must be an ASCII character other than a quote, a line "
            "break and NUL");
    if ((csv.decimal != '.' && csv.decimal != ',') || csv.decimal == delimiter)
        fail("the decimal mark of a CSV file must be a point or a comma, and not the delimiter");
}

/// Refuses a file in which nothing follows the names of the columns, if it has any.
[[noreturn]] inline void refuse_empty(const std::string& source, bool has_names) {
    if (!has_names)
        fail<std::runtime_error>(source, " is empty");
    fail<std::runtime_error>(source, ":1 names the columns, and no rows follow: if it is data, ",
                             "give --header no (CsvOptions::header in C++)");
}

inline Table table_of(std::string bytes, const std::string& source, const CsvOptions& options) {
    check_options(options);
    const auto text = std::make_shared<std::string>(std::move(bytes));
    Table table;
    table.source = source;
    table.text = text;
    table.csv = options;
    CsvParser(source, table.csv).parse(*text, table);
    if (table.rows() == 0)
        refuse_empty(source, false);
    name_columns(table);
    if (table.rows() == 0)
        refuse_empty(source, true);
    return table;
}

}  // namespace detail

/// Reads comma-separated text (RFC 4180) from a stream; `source` names it in messages.
///
/// A field in double quotes may contain delimiters, line breaks and doubled quotes. Lines end with
/// LF, CRLF or CR. Blanks around the name of a column are removed; an empty name becomes "column
/// N". Blank lines at the end are ignored; any other is a missing cell in a table of one column.
/// If `decimal` is a comma, cells that are numbers get a point in its place.
/// Takes time in proportion to the text, and memory for the text, 16 bytes a cell and 8 a row.
///
/// Throws std::runtime_error with line and column for anything else (rows of different lengths,
/// misplaced quotes, blank lines, a name given twice, a first row that may be a header or data,
/// text that is not UTF-8, more than 100 000 columns, a decimal point besides decimal commas), for
/// a delimiter that cannot be found, and for no rows and a stream that fails;
/// std::invalid_argument for a delimiter or a decimal mark that cannot be one.
inline Table read_csv(std::istream& in, const std::string& source, const CsvOptions& options = {}) {
    return detail::table_of(detail::read_all(in, source), source, options);
}

/// Overload for files. Throws std::runtime_error with the reason if the file cannot be opened or
/// read.
inline Table read_csv(const std::filesystem::path& path, const CsvOptions& options = {}) {
    return detail::table_of(detail::read_file(path), path.string(), options);
}

}  // namespace twolayer
