// SPDX-License-Identifier: MIT
// Reads comma-separated text into a table.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/files/bytes/read_file.hpp>
#include <twolayer/files/bytes/utf8.hpp>
#include <twolayer/tables/columns.hpp>
#include <twolayer/tables/csv_header.hpp>
#include <twolayer/tables/table.hpp>

#include <algorithm>
#include <filesystem>
#include <istream>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace twolayer {

struct CsvOptions {
    Header header = Header::detect;
    char delimiter = ',';  ///< an ASCII character other than the quote, a line break and NUL
};

namespace detail {

/// Splits the text of a CSV file into cells, in place: a quoted field is shorter without its
/// quotes, so it is written over itself.
class CsvParser {
public:
    CsvParser(const std::string& source, std::string& text, char delimiter)
        : source_(source),
          at_(text.data()),
          end_(text.data() + text.size()),
          delimiter_(delimiter),
          is_utf8_(is_utf8(text)) {
        if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
            refuse(line_,
                   "the file is UTF-16, expected UTF-8: convert it, as by iconv -f utf-16 "
                   "-t utf-8");
        if (text.starts_with("\xEF\xBB\xBF"))
            at_ += 3;
        if (const char* const nul = std::find(at_, end_, '\0'); nul != end_) {
            for (const char* c = at_; c != nul; ++c) line_ += ends_line(c) ? 1 : 0;
            refuse(line_, "a NUL byte, expected text in UTF-8");
        }
    }

    /// Appends every row to a table without columns. Sets the number of columns, but not their
    /// names.
    void parse(Table& table) {
        const auto may_end_cell = [this](char c) { return c == delimiter_ || is_break(c); };
        std::size_t columns = 0;
        for (;;) {
            Index blank_lines = 0;
            for (; at_ != end_ && is_break(*at_); ++blank_lines) take_break();
            if (at_ == end_)
                break;
            const Index line = line_;
            const std::size_t fields = parse_row(table);
            if (at_ != end_)
                take_break();
            if (columns == 0) {
                columns = fields;
                const auto more = std::count_if(at_, end_, may_end_cell);
                table.cells.reserve(fields + static_cast<std::size_t>(more) + 1);
            }
            if (columns > 1 && blank_lines > 0)
                refuse(line - blank_lines, "a blank line between the rows");
            if (fields != columns)
                refuse(line, fields, fields == 1 ? " field" : " fields", ", the first row has ",
                       columns);
            for (; blank_lines > 0; --blank_lines) {
                table.cells.insert(table.cells.end() - 1, std::string_view());
                table.lines.push_back(line - blank_lines);
            }
            table.lines.push_back(line);
        }
        table.names.resize(columns);
    }

private:
    /// Without it, a line of delimiters alone would take a hundred times its size in memory.
    static constexpr std::size_t max_columns = 100000;

    static bool is_break(char c) { return c == '\n' || c == '\r'; }

    template <typename... Parts>
    [[noreturn]] void refuse(Index line, const Parts&... parts) const {
        fail<std::runtime_error>(source_, ":", line, ": ", parts...);
    }

    [[noreturn]] void refuse_encoding(Index line, std::size_t column, std::string_view cell) const {
        std::string shown(cell);
        std::ranges::replace_if(
            shown, [](char c) { return static_cast<unsigned char>(c) > 0x7F; }, '?');
        refuse(line, "column ", column, ": ", in_quotes(shown),
               " is not UTF-8: convert the file, as by iconv -f cp1252 -t utf-8");
    }

    /// Whether a line ends with this character: LF, or CR if no LF follows.
    bool ends_line(const char* c) const {
        return *c == '\n' || (*c == '\r' && (c + 1 == end_ || c[1] != '\n'));
    }

    void take_break() {
        at_ += *at_ == '\r' && at_ + 1 != end_ && at_[1] == '\n' ? 2 : 1;
        ++line_;
    }

    /// Appends the fields of a row and returns their number.
    std::size_t parse_row(Table& table) {
        for (std::size_t fields = 1;; ++fields) {
            const bool is_quoted = at_ != end_ && *at_ == '"';
            if (fields > max_columns)
                refuse(line_, "more than ", max_columns, " columns, which is the limit");
            const Index line = line_;
            const std::string_view cell = is_quoted ? quoted_field(fields) : plain_field(fields);
            if (!is_utf8_ && !is_utf8(cell))
                refuse_encoding(line, fields, cell);
            table.cells.push_back(cell);
            if (at_ == end_ || is_break(*at_))
                return fields;
            ++at_;
        }
    }

    bool at_end_of_field() const { return at_ == end_ || *at_ == delimiter_ || is_break(*at_); }

    std::string_view plain_field(std::size_t column) {
        const char* const first = at_;
        for (; !at_end_of_field(); ++at_)
            if (*at_ == '"')
                refuse(line_, "column ", column, ": a quote inside a field that is not quoted");
        return {first, static_cast<std::size_t>(at_ - first)};
    }

    std::string_view quoted_field(std::size_t column) {
        const Index opened = line_;
        const char* const first = ++at_;
        char* last = at_;
        for (;; ++at_) {
            if (at_ == end_)
                refuse(opened, "column ", column, ": the quote that opens here is never closed");
            if (*at_ == '"' && (++at_ == end_ || *at_ != '"'))
                break;
            line_ += ends_line(at_) ? 1 : 0;
            *last++ = *at_;
        }
        if (!at_end_of_field())
            refuse(line_, "column ", column, ": text after the closing quote");
        return {first, static_cast<std::size_t>(last - first)};
    }

    const std::string& source_;
    char* at_;
    char* const end_;
    const char delimiter_;
    const bool is_utf8_;
    Index line_ = 1;
};

/// Names the columns. If the first row is a header, it supplies the names and is then removed.
inline void name_columns(Table& table, Header header) {
    table.has_header = is_header(table, header);
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
                                     in_quotes(name));
    }
    if (table.has_header) {
        table.cells.erase(table.cells.begin(), table.cells.begin() + table.columns());
        table.lines.erase(table.lines.begin());
    }
}

inline Table table_of(std::string bytes, const std::string& source, const CsvOptions& options) {
    if (std::string_view("\"\n\r\0", 4).find(options.delimiter) != std::string_view::npos ||
        static_cast<unsigned char>(options.delimiter) > 0x7F)
        fail(
            "the delimiter of a CSV file must be an ASCII character other than a quote, a line "
            "break and NUL");
    const auto text = std::make_shared<std::string>(std::move(bytes));
    Table table;
    table.source = source;
    table.text = text;
    CsvParser(source, *text, options.delimiter).parse(table);
    if (table.rows() == 0)
        fail<std::runtime_error>(source, " is empty");
    name_columns(table, options.header);
    if (table.rows() == 0)
        fail<std::runtime_error>(source, " has a header and no rows");
    return table;
}

}  // namespace detail

/// Reads comma-separated text (RFC 4180) from a stream; `source` names it in messages.
///
/// A field in double quotes may contain delimiters, line breaks and doubled quotes. Lines end with
/// LF, CRLF or CR. Blanks around the name of a column are removed; an empty name becomes "column
/// N". Blank lines at the end are ignored; any other is a missing cell in a table of one column.
/// Takes time in proportion to the text, and memory for the text, 16 bytes a cell and 8 a row.
///
/// Throws std::runtime_error with line and column for anything else (rows of different lengths,
/// misplaced quotes, blank lines, a name given twice, a first row that may be a header or data,
/// text that is not UTF-8, more than 100 000 columns), and for no rows and a stream that fails;
/// std::invalid_argument for a delimiter that cannot be one.
inline Table read_csv(std::istream& in, const std::string& source, const CsvOptions& options = {}) {
    return detail::table_of(detail::read_all(in, source), source, options);
}

/// Overload for files. Throws std::runtime_error with the reason if the file cannot be opened or
/// read.
inline Table read_csv(const std::filesystem::path& path, const CsvOptions& options = {}) {
    return detail::table_of(detail::read_file(path), path.string(), options);
}

}  // namespace twolayer
