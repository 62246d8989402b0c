// SPDX-License-Identifier: MIT
// Reads comma-separated text by blocks of rows, in the memory of a block.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/files/bytes/read_file.hpp>
#include <twolayer/tables/csv.hpp>
#include <twolayer/tables/csv_options.hpp>
#include <twolayer/tables/csv_parser.hpp>
#include <twolayer/tables/table.hpp>

#include <algorithm>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <istream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace twolayer {

namespace detail {

/// Cuts the text of a stream after rows that are not blank.
class RowBlocks {
public:
    /// A longer row is cut, so that a quote that is never closed does not take all the memory.
    static constexpr std::size_t max_row_bytes = 1 << 26;

    RowBlocks(std::istream& in, const std::string& source) : in_(in), source_(source) {}

    /// The next rows: about `bytes`, more if a single row has more, and all that is left at the
    /// end; empty after it. Throws std::runtime_error if the stream fails.
    std::string next(std::size_t bytes) {
        at_ = end_of_rows_ = 0;
        is_quoted_ = has_text_ = false;
        while (in_ && (rest_.size() < bytes || end_of_rows_ == 0) && rest_.size() < max_row_bytes) {
            read((std::min)(bytes, std::size_t(1) << 16));
            find_end_of_rows();
        }
        cuts_row_ = in_ && end_of_rows_ == 0;
        if (!in_ || cuts_row_)
            end_of_rows_ = rest_.size();
        std::string later = rest_.substr(end_of_rows_);
        rest_.resize(end_of_rows_);
        return std::exchange(rest_, std::move(later));
    }

    /// Whether the last block ends within a row.
    bool cuts_row() const { return cuts_row_; }

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
    std::size_t at_ = 0;           ///< where the search for the end of a row goes on
    std::size_t end_of_rows_ = 0;  ///< after the last row that is complete, 0 if none is
    bool is_quoted_ = false;
    bool has_text_ = false;  ///< in the row at at_
    bool cuts_row_ = false;
};

}  // namespace detail

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
    detail::check_options(options);
    CsvOptions csv = options;
    detail::CsvParser parser(source, csv);
    detail::RowBlocks blocks(in, source);
    constexpr std::size_t enough = 1 << 20;
    const bool is_given = options.header != Header::detect && options.delimiter;
    std::vector<std::string> names;
    bool has_header = false, has_rows = false;
    for (;;) {
        const bool is_first = names.empty();
        const auto text = std::make_shared<std::string>(
            blocks.next(is_first && !is_given ? (std::max)(enough, block_bytes) : block_bytes));
        Table table{source, text, csv, has_header, {}, {}, {}};
        parser.parse(*text, table);
        if (table.rows() == 0)
            break;
        if (blocks.cuts_row())
            fail<std::runtime_error>(source, ":", table.lines.back(), ": the row has more than ",
                                     detail::RowBlocks::max_row_bytes,
                                     " bytes, which is the limit");
        table.csv = csv;
        if (is_first) {
            detail::name_columns(table);
            names = table.names;
            has_header = table.has_header;
        }
        table.names = names;
        has_rows = has_rows || table.rows() > 0;
        if (table.rows() > 0)
            visit(std::as_const(table));
    }
    if (!has_rows)
        detail::refuse_empty(source, !names.empty());
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
