// SPDX-License-Identifier: MIT
#include <twolayer/tables/table_inputs.hpp>
#include <twolayer/tables/table_model.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/refusal.hpp"
#include "support/table_of.hpp"

using namespace twolayer;
using test::refusal;
using test::table_of;

namespace {

using Indexes = std::vector<Index>;
using Names = std::vector<std::string>;

/// Birds: two columns of text and two of numbers, N = 5.
const char* const birds =
    "species,island,bill,mass\n"
    "Adelie,Torgersen,39.1,3750\n"
    "Gentoo,Biscoe,NA,5000\n"
    "Chinstrap,Dream,46.5,3500\n"
    "Gentoo, Biscoe ,50,+5.7e3\n"
    "Adelie,?,38,\n";

const std::string missing_hint =
    " (see --missing, --na; TableOptions::missing and CsvOptions::missing_words in C++)";
const std::string mixture_hint =
    ": take the column as text (--text zip), or name the text that means a missing value by --na "
    "(CsvOptions::missing_words in C++)";

}  // namespace

TEST_CASE("inputs: numbers stay as they are and text becomes one-hot, by hand",
          "[tables][inputs]") {
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

TEST_CASE("inputs: columns are found by name in a later table, whatever its order",
          "[tables][inputs]") {
    const auto columns = input_columns(table_of(birds), Indexes{1, 2});
    const Table first = table_of("island,bill\nDream,1\nBiscoe,2\n");
    const Table later = table_of("year,bill,sex,island\n2007,1,?,Dream\n2008,2,male,Biscoe\n");
    CHECK(encode(columns, first) == encode(columns, later));
    CHECK(encode(columns, select_rows(first, {})).rows() == 0);
    CHECK(encode(columns, select_rows(first, {})).cols() == 4);
}

TEST_CASE("inputs: a column without a name is found by its number", "[tables][inputs]") {
    const Table table = table_of("1,a\n2,b\n3,a\n");
    REQUIRE_FALSE(table.has_header);
    const auto columns = input_columns(table, Indexes{0, 1});
    CHECK(columns.names() == Names{"1", "2=a", "2=b"});
    CHECK(encode(columns, table).col(0) == numbers(table, 0));
}

TEST_CASE("inputs: columns rebuilt from their own data encode the same", "[tables][inputs]") {
    const Table table = table_of("x,y\n1,b\n2,a\n3,c\n");
    const auto columns = input_columns(table, Indexes{1, 0});
    const InputColumns again(columns.columns());
    CHECK(again.names() == columns.names());
    CHECK(encode(again, table) == encode(columns, table));
    // One-hot rows sum to one.
    CHECK(encode(again, table).leftCols(3).rowwise().sum() == Vector<double>::Ones(3));
}

TEST_CASE("inputs: refuses a mixture of numbers and text, unless declared as text",
          "[tables][inputs]") {
    const Table late_text = table_of("id,zip\n1,10115\n2,NA\n3,\"SW1A\n1AA\"\n4,20095\n");
    CHECK(refusal([&] { input_columns(late_text, Indexes{1}); }) ==
          "t.csv:4: column \"zip\": \"SW1A 1AA\", and \"10115\" on line 2, mix numbers and text" +
              mixture_hint);
    const Table late_number = table_of("zip,id\nSW1A,1\n10115,2\n");
    CHECK(refusal([&] {
              input_columns(late_number, Indexes{0, 1});
          }) == "t.csv:3: column \"zip\": \"10115\", and \"SW1A\" on line 2, mix numbers and text" +
                    mixture_hint);
    const Table with_infinity = table_of("zip,id\nSW1A,1\ninf,2\n");
    CHECK(refusal([&] { input_columns(with_infinity, Indexes{0}); }) ==
          "t.csv:3: column \"zip\": \"inf\", and \"SW1A\" on line 2, mix numbers and text" +
              mixture_hint);

    const auto columns = input_columns(late_number, Indexes{0, 1}, Indexes{0});
    CHECK(columns.names() == Names{"zip=10115", "zip=SW1A", "id"});
    Matrix<double> expected(2, 3);
    expected << 0, 1, 1,  //
        1, 0, 2;
    CHECK(encode(columns, late_number) == expected);
}

TEST_CASE("inputs: numbers declared as text are compared as text", "[tables][inputs]") {
    const Table table = table_of("code,x\n1e5,1\n100000,2\n9,3\n");
    const auto columns = input_columns(table, Indexes{0}, Indexes{0});
    CHECK(columns.names() == Names{"code=100000", "code=1e5", "code=9"});
}

TEST_CASE("inputs: many categories cause a warning, and too many are refused", "[tables][inputs]") {
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
                "becomes an input: consider leaving the column out (--ignore x) or grouping its "
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

TEST_CASE("inputs: refuses to learn from missing values", "[tables][inputs]") {
    const Table table = table_of("a,b\n1,\n2,NA\n");
    for (const Indexes& text : {Indexes{}, Indexes{1}})
        CHECK(refusal([&] {
                  input_columns(table, Indexes{0, 1}, text);
              }) ==
              "t.csv: column \"b\" has no value in 2 rows: leave it out (--ignore b, "
              "TableOptions::ignore in C++)");
}

TEST_CASE("inputs: refuses columns that do not exist or are given twice", "[tables][inputs]") {
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
          "column \"b\" is named as text, expected one of the inputs: add it to them");
    for (const Names& categories : {Names{"b", "a"}, Names{"a", "a"}})
        CHECK(refusal<Wrong>([&] {
                  InputColumns({{"c", categories}});
              }) ==
              "the categories of the input column \"c\" must be all different and in ascending "
              "order");
}

TEST_CASE("inputs: refuses a later table that does not match", "[tables][inputs]") {
    const auto columns = input_columns(table_of("a,b\n1,x\n2,y\n"), Indexes{0, 1});
    const auto message = [&](const std::string& text) {
        return refusal([&] { encode(columns, table_of(text, {}, "new.csv")); });
    };
    CHECK(message("a,c\n1,x\n") == "new.csv has no column \"b\": it has \"a\", \"c\"");
    CHECK(message("1,x\n") == "new.csv has no column \"a\", nor a header: it has \"1\", \"2\"");
    CHECK(message("a,b\n1,x\n1,Hoth\n") ==
          "new.csv:3: column \"b\": \"Hoth\" is not among the known values \"x\", \"y\": add "
          "--unknown blank or zero (Unknown in C++)");
    CHECK(message("b,a\ny,1\ny,1\n7,1\n") ==
          "new.csv:4: column \"b\": \"7\" is not among the known values \"x\", \"y\": add "
          "--unknown blank or zero (Unknown in C++)");
    CHECK(message("a,b\n1,x\nten,x\n") ==
          "new.csv:3: column \"a\": \"ten\" is not a number (see --decimal, --na; CsvOptions in "
          "C++)");
    CHECK(message("a,b\n1,x\ninf,x\n") ==
          "new.csv:3: column \"a\": \"inf\" is not a finite number" + test::not_finite_advice);
    CHECK(message("a,b\n1,x\n ,x\n") ==
          "new.csv:3: column \"a\": \"\" is a missing value" + missing_hint);
    CHECK(message("a,b\n1,x\n1,NA\n") ==
          "new.csv:3: column \"b\": \"NA\" is a missing value" + missing_hint);
    CHECK(message("a,b,c\n1, y ,NA\n") == "nothing refused");
}

TEST_CASE("table: the report names columns that a person should check", "[tables][table_inputs]") {
    std::string text = "customer_id,row,same,kind,name,x,y\n";
    for (int n = 0; n < 60; ++n) {
        const std::string number = std::to_string(n);
        text += std::to_string(n % 12) + "," + number + ",7,only,n" + std::to_string(n % 11) + ",";
        text += (n % 5 == 0 ? "" : number + ".5") + "," + (n < 30 ? "low" : "high") + "\n";
    }
    const auto report =
        fit_classifier(table_of(text), "y", {.folds = 2}, {.missing = Missing::mean}).report;
    const auto identifier = [](const std::string& name) {
        return "column \"" + name +
               "\" seems to hold identifiers, whose size means nothing: leave it out (--ignore " +
               name +
               ", TableOptions::ignore in C++), or if they come back in new data, use them as "
               "categories (--text " +
               name + ", TableOptions::text in C++)";
    };
    CHECK(
        report.warnings ==
        Names{"t.csv: column \"name\" has 11 different texts in 60 rows, such as \"n0\", and each "
              "becomes an input: consider leaving the column out (--ignore name) or grouping its "
              "values",
              identifier("customer_id"), identifier("row"),
              "\"same\", \"kind\": the same value each in all rows"});
    const Table plain = table_of("id,y\n1,5\n2,6\n3,5\n4,8\n");  // a single column is no identifier
    CHECK(fit_regressor(plain, "y", {.folds = 2}).report.warnings.empty());
}

TEST_CASE("table: the report names columns of dates written as whole numbers",
          "[tables][table_inputs]") {
    std::string text = "day,amount,x,y\n";
    for (int n = 0; n < 24; ++n)
        text += "2023" + std::to_string(n % 12 + 101).substr(1) +
                std::to_string(n + 103).substr(1) + ",20231" + std::to_string(300 + n) + "," +
                std::to_string(n) + ".5," + (n < 12 ? "low" : "high") + "\n";
    CHECK(fit_classifier(table_of(text), "y", {.folds = 2}).report.warnings ==
          Names{"column \"day\" seems to hold dates such as 20230103, whose differences are not "
                "days: turn it into numbers, such as the year and the month, or leave it out "
                "(--ignore day, TableOptions::ignore in C++)"});
}
