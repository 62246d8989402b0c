// SPDX-License-Identifier: MIT
#include <twolayer/tables/looks_like.hpp>
#include <twolayer/tables/table_inputs.hpp>

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "support/refusal.hpp"
#include "support/table_of.hpp"

using namespace twolayer;
using test::refusal;
using test::table_of;

namespace {

using Indexes = std::vector<Index>;

}  // namespace

TEST_CASE("looks: numbers and dates in other notations are recognized", "[tables][looks]") {
    const auto [look, text] = GENERATE(Catch::Generators::table<std::string, std::string>(
        {{"numbers with a decimal comma", "1,5 -0,25 1234,567 5,5% +1,50"},
         {"numbers with a decimal comma and a thousands separator", "1.234,5 1'000,25 1.234.567,8"},
         {"numbers with a decimal comma or a thousands separator", "1,500 -12,345 $1,500"},
         {"numbers with a thousands separator", "1,234,567 1.234.567 1'500 1,500.25 1'234'567.5"},
         {"dates",
          "2020-05-31 2020/5/1 31.5.2020 31.05.20 5/31/2020 31-12-1999 2020-05 5/2020 "
          "2020-05-31T10:30 2020-05-31T10:30:15.25Z 2020-05-31T10:30+01:00 31-May-2020 "
          "Sept-2020 5-january-99"},
         {"numbers with a currency or percent sign", "5% $5 -$12.50 $-3 1.5e3$ 0.25%"},
         {"times", "9:30 09:30 23:59:59 09:30:15.5"},
         {"",
          "a 18-25 65+ 1990-2000 1:1 a,b 1.2.3 10.0.0.1 1,2,3 12,34,567 5%5 $A5 5$5 A1 --5 "
          "2020-13-01 "
          "32/32/2020 marble-2020 30:10 may 1/2 +49-30-123456 ; , . -"}}));
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        INFO(word);
        CHECK(detail::looks_like(word) == look);
    }
    CHECK(detail::looks_like("1\xC2\xA0"
                             "234,5") == "numbers with a decimal comma and a thousands separator");
    CHECK(detail::looks_like("1 234") == "numbers with a thousands separator");
    CHECK(detail::looks_like("\xE2\x88\x92"
                             "1.5") == "numbers with a no-break space or a typographic minus sign");
    CHECK(detail::looks_like("\xE2\x82\xAC 1.234,50") ==
          "numbers with a decimal comma and a thousands separator");
    for (const std::string_view date :
         {"31 May 2020", "May 31, 2020", "31. March 2020", "2020-05-31 10:30:00", "5/31/20 9:30 PM",
          "May 31, 2020 10:30"})
        CHECK(detail::looks_like(date) == "dates");
    for (const std::string_view other : {"Main Street 5", "5 apples", "Mar 5 Ltd", "1,5 m"})
        CHECK(detail::looks_like(other) == "");

    // Searching for a time after each of many blanks would take hours.
    std::string words_and_blanks = "1";
    for (int n = 0; n < 1000000; ++n) words_and_blanks += " T";
    CHECK(detail::looks_like(words_and_blanks) == "");
}

TEST_CASE("looks: a column of numbers or dates as text is refused, unless declared as text",
          "[tables][looks]") {
    const auto message = [](const std::string& cells, const Indexes& text = {}) {
        std::string csv = "x;y\n";
        std::istringstream in(cells);
        for (std::string cell; in >> cell;) csv += cell + ";1\n";
        const Table table = table_of(csv, {.header = Header::present, .delimiter = ';'});
        return refusal([&] { input_columns(table, Indexes{0}, text); });
    };
    CHECK(message("170,25 168,5 NA 181,75") ==
          "t.csv:2: column \"x\" looks like numbers with a decimal comma, its value here is "
          "\"170,25\", expected numbers or categories: read the file with --decimal , "
          "(CsvOptions::decimal in C++), leave it out (--ignore x), or take it as text all the "
          "same (--text x, the argument `text` in C++)");
    CHECK(message("unknown 2020-01-31 2020-02-01 2020-02-02") ==
          "t.csv:3: column \"x\" looks like dates, its value here is \"2020-01-31\", expected "
          "numbers or categories: turn it into numbers, such as the year and the month, leave it "
          "out (--ignore x), or take it as text all the same (--text x, the argument `text` in "
          "C++)");
    const std::string both_marks = message("1.234,5 2.500,5");
    CHECK(both_marks.find("looks like numbers with a decimal comma and a thousands separator") !=
          std::string::npos);
    CHECK(both_marks.find("write its numbers as 1234.5, or as 1234,5 with --decimal ,") !=
          std::string::npos);
    // Whole numbers and numbers with a decimal comma are reported as such, not as a mixture.
    for (const std::string cells : {"2 1,5", "1,5 2"})
        CHECK(message(cells).find("looks like numbers with a decimal comma") != std::string::npos);
    CHECK(message("1,5 low high") == "nothing refused");
    CHECK(message("170,25 168,5", {0}) == "nothing refused");
    CHECK(message("2 1,5", {0}) == "nothing refused");
}
