// SPDX-License-Identifier: MIT
//
// Any text is a table or is refused with std::runtime_error. A table that is written with every
// field in quotes is read back unchanged. The first byte of the input selects the options.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <twolayer/base/finite.hpp>
#include <twolayer/table.hpp>
#include <vector>

#include "check.hpp"

using namespace twolayer;

namespace {

std::optional<Table> read(const std::string& text, const CsvOptions& options) {
    return unless_refused([&] {
        std::istringstream in(text);
        return read_csv(in, "input", options);
    });
}

template <typename Texts>
std::string row_of(const Texts& fields, char delimiter) {
    std::string row;
    for (const std::string_view field : fields) {
        row += row.empty() ? "\"" : std::string(1, delimiter) + "\"";
        for (const char c : field) row += c == '"' ? "\"\"" : std::string(1, c);
        row += '"';
    }
    return row + "\n";
}

void write_and_read(const Table& table, char delimiter) {
    std::string text = table.has_header ? row_of(table.names, delimiter) : "";
    for (auto row = table.cells.begin(); row != table.cells.end(); row += table.columns())
        text += row_of(std::vector(row, row + table.columns()), delimiter);
    const auto header = table.has_header ? Header::present : Header::absent;
    const std::optional<Table> again = read(text, {.header = header, .delimiter = delimiter});
    check(again.has_value(), "a written table can be read");
    check(again->names == table.names, "the names are read back unchanged");
    check(again->cells == table.cells, "the cells are read back unchanged");
}

void encode(const Table& table) {
    std::vector<Index> all(table.names.size());
    std::iota(all.begin(), all.end(), Index(0));
    try {
        const InputColumns columns = input_columns(table, all);
        const Matrix<double> X = encode(columns, table);
        check(X.rows() == table.rows() && X.cols() == columns.width(), "X is N x D");
        check_finite<double>("X", X);
    } catch (const std::runtime_error&) {
    }
    for (const Index column : all) {
        try {
            const std::vector<std::string> names = class_names(table, column);
            for (const ClassIndex label : class_indexes(table, column, names))
                check(static_cast<std::size_t>(label) < names.size(),
                      "a label is one of the classes");
        } catch (const std::runtime_error&) {
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const bool is_comma = data[0] & 64, is_found = data[0] & 32;
    CsvOptions options{.header = Header(data[0] % 3), .decimal = is_comma ? ',' : '.'};
    if (!is_found)
        options.delimiter = (is_comma ? "|;\t " : ",;\t ")[data[0] / 4 % 4];
    const auto table = read(std::string(data + 1, data + size), options);
    if (!table)
        return 0;
    check(std::ssize(table->cells) == table->rows() * table->columns(), "every row is complete");
    write_and_read(*table, *table->csv.delimiter);
    encode(*table);
    return 0;
}
