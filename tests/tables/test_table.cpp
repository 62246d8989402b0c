// SPDX-License-Identifier: MIT
#include <twolayer/tables/table.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/refusal.hpp"

using namespace twolayer;
using test::refusal;

namespace {

/// Three rows and two columns, short enough for the small buffer of a string.
Table small_table() {
    const auto text = std::make_shared<const std::string>("1 2NA?5x");
    const std::string_view all = *text;
    Table table;
    table.source = "t.csv";
    table.text = text;
    table.has_header = true;
    table.names = {"b", "a"};
    table.cells = {all.substr(0, 2), all.substr(2, 1), all.substr(3, 2),
                   all.substr(5, 1), all.substr(6, 1), all.substr(7, 1)};
    table.lines = {2, 3, 7};
    return table;
}

}  // namespace

TEST_CASE("table: cells, lines and names are stored in order", "[tables][table]") {
    const Table table = small_table();
    CHECK(table.rows() == 3);
    CHECK(table.columns() == 2);
    CHECK(table.cell(0, 0) == "1 ");
    CHECK(table.cell(0, 1) == "2");
    CHECK(table.cell(2, 1) == "x");
    CHECK(table.line(2) == 7);
    CHECK(table.name(1) == "a");
}

TEST_CASE("table: copied and moved tables outlive the original", "[tables][table]") {
    auto original = std::make_unique<Table>(small_table());
    const Table copy = *original;
    const Table moved = std::move(*original);
    original.reset();
    CHECK(copy.cell(1, 0) == "NA");
    CHECK(moved.cell(1, 0) == "NA");
    CHECK(copy.cell(1, 0).data() == moved.cell(1, 0).data());
}

TEST_CASE("table: a column is found by name, or else by number", "[tables][table]") {
    Table table = small_table();
    CHECK(table.column("b") == 0);
    CHECK(table.column("a") == 1);
    CHECK(table.column("1") == 0);
    CHECK(table.column("2") == 1);
    table.names = {"2", "1"};
    CHECK(table.column("2") == 0);
    CHECK(table.column("1") == 1);
}

TEST_CASE("table: refuses an unknown column and lists the known ones", "[tables][table]") {
    Table table = small_table();
    for (const std::string name : {"c", "0", "3", "-1", "+1", "1 ", " a", "", "1e0", "A",
                                   "99999999999999999999999", "1\n"}) {
        const std::string shown = name == "1\n" ? "1 " : name;
        CHECK(refusal<std::invalid_argument>([&] { table.column(name); }) ==
              "t.csv has no column \"" + shown + "\": it has \"b\", \"a\"");
    }
    table.names.clear();
    for (int i = 0; i < 1000; ++i) table.names.push_back("x" + std::to_string(i));
    const std::string message = refusal<std::invalid_argument>([&] { table.column("y"); });
    INFO(message);
    CHECK(message.starts_with("t.csv has no column \"y\": it has \"x0\", \"x1\", "));
    CHECK(message.ends_with("\"x19\", ... (1000 in all)"));
}

TEST_CASE("table: rows are selected in the given order, with their lines", "[tables][table]") {
    std::optional<Table> table = small_table();
    const Table chosen = select_rows(*table, std::vector<Index>{2, 0, 2});
    table.reset();
    CHECK(chosen.rows() == 3);
    CHECK(chosen.columns() == 2);
    CHECK(chosen.has_header);
    CHECK(chosen.source == "t.csv");
    CHECK(chosen.names == small_table().names);
    CHECK(chosen.lines == std::vector<Index>{7, 2, 7});
    CHECK(chosen.cell(0, 1) == "x");
    CHECK(chosen.cell(1, 0) == "1 ");
    CHECK(select_rows(chosen, {}).rows() == 0);

    CHECK(refusal<std::invalid_argument>([&] { select_rows(chosen, std::vector<Index>{3}); }) ==
          "row 3 is out of range: the table has 3 rows");
    CHECK(refusal<std::invalid_argument>([&] { select_rows(chosen, std::vector<Index>{-1}); }) ==
          "row -1 is out of range: the table has 3 rows");
}

TEST_CASE("table: complete rows have no missing values in the given columns", "[tables][table]") {
    Table table = small_table();
    CHECK(complete_rows(table, std::vector<Index>{0, 1}) == std::vector<Index>{0, 2});
    table.cells[5] = " ";
    CHECK(complete_rows(table, std::vector<Index>{0}) == std::vector<Index>{0, 2});
    CHECK(complete_rows(table, std::vector<Index>{1}) == std::vector<Index>{0});
    CHECK(complete_rows(table, {}) == std::vector<Index>{0, 1, 2});
    CHECK(refusal<std::invalid_argument>([&] { complete_rows(table, std::vector<Index>{2}); }) ==
          "column 2 is out of range, counted from 0: t.csv has 2 columns");
}

TEST_CASE("table: a column of numbers is a vector", "[tables][table]") {
    const Table table = select_rows(small_table(), std::vector<Index>{2, 0});
    const Vector<double> y = numbers(table, 0);
    REQUIRE(y.size() == 2);
    CHECK(y(0) == 5);
    CHECK(y(1) == 1);
}

TEST_CASE("table: refuses cells that are not finite numbers, with file, line and column",
          "[tables][table]") {
    Table table = small_table();
    const auto message = [&](Index column) { return refusal([&] { numbers(table, column); }); };
    CHECK(message(0) ==
          "t.csv:3: column \"b\": \"NA\" is a missing value (see --missing, --na; "
          "TableOptions::missing and CsvOptions::missing_words in C++)");
    table.cells[3] = "1";
    CHECK(message(1) ==
          "t.csv:7: column \"a\": \"x\" is not a number (see --decimal, --na; CsvOptions in C++)");
    table.cells[5] = " -inf ";
    CHECK(message(1) ==
          "t.csv:7: column \"a\": \"-inf\" is not a finite number" + test::not_finite_advice);
    table.cells[5] = "1e999";
    CHECK(message(1) ==
          "t.csv:7: column \"a\": \"1e999\" is not a finite number" + test::not_finite_advice);
    table.cells[5] = "  ";
    CHECK(message(1) ==
          "t.csv:7: column \"a\": \"\" is a missing value (see --missing, --na; "
          "TableOptions::missing and CsvOptions::missing_words in C++)");
    for (const Index column : {-1, 2})
        CHECK(refusal<std::invalid_argument>([&] { numbers(table, column); }) ==
              "column " + std::to_string(column) +
                  " is out of range, counted from 0: t.csv has 2 columns");
}

TEST_CASE("table: messages shorten long cells to one line", "[tables][table]") {
    Table table = small_table();
    const auto shown = [&](const std::string& cell) {
        table.cells[0] = cell;
        const std::string message = refusal([&] { numbers(table, 0); });
        const std::string before = "t.csv:2: column \"b\": ",
                          after = " is not a number (see --decimal, --na; CsvOptions in C++)";
        REQUIRE(message.starts_with(before));
        REQUIRE(message.ends_with(after));
        return message.substr(before.size(), message.size() - before.size() - after.size());
    };
    const std::string x59(59, 'x');
    CHECK(shown("a\r\n\x1b[31mb\x7f"
                "c") == "\"a   [31mb c\"");
    CHECK(shown(x59 + "y") == "\"" + x59 + "y\"");
    CHECK(shown(x59 + "yz") == "\"" + x59 + "y...\"");
    CHECK(shown(x59 + "\xC3\xA9") == "\"" + x59 + "...\"");
    CHECK(shown(x59.substr(1) + "\xC3\xA9"
                                "z") == "\"" + x59.substr(1) + "\xC3\xA9...\"");
    CHECK(shown(std::string(1000, '\x80')).size() < 70);
}
