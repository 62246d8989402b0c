// SPDX-License-Identifier: MIT
//
// Choosing and detecting the delimiter of a CSV file.
#include <twolayer/tables/csv.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "support/table_of.hpp"

using namespace twolayer;
using test::table_of;

namespace {

using Cells = std::vector<std::string_view>;

const CsvOptions with_header{.header = Header::present};

}  // namespace

TEST_CASE("csv: other delimiters can be chosen", "[tables][csv]") {
    CHECK(table_of("a;b,c\n1;\"2;3\"\n", {.delimiter = ';'}).cells == Cells{"1", "2;3"});
    CHECK(table_of("a\tb\n1\t\n\t\n", {.delimiter = '\t'}).cells == Cells{"1", "", "", ""});
    CHECK(table_of("a|b,c\n1|\"2|3\"\n", {.delimiter = '|'}).cells == Cells{"1", "2|3"});
}

TEST_CASE("csv: a vertical bar below the first row is text", "[tables][csv]") {
    CHECK(table_of("films\na|b\nc\n", with_header).cells == Cells{"a|b", "c"});
}

TEST_CASE("csv: the delimiter is found in the first rows", "[tables][csv]") {
    const auto [delimiter, text] = GENERATE(Catch::Generators::table<char, std::string>(
        {{',', "a,b\n1,2\n"},
         {';', "a;b\n1;2\n"},
         {'\t', "a\tb\n1\t2\n"},
         {'|', "a|b\n1|2\n"},
         {',', "films,likes\na|b,1\nb|c,2\n"},
         {'|', "a|b\nx, y|2\nz|3\n"},
         // Other delimiters occur in texts and numbers, but rarely as often as in the first row.
         {';', "dish;height;weight\nmilk;1,5;2,5\nwine;2,5;1\n"},
         {';', "1,5;2\n1;2\n2;3,5\n"},
         {',', "a;b,c\n1,2\n3,4\n"},
         {'\t', "name\tplace\nDoe, Jane\tRome; Italy\nSmith\tRome\n"},
         // Delimiters inside quotes do not count.
         {',', "\"a;b;c\",d\n\"1;2;3\",4\n"},
         {';', "\"x \"\"a,b\"\";\";c\n\"1,2\n3\t4\";5\n"},
         // The first nonblank row decides.
         {',', "a;b,c\n1,2\n1;2,3\n"}}));
    INFO(text);
    const Table table = table_of(text, {.header = Header::present});
    CHECK(table.csv.delimiter == delimiter);
    CHECK(table.columns() == (text.starts_with("dish") ? 3 : 2));
    CHECK(select_rows(table, {}).csv.delimiter == delimiter);
}

TEST_CASE("csv: a file of one column needs no delimiter", "[tables][csv]") {
    CHECK(table_of("a\n1\n2\n").cells == Cells{"1", "2"});
    CHECK(table_of("a\n\"1,2;3\"\n", with_header).cells == Cells{"1,2;3"});
    CHECK(table_of("a\n1,5\n2\n", {.decimal = ','}).cells == Cells{"1.5", "2"});
    CHECK(table_of("5\nRome, Italy\n", {.header = Header::present, .delimiter = '\t'}).cells ==
          Cells{"Rome, Italy"});
}
