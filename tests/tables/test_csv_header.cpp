// SPDX-License-Identifier: MIT
#include <twolayer/tables/csv_format.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "support/refusal.hpp"
#include "support/table_of.hpp"

using namespace twolayer;
using test::table_of;

namespace {

using Names = std::vector<std::string>;
using Cells = std::vector<std::string_view>;

const CsvOptions with_header{.header = Header::present};
const CsvOptions without_header{.header = Header::absent};

}  // namespace

TEST_CASE("csv: text above numbers is a header", "[tables][csv]") {
    const std::string text =
        GENERATE("a,b\nc,2\n", "a,\n3,2\n", ",b\nx,2\n", "year,1/22/20,2/22/20\n2001,1,2\n",
                 "a,b\n1,x\n2,x\noops,y\n", "a,b\n1,NA\nNA,?\n", "Lat,2020-01-31\n1,2\n");
    INFO(text);
    const Table table = table_of(text);
    CHECK(table.has_header);
    CHECK(table.lines.front() == 2);
}

TEST_CASE("csv: a first row that resembles the rows below it is data", "[tables][csv]") {
    const std::string text =
        GENERATE("3,-2.5\n1,2\n", "nan,b\n1,c\n", "5.1,3.5,setosa\n7,3.2,virginica\n5,3.6,setosa\n",
                 // A missing cell is not a name.
                 "NA,b\nc,d\n", "?,2000\nc,5\n", "n/a,2000\nc,5\n", ",\n1,2\n", " ,\"\"\n1,2\n",
                 // A text that occurs again below is a value.
                 "a,b\nb,b\na,c\n", "north,1990,2000,2010\nsouth,1,2,3\nnorth,3,4,5\n",
                 // Years above years, dates above dates.
                 "Alien,1979\nBrazil,1985\nCube,1997\n", "2020-01-31,5\n2020-02-28,4\n",
                 // A first sample far from the others in one column.
                 "100,0,x\n1,1,y\n2,2,x\n3,3,y\n", "0.5,1.5\n1,2\n1,2\n1,2\n");
    INFO(text);
    const Table table = table_of(text);
    CHECK_FALSE(table.has_header);
    CHECK(table.names.front() == "1");
    CHECK(table.lines.front() == 1);
}

TEST_CASE("csv: the caller can say whether there is a header", "[tables][csv]") {
    const Table present = table_of("1,b\n2,3\n", with_header);
    CHECK(present.has_header);
    CHECK(present.names == Names{"1", "b"});
    CHECK(present.cells == Cells{"2", "3"});
    const Table absent = table_of("a,b\n2,3\n", without_header);
    CHECK_FALSE(absent.has_header);
    CHECK(absent.names == Names{"1", "2"});
    CHECK(absent.cells == Cells{"a", "b", "2", "3"});
}

TEST_CASE("csv: refuses a first row that may be a header or data", "[tables][csv]") {
    const std::string text = GENERATE(
        // Text above text, where nothing occurs again.
        "a,b\nc,d\n", "a,\nc,2\n", "name,other\nx,other\ny,z\n",
        // Consecutive numbers, evenly spaced numbers, or years.
        "0,1,2,kind\n5,3,1,x\n", "1,2,3\n4,5,6\n", "0,1,2\n4,5,6\n", "0,kind,2,3\n5,x,3,1\n",
        "region,1990,2000,2010\nnorth,1.9,2.1,2.2\n", ",0,1\nx,0.3,0.4\n",
        "400.5,401,401.5\n0.1,0.2,0.3\n", "1990,2000\n1.8,1.9\n",
        "1990,2001,2005\n1800,1950,2300\n", "country,2020\nCH,8.6\nDE,83\n",
        ",2010,2000\nx,0.3,0.4\n",
        // Numbers far from all numbers below them.
        "7,21,14\n0.1,0.2,0.3\n0.2,0.1,0.3\n0.2,0.3,0.2\n", "id,5.5\na,0.1\nb,0.2\nc,0.3\n",
        // The only value of its kind among categories.
        "kind,3\na,4\nb,2\na,3\nb,3\n",
        // Numbers above text, and first rows that mix text with numbers, dates or missing cells.
        "1,b\nc,d\n", "2019,2020\nlow,high\nhigh,low\n", "7,8,kind\n5,3,1\n", "?,b\n1,2\n",
        "year,NA,EU\n2000,1,2\n", "1.000.000,b\n1,d\n", "region,2020-01,2020-02\nnorth,1,2\n",
        "\"1,5\",b\n2,b\n");
    INFO(text);
    CHECK(test::refusal([&] { table_of(text); }) ==
          "t.csv:1: cannot tell whether this row names the columns or is data: give --header yes "
          "or --header no (CsvOptions::header in C++)");
    CHECK(table_of(text, without_header).rows() == table_of(text, with_header).rows() + 1);
}
