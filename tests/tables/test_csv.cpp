// SPDX-License-Identifier: MIT
#include <twolayer/tables/csv.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "support/comma_locale.hpp"
#include "support/refusal.hpp"
#include "support/table_of.hpp"

using namespace twolayer;
using test::table_of;

namespace {

using Names = std::vector<std::string>;
using Cells = std::vector<std::string_view>;
using Lines = std::vector<Index>;

const CsvOptions with_header{.header = Header::present};
const CsvOptions without_header{.header = Header::absent};

/// A valid file with every kind of field and line end: a header, and rows on lines 2, 5 and 7.
const std::string nasty =
    "\xEF\xBB\xBF\"na\"\"me\",b,\"c,d\"\r\n"
    "\"one\r\ntwo\rthree\",\"\",\xC3\xA9\n"
    "\"\"\"\", x y ,\"\n\"\r"
    "1,,\"\xF0\x9F\x99\x82,\"\"\"";

/// Random cells of characters that are difficult for a reader.
std::vector<std::string> random_cells(std::size_t count, std::mt19937& generator) {
    const std::vector<std::string> pieces{
        "\"", "\"\"", ",", "\n", "\r", "\r\n", " ",  "\t", "x", "1.5",      "7",
        "-",  ";",    "'", "\\", "NA", "?",    "\v", "=",  "|", "\xC3\xA9", "\xF0\x9F\x99\x82"};
    std::vector<std::string> cells(count);
    for (std::string& cell : cells)
        for (auto length = generator() % 5; length > 0; --length)
            cell += pieces[generator() % pieces.size()];
    return cells;
}

/// The text with its first `from` replaced.
std::string with_mark(std::string text, char from, char to) {
    if (const auto at = text.find(from); at != std::string::npos)
        text[at] = to;
    return text;
}

/// A field as written to a file: in quotes if `quote` is set or if it requires them.
std::string written(const std::string& cell, bool quote, const std::string& delimiters = ",") {
    if (!quote && !cell.empty() && cell.find_first_of("\"\r\n" + delimiters) == std::string::npos)
        return cell;
    std::string result = "\"";
    for (const char c : cell) result += c == '"' ? "\"\"" : std::string(1, c);
    return result + "\"";
}

/// The number of the line after this text, counted in a copy in which all lines end with LF.
Index line_after(std::string text) {
    for (std::size_t i = 0; (i = text.find("\r\n", i)) != std::string::npos;) text.erase(i, 1);
    std::ranges::replace(text, '\r', '\n');
    return 1 + std::ranges::count(text, '\n');
}

}  // namespace

TEST_CASE("csv: names, cells and lines are read, by hand", "[tables][csv]") {
    const Table table = table_of("x,y,z\n1,2,abc\n-3,,d e\n");
    CHECK(table.source == "t.csv");
    CHECK(table.has_header);
    CHECK(table.names == Names{"x", "y", "z"});
    CHECK(table.rows() == 2);
    CHECK(table.cells == Cells{"1", "2", "abc", "-3", "", "d e"});
    CHECK(table.lines == Lines{2, 3});
}

TEST_CASE("csv: quoted fields hold delimiters, quotes and line breaks", "[tables][csv]") {
    const Table table = table_of(nasty, with_header);
    CHECK(table.names == Names{"na\"me", "b", "c,d"});
    CHECK(table.cells == Cells{"one\r\ntwo\rthree", "", "\xC3\xA9", "\"", " x y ", "\n", "1", "",
                               "\xF0\x9F\x99\x82,\""});
    CHECK(table.lines == Lines{2, 5, 7});
}

TEST_CASE("csv: lines end with LF, CRLF or CR, and the last one need not", "[tables][csv]") {
    for (const std::string end : {"\n", "\r\n", "\r"})
        for (const std::string& last : {std::string(), end, end + end, end + end + end}) {
            const Table table = table_of("a,b" + end + "1,\"2" + end + "\"" + end + "3,4" + last);
            CHECK(table.names == Names{"a", "b"});
            CHECK(table.cells == Cells{"1", "2" + end, "3", "4"});
            CHECK(table.lines == Lines{2, 4});
        }
    CHECK(table_of("1,2,\n3,4,").cells == Cells{"1", "2", "", "3", "4", ""});
}

TEST_CASE("csv: a written table is read back, with any delimiter and decimal mark",
          "[tables][csv]") {
    std::mt19937 generator(7);
    std::size_t quoted_breaks = 0, decimal_commas = 0;
    for (int round = 0; round < 2000; ++round) {
        const std::string end = std::vector<std::string>{"\n", "\r\n", "\r"}[generator() % 3];
        const std::size_t columns = 1 + generator() % 4, rows = 1 + generator() % 5;
        const char decimal = ".,"[generator() % 2];
        const char delimiter = decimal == ',' ? ";\t|"[generator() % 3] : ",;\t|"[generator() % 4];
        CsvOptions options{.header = Header::absent, .delimiter = delimiter, .decimal = decimal};
        std::string delimiters(1, delimiter);
        if (generator() % 2) {  // the reader must find the delimiter
            options.delimiter.reset();
            delimiters = decimal == ',' ? ";\t|" : ",;\t|";
        }
        std::vector<std::string> cells = random_cells(rows * columns, generator);
        std::string text = generator() % 2 ? "\xEF\xBB\xBF" : "";
        Lines lines;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (i % columns == 0)
                lines.push_back(line_after(text));
            std::string field = cells[i];
            if (const std::string point = with_mark(cells[i], ',', '.');
                decimal == ',' && parse_number(point)) {
                cells[i] = point;
                field = with_mark(point, '.', ',');
                decimal_commas += std::size_t(field != point);
            }
            text += written(field, generator() % 3 == 0, delimiters);
            text += (i + 1) % columns != 0                    ? std::string(1, delimiter)
                    : i + 1 < cells.size() || generator() % 2 ? end
                                                              : "";
        }
        INFO(text);
        const Table table = table_of(text, options);
        REQUIRE(table.columns() == Index(columns));
        REQUIRE(table.cells == Cells(cells.begin(), cells.end()));
        REQUIRE(table.lines == lines);
        if (columns > 1)
            REQUIRE(table.csv.delimiter == delimiter);
        quoted_breaks += std::size_t(lines.back() > Index(rows));
    }
    CHECK(quoted_breaks > 300);  // a sixth of the tables
    CHECK(decimal_commas > 100);
}

TEST_CASE("csv: a truncated file yields its first rows or is refused", "[tables][csv]") {
    const Table whole = table_of(nasty, without_header);
    int read_back = 0;
    for (std::size_t size = 0; size < nasty.size(); ++size) {
        INFO("the first " << size << " bytes");
        try {
            const Table part = table_of(nasty.substr(0, size), without_header);
            REQUIRE(part.rows() <= whole.rows());
            const auto sure = std::size_t(part.rows() - 1) * part.names.size();
            CHECK(std::equal(part.cells.begin(), part.cells.begin() + std::ptrdiff_t(sure),
                             whole.cells.begin()));
            CHECK(std::equal(part.lines.begin(), part.lines.end(), whole.lines.begin()));
            ++read_back;
        } catch (const std::runtime_error& error) {
            const std::string message = error.what();
            CHECK((message.starts_with("t.csv:") || message == "t.csv is empty"));
        }
    }
    CHECK(read_back > 10);  // those that end at the end of a row
}

TEST_CASE("csv: a file with changed bytes is read or refused", "[tables][csv]") {
    std::mt19937 generator(3);
    const std::string bytes = "\"\",\n\ra \xFF";
    int refused = 0;
    for (int round = 0; round < 3000; ++round) {
        std::string text = nasty + "\n" + nasty.substr(3);
        for (auto changes = 1 + generator() % 3; changes > 0; --changes)
            text[generator() % text.size()] = bytes[generator() % bytes.size()];
        try {
            const Table table = table_of(text);
            REQUIRE(std::ssize(table.cells) == table.rows() * table.columns());
        } catch (const std::runtime_error&) {
            ++refused;
        }
    }
    CHECK(refused > 100);  // both occur often
    CHECK(refused < 2900);
}

TEST_CASE("csv: names are trimmed, and empty names are replaced", "[tables][csv]") {
    CHECK(table_of(" a ,, ,\"\",\"b \"\n1,2,3,4,5\n").names ==
          Names{"a", "column 2", "column 3", "column 4", "b"});
}

TEST_CASE("csv: numbers with a decimal comma are numbers", "[tables][csv]") {
    const Table table =
        table_of("x;y;text\n1,5;-,25;a, b\n\" +2,5e1 \";3;1.2.2020\n4,;;1,2,3\n1,5;NA;1.234,5\n",
                 {.decimal = ','});
    CHECK(table.csv.delimiter == ';');
    CHECK(table.cells == Cells{"1.5", "-.25", "a, b", " +2.5e1 ", "3", "1.2.2020", "4.", "",
                               "1,2,3", "1.5", "NA", "1.234,5"});
    CHECK(numbers(table, 0) == Vector<double>{{1.5, 25, 4, 1.5}});
    // Whether the first row is a header is decided after its numbers are read.
    CHECK_FALSE(table_of("1,5;2,5\n3,5;4\n", {.decimal = ','}).has_header);
}

TEST_CASE("csv: a missing word is no number, text or name", "[tables][csv]") {
    const Table table = table_of("a,b\nNaN,1\n2,null\n-,3\n4,5\n");
    CHECK(complete_rows(table, std::vector<Index>{0, 1}) == std::vector<Index>{3});
    const Table own = table_of("a,b\n-999,1\n2,NA\n3,4\n", {.missing_words = {"-999"}});
    CHECK(complete_rows(own, std::vector<Index>{0, 1}) == std::vector<Index>{1, 2});
    CHECK(complete_rows(select_rows(own, std::vector<Index>{0, 2}), std::vector<Index>{0}) ==
          std::vector<Index>{1});
    CHECK_FALSE(table_of("n/a,2000\nc,5\n").has_header);
    CHECK_FALSE(table_of("none,2000\nc,5\n", {.missing_words = {"none"}}).has_header);
}

TEST_CASE("csv: blank lines end a table, or are missing values in a single column",
          "[tables][csv]") {
    CHECK(table_of("a,b\n1,2\n\n\r\n\n").rows() == 1);
    const Table column = table_of("a\n1\n\r\n\n2\n\"\"\n\n\n");
    CHECK(column.cells == Cells{"1", "", "", "2", ""});
    CHECK(column.lines == Lines{2, 3, 4, 5, 6});
    CHECK(table_of("\n\n1\n", without_header).lines == Lines{1, 2, 3});
}

TEST_CASE("csv: a decimal comma of the locale changes nothing", "[tables][csv]") {
    const test::CommaLocale comma;
    std::string text = "0.5,1.5\n";
    for (int n = 0; n < 1500; ++n) text += "1,2\n";
    const Table table = table_of(text);
    CHECK_FALSE(table.has_header);
    CHECK(table.names == Names{"1", "2"});
    CHECK(parse_number(table.cell(0, 1)) == 1.5);
    CHECK(test::refusal([&] { table_of(text + "1\n"); }) ==
          "t.csv:1502: 1 field separated by ',', the first row has 2: is a field or a quote "
          "missing?");
    CHECK(table_of("1.000.000,b\nc,1\n").has_header);
}
