// SPDX-License-Identifier: MIT
// Reads comma-separated text into a table, at once or by blocks of rows.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/files/bytes/read_file.hpp>
#include <twolayer/tables/csv_format.hpp>
#include <twolayer/tables/csv_parser.hpp>
#include <twolayer/tables/table.hpp>

#include <algorithm>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <istream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

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

/// A longer row is refused if a file is read by parts, so that a quote that is never closed does
/// not take all the memory.
inline constexpr std::size_t max_row_bytes = 1 << 26;

/// Some rows of a file.
struct CsvPart {
    std::string text = {};
    bool cuts_row = false;  ///< whether it ends within a row, which is too long
};

/// Calls visit(table) for the parts of a file that next(is_first) returns, up to an empty one.
template <typename Next, typename Visit>
void for_each_part(const std::string& source, const CsvOptions& options, Next next, Visit visit) {
    check_options(options);
    CsvOptions csv = options;
    CsvParser parser(source, csv);
    std::vector<std::string> names;
    bool has_header = false, has_rows = false;
    for (;;) {
        CsvPart part = next(names.empty());
        const auto text = std::make_shared<std::string>(std::move(part.text));
        Table table{source, text, {}, has_header, {}, {}, {}};
        parser.parse(*text, table);
        if (table.rows() == 0)
            break;
        if (part.cuts_row)
            fail<std::runtime_error>(source, ":", table.lines.back(), ": the row has more than ",
                                     max_row_bytes, " bytes, which is the limit");
        table.csv = csv;
        if (names.empty()) {
            name_columns(table);
            names = table.names;
            has_header = table.has_header;
        }
        table.names = names;
        if (table.rows() == 0)
            continue;
        has_rows = true;
        visit(table);
    }
    if (!has_rows && names.empty())
        fail<std::runtime_error>(source, " is empty");
    if (!has_rows)
        fail<std::runtime_error>(source,
                                 ":1 names the columns, and no rows follow: if it is data, ",
                                 "give --header no (CsvOptions::header in C++)");
}

inline Table table_of(std::string bytes, const std::string& source, const CsvOptions& options) {
    Table result;
    for_each_part(
        source, options,
        [&](bool is_first) { return CsvPart{is_first ? std::move(bytes) : std::string()}; },
        [&](Table& table) { result = std::move(table); });
    return result;
}

/// Cuts the text of a stream after rows that are not blank.
class RowBlocks {
public:
    RowBlocks(std::istream& in, const std::string& source) : in_(in), source_(source) {}

    /// The next rows: about `bytes`, more if a single row has more, and all that is left at the
    /// end; empty after it. Throws std::runtime_error if the stream fails.
    CsvPart next(std::size_t bytes) {
        at_ = end_of_rows_ = 0;
        is_quoted_ = has_text_ = false;
        while (in_ && (rest_.size() < bytes || end_of_rows_ == 0) && rest_.size() < max_row_bytes) {
            read((std::min)(bytes, std::size_t(1) << 16));
            find_end_of_rows();
        }
        const bool cuts_row = in_ && end_of_rows_ == 0;
        if (!in_ || cuts_row)
            end_of_rows_ = rest_.size();
        std::string later = rest_.substr(end_of_rows_);
        rest_.resize(end_of_rows_);
        return {std::exchange(rest_, std::move(later)), cuts_row};
    }

private:
    void read(std::size_t bytes) {
        const std::size_t before = rest_.size();
        rest_.resize(before + bytes);
        errno = 0;
        in_.read(rest_.data() + before, std::ptrdiff_t(bytes));
        rest_.resize(before + std::size_t(in_.gcount()));
        if (in_.bad() || (!in_ && !in_.eof()))
            fail<std::runtime_error>(source_, " cannot be read", reason(errno));
    }

    /// A doubled quote closes the field and opens it again. A quote within a plain field, which
    /// changes more, is refused by the parser.
    void find_end_of_rows() {
        for (; at_ < rest_.size(); ++at_) {
            const char c = rest_[at_];
            const bool is_break = !is_quoted_ && (c == '\n' || c == '\r');
            has_text_ = has_text_ || !is_break;
            is_quoted_ ^= c == '"';
            if (!is_break || !has_text_)
                continue;
            if (c == '\r' && at_ + 1 == rest_.size())
                return;  // an LF may follow
            if (c == '\r' && rest_[at_ + 1] == '\n')
                continue;
            end_of_rows_ = at_ + 1;
            has_text_ = false;
        }
    }

    std::istream& in_;
    const std::string& source_;
    std::string rest_;             ///< begins with a row
    std::size_t at_ = 0;           ///< where the search for the end of a row continues
    std::size_t end_of_rows_ = 0;  ///< after the last row that is complete, 0 if none is
    bool is_quoted_ = false;
    bool has_text_ = false;  ///< in the row at at_
};

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

/// Reads comma-separated text from a stream by blocks of rows and calls visit(table) for each. The
/// blocks together have the rows of read_csv(), with their lines; their text is freed after the
/// call. A block has about `block_bytes` of text and takes a few times that memory.
///
///     for_each_block("big.csv", {}, [&](const Table& block) { classify(model, block); });
///
/// Header and delimiter, unless given, are found in the first block, which then has 1 MiB or more.
/// Throws as read_csv(), and std::runtime_error for a row of more than 64 MiB, when it reaches the
/// block with the fault: the blocks before it have been visited.
template <std::invocable<const Table&> Visit>
void for_each_block(std::istream& in, const std::string& source, const CsvOptions& options,
                    Visit visit, std::size_t block_bytes = 1 << 22) {
    detail::RowBlocks blocks(in, source);
    constexpr std::size_t enough = 1 << 20;
    const bool is_given = options.header != Header::detect && options.delimiter;
    detail::for_each_part(
        source, options,
        [&](bool is_first) {
            return blocks.next(is_first && !is_given ? (std::max)(enough, block_bytes)
                                                     : block_bytes);
        },
        [&](const Table& table) { visit(table); });
}

/// Overload for files. Throws std::runtime_error with the reason if the file cannot be opened or
/// read.
template <std::invocable<const Table&> Visit>
void for_each_block(const std::filesystem::path& path, const CsvOptions& options, Visit visit,
                    std::size_t block_bytes = 1 << 22) {
    std::ifstream in = detail::open_file(path);
    for_each_block(in, path.string(), options, visit, block_bytes);
}

}  // namespace twolayer
