// SPDX-License-Identifier: MIT
// Splits the text of a CSV file into cells.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/files/bytes/encoding.hpp>
#include <twolayer/tables/table.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace twolayer::detail {

/// Splits the text of a CSV file into cells, in place: a quoted field is shorter without its
/// quotes, so it is written over itself.
class CsvParser {
public:
    CsvParser(const std::string& source, std::string& text, char delimiter)
        : source_(source),
          at_(text.data()),
          end_(text.data() + text.size()),
          delimiter_(delimiter) {
        if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
            refuse(line_, "the file is UTF-16, expected UTF-8: convert it, as by iconv -f utf-16 ",
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
        std::size_t columns = 0;
        for (;;) {
            const Index blank = line_;
            while (at_ != end_ && is_break(*at_)) take_break();
            if (at_ == end_)
                break;
            const Index line = line_;
            // In a table of one column, a blank line is a missing cell.
            for (Index n = blank; n < line && columns < 2; ++n) {
                table.cells.emplace_back();
                table.lines.push_back(n);
            }
            const std::size_t fields = parse_row(table);
            if (at_ != end_)
                take_break();
            if (columns == 0) {
                columns = fields;
                const auto more = std::count_if(
                    at_, end_, [this](char c) { return c == delimiter_ || is_break(c); });
                table.cells.reserve(table.cells.size() + static_cast<std::size_t>(more) + 1);
            }
            if (columns > 1 && blank < line)
                refuse(blank, "a blank line between the rows");
            if (fields != columns)
                refuse(line, fields, fields == 1 ? " field" : " fields", ", the first row has ",
                       columns);
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
            if (!is_utf8(cell))
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
    Index line_ = 1;
};

}  // namespace twolayer::detail
