// SPDX-License-Identifier: MIT
// Splits the text of a CSV file into cells.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/files/bytes/encoding.hpp>
#include <twolayer/tables/csv_format.hpp>
#include <twolayer/tables/table.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace twolayer::detail {

/// Whether a file that starts like this is in safetensors format: the high byte of the length of
/// its header is zero.
inline bool starts_model(std::string_view text) {
    return text.size() > 9 && text[7] == '\0' && text.substr(8).starts_with("{\"");
}

/// Splits the text of a CSV file into cells, in place: a quoted field is shorter without its
/// quotes, so it is written over itself, and a decimal comma becomes a point. The text may come in
/// several parts, each of which ends after a row that is not blank.
class CsvParser {
public:
    /// If the delimiter is not given, it is found in the first part and stored in the options.
    CsvParser(const std::string& source, CsvOptions& csv) : source_(source), csv_(csv) {}

    /// Appends every row of a part to a table without columns. Sets the number of columns, but not
    /// their names.
    void parse(std::string& text, Table& table) {
        at_ = text.data();
        end_ = at_ + text.size();
        const bool is_first = columns_ == 0;
        if (is_first) {
            refuse_other_formats(text);
            skip_byte_order_mark(text);
        }
        if (const char* const nul = std::find(at_, end_, '\0'); nul != end_) {
            for (const char* c = at_; c != nul; ++c) line_ += ends_line(c) ? 1 : 0;
            refuse_encoding(line_, "a NUL byte, as in UTF-16 or in a file that is not text",
                            "utf-16le");
        }
        if (is_first && !csv_.delimiter)
            csv_.delimiter = find_delimiter(source_, {at_, end_}, csv_.decimal);
        delimiter_ = *csv_.delimiter;
        for (bool is_reserved = false;; is_reserved = true) {
            const Index blank = line_;
            while (at_ != end_ && is_break(*at_)) take_break();
            if (at_ == end_)
                break;
            const Index line = line_;
            // In a table of one column, a blank line is a missing cell.
            for (Index n = blank; n < line && columns_ < 2; ++n) {
                table.cells.emplace_back();
                table.lines.push_back(n);
            }
            char* const row = at_;
            const std::size_t fields = parse_row(table);
            if (at_ != end_)
                take_break();
            if (!is_reserved) {
                const auto more = std::count_if(
                    at_, end_, [this](char c) { return c == delimiter_ || is_break(c); });
                table.cells.reserve(table.cells.size() + static_cast<std::size_t>(more) + 1);
            }
            if (columns_ == 0) {
                columns_ = fields;
                first_cell_ = table.cells[0];
            }
            if (columns_ > 1 && blank < line)
                refuse(blank, "a blank line between the rows: remove it");
            if (fields != columns_)
                refuse_row(line, {row, at_}, fields);
            table.lines.push_back(line);
        }
        table.names.resize(columns_);
    }

private:
    /// Without it, a line of delimiters alone would take a hundred times its size in memory.
    static constexpr std::size_t max_columns = 100000;

    static bool is_break(char c) { return c == '\n' || c == '\r'; }

    template <typename... Parts>
    [[noreturn]] void refuse(Index line, const Parts&... parts) const {
        fail<std::runtime_error>(source_, ":", line, ": ", parts...);
    }

    [[noreturn]] void refuse_encoding(Index line, std::string_view finding,
                                      std::string_view encoding) const {
        refuse(line, finding, ", expected UTF-8: convert the file: iconv -f ", encoding,
               " -t utf-8 FILE > utf8.csv");
    }

    /// Rejects files that are taken for CSV files, by their first bytes.
    void refuse_other_formats(std::string_view text) const {
        if (text.starts_with("\x1F\x8B"))
            refuse(line_, "the file is compressed, expected text: gzip -dk FILE");
        if (text.starts_with("PK\x03\x04"))
            refuse(line_, "the file is a ZIP archive, such as a spreadsheet, expected text: ",
                   "save the sheet as CSV");
        if (starts_model(text))
            refuse(line_, "the file is a model in safetensors format, expected a CSV file: ",
                   "give the data in its place");
    }

    void skip_byte_order_mark(std::string_view text) {
        if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
            refuse_encoding(line_, "the file is in UTF-16", "utf-16");
        if (text.starts_with("\xEF\xBB\xBF"))
            at_ += 3;
    }

    /// Rejects a row that has more or fewer fields than the first one.
    [[noreturn]] void refuse_row(Index line, std::string_view row, std::size_t fields) const {
        const auto other = std::ranges::find_if(common_delimiters, [&](char c) {
            return c != delimiter_ && c != csv_.decimal && row.find(c) != std::string_view::npos;
        });
        const std::string one_column =
            columns_ > 1
                ? ""
                : " (if the file has one column, choose a delimiter that does not occur in "
                  "it: --delimiter, CsvOptions::delimiter in C++)";
        std::string question = ": is a field or a quote missing?" + one_column;
        if (first_cell_.starts_with('#'))
            question = ": is the first line, which begins with '#', a comment? Remove it";
        else if (other != common_delimiters.end())
            question = ": is the delimiter " + shown_delimiter(*other) + "?" + delimiter_option;
        else if (delimiter_ == ',' && fields > columns_)
            question =
                ": is it a decimal comma? (--decimal , or CsvOptions::decimal in C++) A text "
                "with a comma must be in quotes" +
                one_column;
        refuse(line, fields, fields == 1 ? " field" : " fields", " separated by ",
               shown_delimiter(delimiter_), ", the first row has ", columns_, question);
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
                refuse(line_, "more than ", max_columns, " columns separated by ",
                       shown_delimiter(delimiter_), ", which is the limit", delimiter_option);
            const Index line = line_;
            const std::span<char> field = is_quoted ? quoted_field(fields) : plain_field(fields);
            const std::string_view cell(field.data(), field.size());
            if (!is_utf8(cell)) {
                std::ranges::replace_if(
                    field, [](char c) { return static_cast<unsigned char>(c) > 0x7F; }, '?');
                refuse_encoding(line, in_column(fields, cell) + " is in another encoding",
                                "cp1252");
            }
            if (csv_.decimal == ',')
                read_decimal_comma(line, fields, field);
            table.cells.push_back(cell);
            if (at_ == end_ || is_break(*at_))
                return fields;
            ++at_;
        }
    }

    /// Turns the decimal comma of a number into a point. Rejects a number that has a point already:
    /// 1.500 may be 1500.
    void read_decimal_comma(Index line, std::size_t column, std::span<char> field) const {
        const std::string_view cell(field.data(), field.size());
        if (cell.find('.') != std::string_view::npos && parse_number(cell))
            refuse(line, in_column(column, cell),
                   " has a decimal point, expected a decimal comma and no thousands separator "
                   "(--decimal, CsvOptions::decimal in C++)");
        const auto comma = std::ranges::find(field, ',');
        if (comma == field.end())
            return;
        *comma = '.';
        if (!parse_number(cell))
            *comma = ',';
    }

    bool at_end_of_field() const { return at_ == end_ || *at_ == delimiter_ || is_break(*at_); }

    std::span<char> plain_field(std::size_t column) {
        char* const first = at_;
        bool has_quote = false;
        for (; !at_end_of_field(); ++at_) has_quote |= *at_ == '"';
        if (has_quote)
            refuse(line_, in_column(column, {first, at_}),
                   " has a quote inside: put the field in quotes, and double the quote");
        return {first, at_};
    }

    std::span<char> quoted_field(std::size_t column) {
        const Index opened = line_;
        char* const first = ++at_;
        char* last = at_;
        for (;; ++at_) {
            if (at_ == end_)
                refuse(opened, in_column(column, {first, last}),
                       " begins with a quote that is never closed");
            if (*at_ == '"' && (++at_ == end_ || *at_ != '"'))
                break;
            line_ += ends_line(at_) ? 1 : 0;
            *last++ = *at_;
        }
        if (!at_end_of_field())
            refuse(line_, in_column(column, {first, last}),
                   " is followed by text after its closing quote, expected ",
                   shown_delimiter(delimiter_), delimiter_option);
        return {first, last};
    }

    static std::string in_column(std::size_t column, std::string_view cell) {
        return "column " + std::to_string(column) + ": " + in_quotes(cell);
    }

    const std::string& source_;
    CsvOptions& csv_;
    char* at_ = nullptr;
    char* end_ = nullptr;
    char delimiter_ = ',';
    Index line_ = 1;
    std::size_t columns_ = 0;  ///< none before the first row
    std::string first_cell_;   ///< of the first row
};

}  // namespace twolayer::detail
