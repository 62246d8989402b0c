// SPDX-License-Identifier: MIT
#include <twolayer/tables/csv.hpp>

#include <cstddef>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/folder.hpp"
#include "support/refusal.hpp"
#include "support/table_of.hpp"

using namespace twolayer;
using Catch::Matchers::Contains;
using test::table_of;

namespace {

const CsvOptions given{.header = Header::present, .delimiter = ','};

/// The rows of all blocks, with copies of their texts.
struct Rows {
    std::vector<std::string> names, cells;
    std::vector<Index> lines;
    bool has_header = false;
    std::size_t blocks = 0;

    bool operator==(const Rows& other) const {
        return names == other.names && cells == other.cells && lines == other.lines &&
               has_header == other.has_header;
    }

    void add(const Table& block) {
        names = block.names;
        has_header = block.has_header;
        cells.insert(cells.end(), block.cells.begin(), block.cells.end());
        lines.insert(lines.end(), block.lines.begin(), block.lines.end());
        ++blocks;
    }
};

Rows rows_of(const std::string& text, std::size_t block_bytes, const CsvOptions& options = given) {
    std::istringstream in(text);
    Rows rows;
    for_each_block(
        in, "t.csv", options, [&](const Table& block) { rows.add(block); }, block_bytes);
    return rows;
}

Rows all_rows_of(const std::string& text, const CsvOptions& options = given) {
    Rows rows;
    rows.add(table_of(text, options));
    return rows;
}

/// A random file with cells that a border between two blocks could split.
std::string random_text(std::size_t columns, std::mt19937& generator) {
    const std::vector<std::string> ends{"\n", "\r\n", "\r"};
    const std::vector<std::string> cells{"",         "1.5",         "\"\"\"\"",      "\"a\"\"b\"",
                                         "\"\r\n\"", "\"\n\n,\"",   "\"x\r\ny\rz\"", " ",
                                         "\xC3\xA9", "\"\r\",\"\"", "\"\"",          "NA"};
    std::string text = generator() % 2 == 0 ? "\xEF\xBB\xBF" : "";
    for (std::size_t c = 0; c < columns; ++c)
        text += (c > 0 ? ",name" : "name") + std::to_string(c);
    for (auto row = generator() % 12; row > 0; --row) {
        text += ends[generator() % ends.size()];
        if (columns == 1 && generator() % 4 == 0)
            text += "\n";  // a missing cell
        for (std::size_t c = 0; c < columns; ++c)
            text += (c > 0 ? "," : "") + cells[generator() % cells.size()];
    }
    for (auto blank = generator() % 3; blank > 0; --blank) text += ends[generator() % ends.size()];
    return text;
}

std::string refusal_of_all(const std::string& text, const CsvOptions& options = given) {
    return test::refusal([&] { table_of(text, options); });
}

}  // namespace

TEST_CASE("csv blocks: rows are read, by hand", "[tables][csv]") {
    const Rows rows = rows_of("x,y\n1,\"a\nb\"\n2,c\n", 4);
    CHECK(rows.names == std::vector<std::string>{"x", "y"});
    CHECK(rows.cells == std::vector<std::string>{"1", "a\nb", "2", "c"});
    CHECK(rows.lines == std::vector<Index>{2, 4});
    CHECK(rows.blocks == 2);
}

TEST_CASE("csv blocks: any size gives the rows, lines and errors of read_csv()", "[tables][csv]") {
    std::mt19937 generator(1);
    int refused = 0, several = 0;
    for (int draw = 0; draw < 2000; ++draw) {
        const std::string text = random_text(1 + generator() % 3, generator);
        const std::size_t bytes = 1 + generator() % 40;
        INFO(text << "\n--- by " << bytes);
        const std::string expected = refusal_of_all(text);
        if (expected != "nothing refused") {
            ++refused;
            CHECK(test::refusal([&] { rows_of(text, bytes); }) == expected);
        } else {
            const Rows rows = rows_of(text, bytes);
            CHECK(rows == all_rows_of(text));
            several += rows.blocks > 1;
        }
    }
    CHECK(refused > 100);
    CHECK(several > 500);
}

TEST_CASE("csv blocks: header and delimiter are found as in a small file", "[tables][csv]") {
    const std::string text = "name;x\na, b;1\nc, d;2\n";
    CHECK(rows_of(text, 1, {}) == all_rows_of(text, {}));
    CHECK(rows_of("1;2\n3;4\n", 1, {.header = Header::absent}).names ==
          std::vector<std::string>{"1", "2"});
}

TEST_CASE("csv blocks: later blocks know the delimiter, the columns and the lines before them",
          "[tables][csv]") {
    std::string text = "x;y\n";
    for (int n = 0; n < 200000; ++n) text += "1,5;\"2\n\"\n";
    const CsvOptions options{.decimal = ','};
    CHECK(rows_of(text, 1 << 20, options).blocks > 1);
    CHECK(rows_of(text, 1 << 20, options) == all_rows_of(text, options));
    for (const std::string bad : {"1\n", "1;2;3\n", "\n1;2\n", "1;a\"b\n", "1;\"a\"b\n", "1;\"a\n",
                                  "1;\xE9\n", "1.5;2\n"}) {
        INFO(bad);
        const std::string refused =
            test::refusal([&] { rows_of(text + bad + "1;2\n", 1 << 20, options); });
        CHECK(refused == refusal_of_all(text + bad + "1;2\n", options));
        CHECK_THAT(refused, Contains("t.csv:40000"));
    }
}

TEST_CASE("csv blocks: the blocks before an error have been visited", "[tables][csv]") {
    std::istringstream in("x,y\n1,2\n3,4\n5\n");
    Rows rows;
    CHECK_THROWS_AS(for_each_block(
                        in, "t.csv", given, [&](const Table& block) { rows.add(block); }, 1),
                    std::runtime_error);
    CHECK(rows.lines == std::vector<Index>{2, 3});
}

TEST_CASE("csv blocks: a file without rows is refused", "[tables][csv]") {
    for (const std::string text : {"", "\n", "\r\n\n", "x,y", "x,y\n", "x,y\n\n"}) {
        INFO(text);
        CHECK(test::refusal([&] { rows_of(text, 1); }) == refusal_of_all(text));
    }
}

TEST_CASE("csv blocks: a quote that is never closed does not take all the memory",
          "[tables][csv]") {
    const std::string rows(detail::max_row_bytes + (1 << 20), '\n');
    CHECK_THAT(test::refusal([&] { rows_of("x,y\n1,\"a" + rows, 1 << 20); }),
               Contains("t.csv:2: column 2: ") && Contains("never closed"));
    const std::string cell(detail::max_row_bytes + (1 << 20), 'x');
    CHECK(test::refusal([&] { rows_of("x,y\n1," + cell, 1 << 20); }) ==
          "t.csv:2: the row has more than 67108864 bytes, which is the limit");
}

TEST_CASE("csv blocks: files are read", "[tables][csv]") {
    const test::Folder folder;
    std::ofstream(folder / "t.csv", std::ios::binary) << "x,y\n1,2\n";
    Rows rows;
    for_each_block(folder / "t.csv", {}, [&](const Table& block) {
        CHECK(block.source == (folder / "t.csv").string());
        rows.add(block);
    });
    CHECK(rows.cells == std::vector<std::string>{"1", "2"});
    CHECK_THAT(test::refusal([&] { for_each_block(folder / "none", {}, [](const Table&) {}); }),
               Contains("none cannot be opened: "));
}
