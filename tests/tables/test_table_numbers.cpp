// SPDX-License-Identifier: MIT
#include <twolayer/tables/table.hpp>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/comma_locale.hpp"
#include "support/refusal.hpp"

using namespace twolayer;

TEST_CASE("table: a missing cell is empty or a missing word", "[tables][table]") {
    const CsvOptions usual;
    for (const char* cell : {"", " ", "\t \r\n", " NA", "NA\t", " ? "})
        CHECK(usual.is_missing(cell));
    for (const char* cell :
         {"NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "-", ".", "?"})
        CHECK(usual.is_missing(cell));
    for (const char* cell : {"0", "na", "N A", "NAN", "??", "--", "-1", ".5", "none", "inf"})
        CHECK_FALSE(usual.is_missing(cell));

    const CsvOptions own{.missing_words = {"-999", "not measured"}};
    for (const char* cell : {"", " ", "-999", " not measured "}) CHECK(own.is_missing(cell));
    for (const char* cell : {"NA", "?", "-999.0", "not  measured"})
        CHECK_FALSE(own.is_missing(cell));
}

TEST_CASE("table: a number fills the whole cell except for blanks", "[tables][table]") {
    const std::vector<std::pair<std::string, double>> numbers{
        {"0", 0},
        {" 1", 1},
        {"1 ", 1},
        {"\t-2\r", -2},
        {"+3", 3},
        {"1.5", 1.5},
        {".5", 0.5},
        {"5.", 5},
        {"-.5e+3", -500},
        {"1E2", 100},
        {"1e-2", .01},
        {"0.1", 0.1},
        {"007", 7},
        {"1e308", 1e308},
        {"+.25", 0.25},
        {"4.9406564584124654e-324", std::numeric_limits<double>::denorm_min()},
        {"123456789012345678901234567890", 123456789012345678901234567890.0}};
    for (const auto& [cell, number] : numbers) {
        INFO(cell);
        CHECK(parse_number(cell) == number);
    }
    for (const char* cell : {"",
                             " ",
                             "a",
                             "1a",
                             "1 2",
                             "1,5",
                             "1,000",
                             "1_000",
                             "--1",
                             "+-1",
                             "-+1",
                             "++1",
                             "+",
                             "-",
                             ".",
                             "e5",
                             "1e",
                             "1e+",
                             "0x10",
                             "1d5",
                             "- 1",
                             "+ 1",
                             "NA",
                             "?",
                             "1.2.3",
                             "TRUE",
                             "\xE2\x88\x92"
                             "1",
                             "infinit",
                             "nanx"}) {
        INFO(cell);
        CHECK_FALSE(parse_number(cell));
    }
}

TEST_CASE("table: a number beyond double is infinite or zero", "[tables][table]") {
    const double infinity = std::numeric_limits<double>::infinity();
    const std::string zeros(400, '0');
    const std::vector<std::string> large{"1e9223372036854775807",
                                         "1e999",
                                         "1E+999",
                                         "1e99999999999999999999",
                                         "0.1e310",
                                         "1" + zeros,
                                         "1" + zeros + ".5",
                                         "20" + zeros + "e-5"};
    for (const std::string& cell : large) {
        INFO(cell);
        CHECK(parse_number(cell) == infinity);
        CHECK(parse_number("+" + cell) == infinity);
        CHECK(parse_number("-" + cell) == -infinity);
    }
    const std::vector<std::string> small{"1e-999",   "1E-400",           "1e-99999999999999999999",
                                         "100e-340", "0." + zeros + "1", "." + zeros + "1e5"};
    for (const std::string& cell : small) {
        INFO(cell);
        CHECK(parse_number(cell) == 0.0);
        REQUIRE(parse_number("-" + cell) == 0.0);
        CHECK(std::signbit(*parse_number("-" + cell)));
    }
    CHECK(parse_number("0e99999") == 0.0);
}

TEST_CASE("table: nan and inf are numbers that are not finite", "[tables][table]") {
    for (const char* cell : {"nan", "NaN", " NAN", "-nan", "inf", "+Inf", "-inf", "Infinity"}) {
        INFO(cell);
        const std::optional<double> number = parse_number(cell);
        REQUIRE(number);
        CHECK_FALSE(std::isfinite(*number));
    }
}

TEST_CASE("table: a decimal point is a point in every locale", "[tables][table]") {
    const test::CommaLocale comma;
    CHECK(parse_number("1.5") == 1.5);
    CHECK_FALSE(parse_number("1,5"));
    CHECK_FALSE(parse_number("1.000.000"));
    Table table;
    table.source = "t.csv";
    table.names = {"a"};
    table.cells = {"1,5"};
    table.lines = {1234567};
    CHECK(test::refusal([&] { numbers(table, 0); }) ==
          "t.csv:1234567: column \"a\": \"1,5\" is not a number (see --decimal, --na; CsvOptions "
          "in C++)");
}
