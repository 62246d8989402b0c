// SPDX-License-Identifier: MIT
#include <twolayer/tables/classes.hpp>

#include <stdexcept>
#include <string>
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

/// The result of class_indexes() as plain numbers.
Indexes class_numbers(const Table& table, Index column, const Names& names) {
    Indexes numbers;
    for (const ClassIndex index : class_indexes(table, column, names))
        numbers.push_back(static_cast<Index>(index));
    return numbers;
}

}  // namespace

TEST_CASE("classes: text is sorted as text", "[tables][classes]") {
    const Table table = table_of(
        "species,mass\nAdelie,3750\nGentoo,5000\nChinstrap,3500\nGentoo,5700\nAdelie,3800\n");
    const Names names = class_names(table, 0);
    CHECK(names == Names{"Adelie", "Chinstrap", "Gentoo"});
    CHECK(class_numbers(table, 0, names) == Indexes{0, 2, 1, 2, 0});
    CHECK(class_numbers(table, 0, Names{"Gentoo", "Chinstrap", "Adelie", "Emperor"}) ==
          Indexes{2, 0, 1, 0, 2});

    const Table mixed = table_of("y,x\n10,1\n9,1\nother,1\n9.0,1\n");
    CHECK(class_names(mixed, 0) == Names{"10", "9", "9.0", "other"});
    CHECK(class_numbers(mixed, 0, class_names(mixed, 0)) == Indexes{0, 1, 3, 2});
}

TEST_CASE("classes: numbers are sorted and compared as numbers", "[tables][classes]") {
    const Table table = table_of("y,x\n10,1\n1.0,1\n-2,1\n1e0,1\n 1 ,1\n010,1\n+1,1\n");
    const Names names = class_names(table, 0);
    CHECK(names == Names{"-2", "1", "10"});
    CHECK(class_numbers(table, 0, names) == Indexes{2, 1, 0, 1, 1, 2, 1});
    CHECK(class_numbers(table_of("y,x\n-2.0,1\n1e1,1\n"), 0, names) == Indexes{0, 2});
    // The name is the shortest spelling, and of several the first in the alphabet, independent of
    // the order of the rows.
    CHECK(class_names(table_of("y,x\n2.0,1\n2e0,1\n3.50,1\n"), 0) == Names{"2.0", "3.50"});
    CHECK(class_names(table_of("y,x\n2e0,1\n3.50,1\n2.0,1\n"), 0) == Names{"2.0", "3.50"});
    CHECK(class_names(table_of("y,x\n-0,1\n0,1\n"), 0) == Names{"0"});
}

TEST_CASE("classes: integers that round to one double stay two classes", "[tables][classes]") {
    const Table table = table_of("y,x\n9007199254740993,1\n9007199254740992,1\n");
    const Names names = class_names(table, 0);
    CHECK(names == Names{"9007199254740992", "9007199254740993"});
    CHECK(class_numbers(table, 0, names) == Indexes{1, 0});
}

TEST_CASE("classes: refuses labels that are missing, not finite or unseen", "[tables][classes]") {
    const Names names{"1", "2"};
    const auto both = [&](const std::string& text) {
        const Table table = table_of(text);
        const std::string message = refusal([&] { class_names(table, 1); });
        CHECK(message == refusal([&] { class_numbers(table, 1, names); }));
        return message;
    };
    const std::string hint =
        " (see --missing, --na; TableOptions::missing and CsvOptions::missing_words in C++)";
    CHECK(both("x,y\n1,1\n1,\n") == "t.csv:3: column \"y\": \"\" is a missing value" + hint);
    CHECK(both("x,y\n1,1\n1,?\n") == "t.csv:3: column \"y\": \"?\" is a missing value" + hint);
    CHECK(both("x,y\n1,inf\n1,1\n") ==
          "t.csv:2: column \"y\": \"inf\" is not a finite number" + test::not_finite_advice);
    CHECK(both("x,y\n1,1\n1,1e999\n") ==
          "t.csv:3: column \"y\": \"1e999\" is not a finite number" + test::not_finite_advice);

    for (const std::string label : {"3", "two", "1.5"})
        CHECK(
            refusal(
                [&] { class_numbers(table_of("x,y\n1,2\n1,2\n1," + label + "\n"), 1, names); }) ==
            "t.csv:4: column \"y\": \"" + label +
                "\" is not among the known classes \"1\", \"2\": correct it, or leave the row out");
    CHECK(refusal([&] {
              class_names(table_of("x,y\n1,\"2,5\"\n1,\"3,5\"\n1,2\n"), 1);
          }).starts_with("t.csv:2: column \"y\" looks like numbers with a decimal comma"));
    // Names that are text are compared as text.
    CHECK(refusal([&] {
              class_numbers(table_of("x,y\n1,1.0\n"), 1, Names{"1", "b"});
          }) ==
          "t.csv:2: column \"y\": \"1.0\" is not among the known classes \"1\", \"b\": correct it, "
          "or leave the row out");
}

TEST_CASE("classes: refuses classes named twice and columns that do not exist",
          "[tables][classes]") {
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
