// SPDX-License-Identifier: MIT
#include <twolayer/data/columns.hpp>
#include <twolayer/io/csv.hpp>

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
          "[data][columns]") {
    const Table table = table_of(birds);
    const auto columns = InputColumns::fit(table, Indexes{3, 1, 2});
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
    CHECK(columns.encode(complete) == expected);
}

TEST_CASE("columns: are found by name in a later table, whatever its order", "[data][columns]") {
    const auto columns = InputColumns::fit(table_of(birds), Indexes{1, 2});
    const Table first = table_of("island,bill\nDream,1\nBiscoe,2\n");
    const Table later = table_of("year,bill,sex,island\n2007,1,?,Dream\n2008,2,male,Biscoe\n");
    CHECK(columns.encode(first) == columns.encode(later));
    CHECK(columns.encode(select_rows(first, {})).rows() == 0);
    CHECK(columns.encode(select_rows(first, {})).cols() == 4);
}

TEST_CASE("columns: one without a name is found by its number", "[data][columns]") {
    const Table table = table_of("1,a\n2,b\n3,a\n");
    REQUIRE_FALSE(table.has_header);
    const auto columns = InputColumns::fit(table, Indexes{0, 1});
    CHECK(columns.names() == Names{"1", "2=a", "2=b"});
    CHECK(columns.encode(table).col(0) == numbers(table, 0));
}

TEST_CASE("columns: made from their own data they encode the same", "[data][columns]") {
    const Table table = table_of("x,y\n1,b\n2,a\n3,c\n");
    const auto columns = InputColumns::fit(table, Indexes{1, 0});
    const InputColumns again(columns.columns());
    CHECK(again.names() == columns.names());
    CHECK(again.encode(table) == columns.encode(table));
    // One-hot rows sum to one.
    CHECK(again.encode(table).leftCols(3).rowwise().sum() == Vector<double>::Ones(3));
}

TEST_CASE("columns: refuses a mixture of numbers and text, unless it is called text",
          "[data][columns]") {
    const Table late_text = table_of("id,zip\n1,10115\n2,NA\n3,\"SW1A\n1AA\"\n4,20095\n");
    CHECK(refusal([&] { InputColumns::fit(late_text, Indexes{1}); }) ==
          "t.csv:4: column \"zip\": \"SW1A 1AA\", and \"10115\" on line 2, mix numbers and text");
    const Table late_number = table_of("zip,id\nSW1A,1\n10115,2\n");
    CHECK(refusal([&] {
              InputColumns::fit(late_number, Indexes{0, 1});
          }) == "t.csv:3: column \"zip\": \"10115\", and \"SW1A\" on line 2, mix numbers and text");
    const Table with_nan = table_of("zip,id\nSW1A,1\nnan,2\n");
    CHECK(refusal([&] { InputColumns::fit(with_nan, Indexes{0}); }) ==
          "t.csv:3: column \"zip\": \"nan\", and \"SW1A\" on line 2, mix numbers and text");

    const auto columns = InputColumns::fit(late_number, Indexes{0, 1}, Indexes{0});
    CHECK(columns.names() == Names{"zip=10115", "zip=SW1A", "id"});
    Matrix<double> expected(2, 3);
    expected << 0, 1, 1,  //
        1, 0, 2;
    CHECK(columns.encode(late_number) == expected);
}

TEST_CASE("columns: numbers called text are compared as text", "[data][columns]") {
    const Table table = table_of("code,x\n1e5,1\n100000,2\n9,3\n");
    const auto columns = InputColumns::fit(table, Indexes{0}, Indexes{0});
    CHECK(columns.names() == Names{"code=100000", "code=1e5", "code=9"});
}

TEST_CASE("columns: refuses to learn from what has no value", "[data][columns]") {
    const Table table = table_of("a,b\n1,\n2,NA\n");
    for (const Indexes& text : {Indexes{}, Indexes{1}})
        CHECK(refusal([&] {
                  InputColumns::fit(table, Indexes{0, 1}, text);
              }) == "t.csv: column \"b\" has no value in 2 rows");
}

TEST_CASE("columns: refuses columns that are not there, or given twice", "[data][columns]") {
    using Wrong = std::invalid_argument;
    const Table table = table_of("a,b\n1,x\n");
    CHECK(refusal<Wrong>([&] { InputColumns::fit(table, Indexes{2}); }) ==
          "column 2 is wanted, counted from 0, and t.csv has 2");
    CHECK(refusal<Wrong>([&] { InputColumns::fit(table, Indexes{-1}); }) ==
          "column -1 is wanted, counted from 0, and t.csv has 2");
    CHECK(refusal<Wrong>([&] { InputColumns::fit(table, Indexes{}); }) ==
          "there must be at least one input column");
    CHECK(refusal<Wrong>([&] {
              InputColumns::fit(table, Indexes{1, 0, 1});
          }) == "the input column \"b\" is given twice");
    CHECK(refusal<Wrong>([&] { InputColumns::fit(table, Indexes{0}, Indexes{1}); }) ==
          "column 1, counted from 0, is to be text but is no input");
    for (const Names& categories : {Names{"b", "a"}, Names{"a", "a"}})
        CHECK(refusal<Wrong>([&] {
                  InputColumns({{"c", categories}});
              }) ==
              "the categories of the input column \"c\" must be all different and in ascending "
              "order");
}

TEST_CASE("columns: refuses a later table that does not fit", "[data][columns]") {
    const auto columns = InputColumns::fit(table_of("a,b\n1,x\n2,y\n"), Indexes{0, 1});
    const auto message = [&](const std::string& text) {
        return refusal([&] { columns.encode(table_of(text, "new.csv")); });
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

TEST_CASE("columns: classes that are text are sorted as text", "[data][columns]") {
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
          "[data][columns]") {
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

TEST_CASE("columns: identifiers that are one double stay two classes", "[data][columns]") {
    const Table table = table_of("y,x\n9007199254740993,1\n9007199254740992,1\n");
    const Names names = class_names(table, 0);
    CHECK(names == Names{"9007199254740992", "9007199254740993"});
    CHECK(class_numbers(table, 0, names) == Indexes{1, 0});
}

TEST_CASE("columns: refuses labels that are missing, not finite or unseen", "[data][columns]") {
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
    // Names that are text are compared as text.
    CHECK(refusal([&] {
              class_numbers(table_of("x,y\n1,1.0\n"), 1, Names{"1", "b"});
          }) == "t.csv:2: column \"y\": \"1.0\" is not among the known classes \"1\", \"b\"");
}

TEST_CASE("columns: refuses classes named twice and columns that are not there",
          "[data][columns]") {
    using Wrong = std::invalid_argument;
    const Table table = table_of("x,y\n1,1\n");
    CHECK(refusal<Wrong>([&] {
              class_numbers(table, 1, Names{"1", "2", "1.0"});
          }) == "the class \"1.0\" is named twice");
    CHECK(refusal<Wrong>([&] {
              class_numbers(table, 1, Names{"a", "1", "a"});
          }) == "the class \"a\" is named twice");
    CHECK(class_numbers(table, 1, Names{"a", "1.0", "1"}) == Indexes{2});
    const std::string wanted = "column 2 is wanted, counted from 0, and t.csv has 2";
    CHECK(refusal<Wrong>([&] { class_names(table, 2); }) == wanted);
    CHECK(refusal<Wrong>([&] { class_numbers(table, 2, Names{"1"}); }) == wanted);
}
