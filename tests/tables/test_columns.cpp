// SPDX-License-Identifier: MIT

#include <twolayer/table.hpp>

#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/refusal.hpp"

using namespace twolayer;
using test::refusal;

namespace {

using Indexes = std::vector<Index>;
using Names = std::vector<std::string>;

Table table_of(const std::string& text, const std::string& source = "t.csv") {
    std::istringstream in(text);
    return read_csv(in, source);
}

/// class_indexes() as plain numbers.
Indexes class_numbers(const Table& table, Index column, const Names& names) {
    Indexes numbers;
    for (const ClassIndex index : class_indexes(table, column, names))
        numbers.push_back(static_cast<Index>(index));
    return numbers;
}

/// Birds: two columns of text, two of numbers, N = 5.
const char* const birds =
    "species,island,bill,mass\n"
    "Adelie,Torgersen,39.1,3750\n"
    "Gentoo,Biscoe,NA,5000\n"
    "Chinstrap,Dream,46.5,3500\n"
    "Gentoo, Biscoe ,50,+5.7e3\n"
    "Adelie,?,38,\n";

}  // namespace

TEST_CASE("columns: numbers pass as they are and text becomes one-hot, by hand",
          "[tables][columns]") {
    const Table table = table_of(birds);
    const auto columns = input_columns(table, Indexes{3, 1, 2});
    CHECK(columns.width() == 5);
    CHECK(columns.names() ==
          Names{"mass", "island=Biscoe", "island=Dream", "island=Torgersen", "bill"});
    REQUIRE(columns.columns().size() == 3);
    CHECK_FALSE(columns.columns()[0].is_text());
    CHECK(columns.columns()[1].name == "island");
    CHECK(columns.columns()[1].categories == Names{"Biscoe", "Dream", "Torgersen"});

    Matrix<double> expected(3, 5);
    expected << 3750, 0, 0, 1, 39.1,  //
        3500, 0, 1, 0, 46.5,          //
        5700, 1, 0, 0, 50;
    const Table complete = select_rows(table, complete_rows(table, Indexes{1, 2, 3}));
    CHECK(encode(columns, complete) == expected);
}

TEST_CASE("columns: are found by name in a later table, whatever its order", "[tables][columns]") {
    const auto columns = input_columns(table_of(birds), Indexes{1, 2});
    const Table first = table_of("island,bill\nDream,1\nBiscoe,2\n");
    const Table later = table_of("year,bill,sex,island\n2007,1,?,Dream\n2008,2,male,Biscoe\n");
    CHECK(encode(columns, first) == encode(columns, later));
    CHECK(encode(columns, select_rows(first, {})).rows() == 0);
    CHECK(encode(columns, select_rows(first, {})).cols() == 4);
}

TEST_CASE("columns: one without a name is found by its number", "[tables][columns]") {
    const Table table = table_of("1,a\n2,b\n3,a\n");
    REQUIRE_FALSE(table.has_header);
    const auto columns = input_columns(table, Indexes{0, 1});
    CHECK(columns.names() == Names{"1", "2=a", "2=b"});
    CHECK(encode(columns, table).col(0) == numbers(table, 0));
}

TEST_CASE("columns: made from their own data they encode the same", "[tables][columns]") {
    const Table table = table_of("x,y\n1,b\n2,a\n3,c\n");
    const auto columns = input_columns(table, Indexes{1, 0});
    const InputColumns again(columns.columns());
    CHECK(again.names() == columns.names());
    CHECK(encode(again, table) == encode(columns, table));
    // One-hot rows sum to one.
    CHECK(encode(again, table).leftCols(3).rowwise().sum() == Vector<double>::Ones(3));
}

TEST_CASE("columns: refuses a mixture of numbers and text, unless it is called text",
          "[tables][columns]") {
    const Table late_text = table_of("id,zip\n1,10115\n2,NA\n3,\"SW1A\n1AA\"\n4,20095\n");
    CHECK(refusal([&] { input_columns(late_text, Indexes{1}); }) ==
          "t.csv:4: column \"zip\": \"SW1A 1AA\", and \"10115\" on line 2, mix numbers and text");
    const Table late_number = table_of("zip,id\nSW1A,1\n10115,2\n");
    CHECK(refusal([&] {
              input_columns(late_number, Indexes{0, 1});
          }) == "t.csv:3: column \"zip\": \"10115\", and \"SW1A\" on line 2, mix numbers and text");
    const Table with_nan = table_of("zip,id\nSW1A,1\nnan,2\n");
    CHECK(refusal([&] { input_columns(with_nan, Indexes{0}); }) ==
          "t.csv:3: column \"zip\": \"nan\", and \"SW1A\" on line 2, mix numbers and text");

    const auto columns = input_columns(late_number, Indexes{0, 1}, Indexes{0});
    CHECK(columns.names() == Names{"zip=10115", "zip=SW1A", "id"});
    Matrix<double> expected(2, 3);
    expected << 0, 1, 1,  //
        1, 0, 2;
    CHECK(encode(columns, late_number) == expected);
}

TEST_CASE("columns: numbers called text are compared as text", "[tables][columns]") {
    const Table table = table_of("code,x\n1e5,1\n100000,2\n9,3\n");
    const auto columns = input_columns(table, Indexes{0}, Indexes{0});
    CHECK(columns.names() == Names{"code=100000", "code=1e5", "code=9"});
}

TEST_CASE("columns: text that looks like numbers or dates is recognized", "[tables][columns]") {
    const auto [look, text] = GENERATE(Catch::Generators::table<std::string, std::string>(
        {{"numbers with a decimal comma",
          "1,5 -0,25 1.234,5 1234,567 1'000,25 5,5% 1.234.567,8 +1,50"},
         {"numbers with a decimal comma or a thousands separator", "1,500 -12,345 $1,500"},
         {"numbers with a thousands separator", "1,234,567 1.234.567 1'500 1,500.25 1'234'567.5"},
         {"dates",
          "2020-05-31 2020/5/1 31.5.2020 31.05.20 5/31/2020 31-12-1999 2020-05 5/2020 "
          "2020-05-31T10:30 2020-05-31T10:30:15.25Z 2020-05-31T10:30+01:00 31-May-2020 "
          "Sept-2020 5-january-99"},
         {"times", "9:30 09:30 23:59:59 09:30:15.5"},
         {"",
          "a 18-25 65+ 1990-2000 1:1 a,b 1.2.3 10.0.0.1 1,2,3 12,34,567 5% $5 A1 2020-13-01 "
          "32/32/2020 marble-2020 30:10 may 1/2 +49-30-123456 ; , . -"}}));
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        INFO(word);
        CHECK(detail::looks_like(word) == look);
    }
    CHECK(detail::looks_like("1\xC2\xA0"
                             "234,5") == "numbers with a decimal comma");
    CHECK(detail::looks_like("1 234") == "numbers with a thousands separator");
    CHECK(detail::looks_like("\xE2\x88\x92"
                             "1.5") == "numbers with a no-break space or a typographic minus sign");
    CHECK(detail::looks_like("\xE2\x82\xAC 1.234,50") == "numbers with a decimal comma");
    for (const std::string_view date :
         {"31 May 2020", "May 31, 2020", "31. March 2020", "2020-05-31 10:30:00", "5/31/20 9:30 PM",
          "May 31, 2020 10:30"})
        CHECK(detail::looks_like(date) == "dates");
    for (const std::string_view other : {"Main Street 5", "5 apples", "Mar 5 Ltd", "1,5 m"})
        CHECK(detail::looks_like(other) == "");
}

TEST_CASE("columns: refuses text that looks like numbers or dates, unless it is called text",
          "[tables][columns]") {
    const auto message = [](const std::string& cells, const Indexes& text = {}) {
        std::string csv = "x;y\n";
        std::istringstream in(cells);
        for (std::string cell; in >> cell;) csv += cell + ";1\n";
        std::istringstream file(csv);
        const Table table = read_csv(file, "t.csv", {.header = Header::present, .delimiter = ';'});
        return refusal([&] { input_columns(table, Indexes{0}, text); });
    };
    CHECK(message("170,25 168,5 NA 181,75") ==
          "t.csv:2: column \"x\" looks like numbers with a decimal comma, its value here is "
          "\"170,25\", expected numbers or categories: write its numbers as 1234.5, leave it out "
          "(--ignore x), or take it as text all the same (--text x, the argument `text` in C++)");
    CHECK(message("unknown 2020-01-31 2020-02-01 2020-02-02") ==
          "t.csv:3: column \"x\" looks like dates, its value here is \"2020-01-31\", expected "
          "numbers or categories: turn it into numbers, such as the year and the month, leave it "
          "out (--ignore x), or take it as text all the same (--text x, the argument `text` in "
          "C++)");
    // A decimal comma beside whole numbers is more than a mixture.
    for (const std::string cells : {"2 1,5", "1,5 2"})
        CHECK(message(cells).find("looks like numbers with a decimal comma") != std::string::npos);
    CHECK(message("1,5 low high") == "nothing refused");
    CHECK(message("170,25 168,5", {0}) == "nothing refused");
    CHECK(message("2 1,5", {0}) == "nothing refused");
}

TEST_CASE("columns: many categories are warned of, and too many refused", "[tables][columns]") {
    const auto table = [](int categories, int rows) {
        std::string csv = "x,y\n";
        for (int n = 0; n < rows; ++n) csv += "c" + std::to_string(n % categories) + ",1\n";
        return table_of(csv);
    };
    const auto warnings = [&](int categories, int rows) {
        return input_columns(table(categories, rows), Indexes{1, 0}).warnings();
    };
    for (const auto& [categories, rows] : {std::pair(10, 10), {11, 220}, {50, 1000}})
        CHECK(warnings(categories, rows).empty());
    CHECK(warnings(11, 219) ==
          Names{"t.csv: column \"x\" has 11 different texts in 219 rows, such as \"c0\", and each "
                "becomes an input: consider to leave the column out (--ignore x) or to group its "
                "values"});
    CHECK(warnings(51, 1020).size() == 1);
    CHECK(warnings(1000, 2000).size() == 1);
    for (const auto& [categories, rows] : {std::pair(11, 21), {1001, 2002}})
        CHECK(refusal([&, c = categories, r = rows] {
                  input_columns(table(c, r), Indexes{0}, Indexes{0});
              }) == "t.csv: column \"x\" has " + std::to_string(categories) +
                        " different texts in " + std::to_string(rows) +
                        " rows, such as \"c0\", and each becomes an input: leave the column out "
                        "(--ignore x), or group its values into fewer categories");
}

TEST_CASE("columns: refuses to learn from what has no value", "[tables][columns]") {
    const Table table = table_of("a,b\n1,\n2,NA\n");
    for (const Indexes& text : {Indexes{}, Indexes{1}})
        CHECK(refusal([&] {
                  input_columns(table, Indexes{0, 1}, text);
              }) == "t.csv: column \"b\" has no value in 2 rows");
}

TEST_CASE("columns: refuses columns that are not there, or given twice", "[tables][columns]") {
    using Wrong = std::invalid_argument;
    const Table table = table_of("a,b\n1,x\n");
    CHECK(refusal<Wrong>([&] { input_columns(table, Indexes{2}); }) ==
          "column 2 is out of range, counted from 0: t.csv has 2 columns");
    CHECK(refusal<Wrong>([&] { input_columns(table, Indexes{-1}); }) ==
          "column -1 is out of range, counted from 0: t.csv has 2 columns");
    CHECK(refusal<Wrong>([&] { input_columns(table, Indexes{}); }) ==
          "there must be at least one input column");
    CHECK(refusal<Wrong>([&] {
              input_columns(table, Indexes{1, 0, 1});
          }) == "the input column \"b\" is given twice");
    CHECK(refusal<Wrong>([&] { input_columns(table, Indexes{0}, Indexes{1}); }) ==
          "column 1, counted from 0, is to be text but is no input");
    for (const Names& categories : {Names{"b", "a"}, Names{"a", "a"}})
        CHECK(refusal<Wrong>([&] {
                  InputColumns({{"c", categories}});
              }) ==
              "the categories of the input column \"c\" must be all different and in ascending "
              "order");
}

TEST_CASE("columns: refuses a later table that does not fit", "[tables][columns]") {
    const auto columns = input_columns(table_of("a,b\n1,x\n2,y\n"), Indexes{0, 1});
    const auto message = [&](const std::string& text) {
        return refusal([&] { encode(columns, table_of(text, "new.csv")); });
    };
    CHECK(message("a,c\n1,x\n") == "new.csv has no column \"b\": it has \"a\", \"c\"");
    CHECK(message("1,x\n") == "new.csv has no column \"a\", nor a header: it has \"1\", \"2\"");
    CHECK(message("a,b\n1,x\n1,Hoth\n") ==
          "new.csv:3: column \"b\": \"Hoth\" is not among the known values \"x\", \"y\"");
    CHECK(message("b,a\ny,1\ny,1\n7,1\n") ==
          "new.csv:4: column \"b\": \"7\" is not among the known values \"x\", \"y\"");
    CHECK(message("a,b\n1,x\nten,x\n") == "new.csv:3: column \"a\": \"ten\" is not a number");
    CHECK(message("a,b\n1,x\nnan,x\n") ==
          "new.csv:3: column \"a\": \"nan\" is not a finite number");
    CHECK(message("a,b\n1,x\n ,x\n") == "new.csv:3: column \"a\": \"\" is a missing value");
    CHECK(message("a,b\n1,x\n1,NA\n") == "new.csv:3: column \"b\": \"NA\" is a missing value");
    CHECK(message("a,b,c\n1, y ,NA\n") == "nothing refused");
}

TEST_CASE("columns: classes that are text are sorted as text", "[tables][columns]") {
    const Table table = table_of(birds);
    const Names names = class_names(table, 0);
    CHECK(names == Names{"Adelie", "Chinstrap", "Gentoo"});
    CHECK(class_numbers(table, 0, names) == Indexes{0, 2, 1, 2, 0});
    CHECK(class_numbers(table, 0, Names{"Gentoo", "Chinstrap", "Adelie", "Emperor"}) ==
          Indexes{2, 0, 1, 0, 2});

    const Table mixed = table_of("y,x\n10,1\n9,1\nother,1\n9.0,1\n");
    CHECK(class_names(mixed, 0) == Names{"10", "9", "9.0", "other"});
    CHECK(class_numbers(mixed, 0, class_names(mixed, 0)) == Indexes{0, 1, 3, 2});
}

TEST_CASE("columns: classes that are numbers are sorted and compared as numbers",
          "[tables][columns]") {
    const Table table = table_of("y,x\n10,1\n1.0,1\n-2,1\n1e0,1\n 1 ,1\n010,1\n+1,1\n");
    const Names names = class_names(table, 0);
    CHECK(names == Names{"-2", "1", "10"});
    CHECK(class_numbers(table, 0, names) == Indexes{2, 1, 0, 1, 1, 2, 1});
    CHECK(class_numbers(table_of("y,x\n-2.0,1\n1e1,1\n"), 0, names) == Indexes{0, 2});
    // The shortest spelling, the first in the alphabet of equals, whatever the order of the rows.
    CHECK(class_names(table_of("y,x\n2.0,1\n2e0,1\n3.50,1\n"), 0) == Names{"2.0", "3.50"});
    CHECK(class_names(table_of("y,x\n2e0,1\n3.50,1\n2.0,1\n"), 0) == Names{"2.0", "3.50"});
    CHECK(class_names(table_of("y,x\n-0,1\n0,1\n"), 0) == Names{"0"});
}

TEST_CASE("columns: identifiers that are one double stay two classes", "[tables][columns]") {
    const Table table = table_of("y,x\n9007199254740993,1\n9007199254740992,1\n");
    const Names names = class_names(table, 0);
    CHECK(names == Names{"9007199254740992", "9007199254740993"});
    CHECK(class_numbers(table, 0, names) == Indexes{1, 0});
}

TEST_CASE("columns: refuses labels that are missing, not finite or unseen", "[tables][columns]") {
    const Names names{"1", "2"};
    const auto both = [&](const std::string& text) {
        const Table table = table_of(text);
        const std::string message = refusal([&] { class_names(table, 1); });
        CHECK(message == refusal([&] { class_numbers(table, 1, names); }));
        return message;
    };
    CHECK(both("x,y\n1,1\n1,\n") == "t.csv:3: column \"y\": \"\" is a missing value");
    CHECK(both("x,y\n1,1\n1,?\n") == "t.csv:3: column \"y\": \"?\" is a missing value");
    CHECK(both("x,y\n1,nan\n1,1\n") == "t.csv:2: column \"y\": \"nan\" is not a finite number");
    CHECK(both("x,y\n1,1\n1,1e999\n") == "t.csv:3: column \"y\": \"1e999\" is not a finite number");

    for (const std::string label : {"3", "two", "1.5"})
        CHECK(refusal([&] {
                  class_numbers(table_of("x,y\n1,2\n1,2\n1," + label + "\n"), 1, names);
              }) == "t.csv:4: column \"y\": \"" + label +
                        "\" is not among the known classes \"1\", \"2\"");
    CHECK(refusal([&] {
              class_names(table_of("x,y\n1,\"2,5\"\n1,\"3,5\"\n1,2\n"), 1);
          }).starts_with("t.csv:2: column \"y\" looks like numbers with a decimal comma"));
    // Names that are text are compared as text.
    CHECK(refusal([&] {
              class_numbers(table_of("x,y\n1,1.0\n"), 1, Names{"1", "b"});
          }) == "t.csv:2: column \"y\": \"1.0\" is not among the known classes \"1\", \"b\"");
}

TEST_CASE("columns: refuses classes named twice and columns that are not there",
          "[tables][columns]") {
    using Wrong = std::invalid_argument;
    const Table table = table_of("x,y\n1,1\n");
    CHECK(refusal<Wrong>([&] {
              class_numbers(table, 1, Names{"1", "2", "1.0"});
          }) == "the class \"1.0\" is named twice");
    CHECK(refusal<Wrong>([&] {
              class_numbers(table, 1, Names{"a", "1", "a"});
          }) == "the class \"a\" is named twice");
    CHECK(class_numbers(table, 1, Names{"a", "1.0", "1"}) == Indexes{2});
    const std::string wanted = "column 2 is out of range, counted from 0: t.csv has 2 columns";
    CHECK(refusal<Wrong>([&] { class_names(table, 2); }) == wanted);
    CHECK(refusal<Wrong>([&] { class_numbers(table, 2, Names{"1"}); }) == wanted);
}
