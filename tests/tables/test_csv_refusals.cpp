// SPDX-License-Identifier: MIT
#include <twolayer/tables/csv.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <system_error>

#include "catch.hpp"
#include "support/refusal.hpp"
#include "support/table_of.hpp"

using namespace twolayer;
using test::table_of;

namespace {

const CsvOptions with_header{.header = Header::present};

template <typename Exception = std::runtime_error>
std::string refusal(const std::string& text, const CsvOptions& options = {}) {
    return test::refusal<Exception>([&] { table_of(text, options); });
}

/// A file that exists as long as this object.
class TemporaryFile {
public:
    TemporaryFile(const std::string& name, const std::string& text)
        : path_(std::filesystem::temp_directory_path() / ("twolayer_" + name)) {
        std::ofstream(path_, std::ios::binary) << text;
    }
    ~TemporaryFile() { std::filesystem::remove(path_); }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("csv: refuses a name given twice", "[tables][csv]") {
    const std::string hint =
        ": rename one, or give --header no if this row is data (CsvOptions::header in C++)";
    CHECK(refusal("a,b,c,b\n1,2,3,4\n") == "t.csv:1: columns 2 and 4 are both named \"b\"" + hint);
    CHECK(refusal("a, a\n1,2\n") == "t.csv:1: columns 1 and 2 are both named \"a\"" + hint);
    CHECK(refusal("column 2,\n1,2\n") ==
          "t.csv:1: columns 1 and 2 are both named \"column 2\"" + hint);
    CHECK(refusal("2,2\n1,2\n", with_header) ==
          "t.csv:1: columns 1 and 2 are both named \"2\"" + hint);
}

TEST_CASE("csv: refuses an invalid delimiter or decimal mark", "[tables][csv]") {
    for (const char delimiter : {'"', '\n', '\r', '\0', '\xA7'})
        CHECK(refusal<std::invalid_argument>("a,b\n1,2\n", {.delimiter = delimiter}) ==
              "the delimiter of a CSV file must be an ASCII character other than a quote, a line "
              "break and NUL");
    for (const CsvOptions& options :
         {CsvOptions{.decimal = ';'}, CsvOptions{.decimal = '\0'},
          CsvOptions{.delimiter = ',', .decimal = ','}, CsvOptions{.delimiter = '.'}})
        CHECK(refusal<std::invalid_argument>("a\n1\n", options) ==
              "the decimal mark of a CSV file must be a point or a comma, and not the delimiter");
}

TEST_CASE("csv: refuses text that fits two delimiters", "[tables][csv]") {
    const std::string comma =
        "t.csv: the delimiter may be ',' or ';', which occur equally often in every row: give "
        "--delimiter, and --decimal , for numbers with a decimal comma (CsvOptions::delimiter and "
        "CsvOptions::decimal in C++)";
    CHECK(refusal("1,5;2,5\n3,5;4,5\n") == comma);
    CHECK(refusal("a,b;c") == comma);
    CHECK(refusal("a;b\tc\n1;2\t3\n", {.decimal = ','}) ==
          "t.csv: the delimiter may be ';' or tab, which occur equally often in every row: give "
          "--delimiter (CsvOptions::delimiter in C++)");
}

TEST_CASE("csv: refuses a decimal point among decimal commas", "[tables][csv]") {
    const std::string finding =
        " has a decimal point, expected a decimal comma and no thousands separator (--decimal, "
        "CsvOptions::decimal in C++)";
    CHECK(refusal("a;b\n1,5;2\n1;1.500\n", {.decimal = ','}) ==
          "t.csv:3: column 2: \"1.500\"" + finding);
    CHECK(refusal("a\n\"\n-1.5 \"\n", {.decimal = ','}) ==
          "t.csv:2: column 1: \" -1.5 \"" + finding);
}

TEST_CASE("csv: refuses a blank line before the last row of several columns", "[tables][csv]") {
    const std::string blank = ": a blank line between the rows: remove it";
    CHECK(refusal("a,b\n\n1,2\n") == "t.csv:2" + blank);
    CHECK(refusal("a,b\n1,2\n\n\n1,2\n") == "t.csv:3" + blank);
    CHECK(refusal("\na,b\n1,2\n") == "t.csv:1" + blank);
    CHECK(refusal("a,b\r\r\n1,2\n") == "t.csv:2" + blank);
}

TEST_CASE("csv: refuses rows of different lengths", "[tables][csv]") {
    const std::string less = ": is a field or a quote missing?";
    CHECK(refusal("a,b,c\n1,2,3\n1,2\n") ==
          "t.csv:3: 2 fields separated by ',', the first row has 3" + less);
    CHECK(refusal("a,b\n1,\"\n\n\"\n1\n") ==
          "t.csv:5: 1 field separated by ',', the first row has 2" + less);
    CHECK(refusal("a,b\n1,2\n \n") ==
          "t.csv:3: 1 field separated by ',', the first row has 2" + less);
    CHECK(refusal("a\tb\n1\t2\n1\t2\t3\n") ==
          "t.csv:3: 3 fields separated by tab, the first row has 2" + less);
    const std::string more =
        ": is it a decimal comma? (--decimal , or CsvOptions::decimal in C++) A text with a comma "
        "must be in quotes";
    const std::string one_column =
        " (if the file has one column, choose a delimiter that does not occur in it: --delimiter, "
        "CsvOptions::delimiter in C++)";
    CHECK(refusal("a,b\n1,2,\n") ==
          "t.csv:2: 3 fields separated by ',', the first row has 2" + more);
    CHECK(refusal("height\n1,82\n") ==
          "t.csv:2: 2 fields separated by ',', the first row has 1" + more + one_column);
    CHECK(refusal("name\nSmith; John\n") ==
          "t.csv:2: 2 fields separated by ';', the first row has 1" + less + one_column);
}

TEST_CASE("csv: a refused row suggests another delimiter, or names a comment", "[tables][csv]") {
    const std::string semicolon =
        ": is the delimiter ';'? (--delimiter, CsvOptions::delimiter in C++)";
    CHECK(refusal("dish;height;weight\nmilk;1,5;2,5\n", {.delimiter = ','}) ==
          "t.csv:2: 3 fields separated by ',', the first row has 1" + semicolon);
    CHECK(refusal("Weights, in 2020\ndish;weight\nmilk;3\n") ==
          "t.csv:2: 1 field separated by ',', the first row has 2" + semicolon);
    const std::string comment = ": is the first line, which begins with '#', a comment? Remove it";
    for (const char* text : {"# weights\ndish;weight\nmilk;3\n", "#a,b,c\n1,2\n3,4\n"})
        CHECK(refusal(text).ends_with(comment));
}

TEST_CASE("csv: refuses quotes out of place", "[tables][csv]") {
    const std::string after =
        " is followed by text after its closing quote, expected ',' (--delimiter, "
        "CsvOptions::delimiter in C++)";
    CHECK(refusal("a,b\n1,\"x\"y\n") == "t.csv:2: column 2: \"x\"" + after);
    CHECK(refusal("a,b\n\"x\n\"\" \n\" ,1\n") == "t.csv:4: column 1: \"x \"  \"" + after);
    const std::string inside = " has a quote inside: put the field in quotes, and double the quote";
    CHECK(refusal("a,b\n1,x\"y\n") == "t.csv:2: column 2: \"x\"y\"" + inside);
    CHECK(refusal("a, \"b\"\n1,2\n") == "t.csv:1: column 2: \" \"b\"\"" + inside);
    const std::string never = " begins with a quote that is never closed";
    CHECK(refusal("a,b\n1,2\n3,\"4\n5,6\n7,8\n") == "t.csv:3: column 2: \"4 5,6 7,8 \"" + never);
    CHECK(refusal("a,b\n1,\"2\"\"") == "t.csv:2: column 2: \"2\"\"" + never);
    CHECK(refusal("\"") == "t.csv:1: column 1: \"\"" + never);
}

TEST_CASE("csv: names other formats that are taken for CSV", "[tables][csv]") {
    CHECK(refusal("\x1F\x8B\x08") ==
          "t.csv:1: the file is compressed, expected text: gzip -dk FILE");
    CHECK(
        refusal("PK\x03\x04\x14") ==
        "t.csv:1: the file is a ZIP archive, such as a spreadsheet, expected text: save the sheet "
        "as CSV");
    CHECK(refusal(std::string("\x50\0\0\0\0\0\0\0{\"W1\":", 13)) ==
          "t.csv:1: the file is a model in safetensors format, expected a CSV file: give the data "
          "in its place");
    CHECK(table_of("1,2.34,\"{\"\"a\"\": 1}\"\n5,6,b\n", {.header = Header::absent}).rows() == 2);
}

TEST_CASE("csv: refuses text that is not UTF-8", "[tables][csv]") {
    const std::string utf16 =
        "t.csv:1: the file is in UTF-16, expected UTF-8: convert the file: iconv -f utf-16 -t "
        "utf-8 FILE "
        "> utf8.csv";
    CHECK(refusal(std::string("\xFF\xFE"
                              "a\0",
                              4)) == utf16);
    CHECK(refusal(std::string("\xFE\xFF\0a", 4)) == utf16);
    const std::string nul =
        ": a NUL byte, as in UTF-16 or in a file that is not text, expected UTF-8: convert the "
        "file: iconv -f utf-16le -t utf-8 "
        "FILE > "
        "utf8.csv";
    CHECK(refusal(std::string("a,b\n1,2\r\n3,4\r\0", 14)) == "t.csv:4" + nul);
    CHECK(refusal(std::string("a\0,\0b\0", 6)) == "t.csv:1" + nul);
    CHECK(refusal(std::string("a,b\n1,\"\0\"\n", 10)) == "t.csv:2" + nul);
    const std::string cp1252 =
        " is in another encoding, expected UTF-8: convert the file: iconv -f cp1252 -t utf-8 FILE "
        "> "
        "utf8.csv";
    CHECK(refusal("gr\xF6\xDF"
                  "e,b\n1,2\n") == "t.csv:1: column 1: \"gr??e\"" + cp1252);
    CHECK(refusal("a,b\n\"x\ny\",\xC3\xA9\r\n1,\"a\n\"\"\xE9\"\n") ==
          "t.csv:4: column 2: \"a \"?\"" + cp1252);
    CHECK(refusal("a\n\xC3") == "t.csv:2: column 1: \"?\"" + cp1252);
}

TEST_CASE("csv: refuses more columns than its limit", "[tables][csv]") {
    const std::string most(99999, ',');
    CHECK(table_of(most + "\n" + most, with_header).columns() == 100000);
    const std::string limit =
        ": more than 100000 columns separated by ',', which is the limit (--delimiter, "
        "CsvOptions::delimiter in C++)";
    CHECK(refusal(most + ",\n") == "t.csv:1" + limit);
    CHECK(refusal("a,b\n1,2\n" + most + ",") == "t.csv:3" + limit);
}

TEST_CASE("csv: refuses a file without rows", "[tables][csv]") {
    for (const char* text : {"", "\n", "\r\n\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF\n"})
        CHECK(refusal(text) == "t.csv is empty");
    const std::string header_alone =
        "t.csv:1 names the columns, and no rows follow: if it is data, give --header no "
        "(CsvOptions::header in C++)";
    for (const char* text : {"a,b", "a,b\n", "a,b\n\n"}) CHECK(refusal(text) == header_alone);
    CHECK(refusal("1,2", with_header) == header_alone);
    CHECK(table_of("1,2").rows() == 1);
}

TEST_CASE("csv: a table does not need its file after reading", "[tables][csv]") {
    std::string text = "n,square\r\n";
    for (int n = 0; n < 20000; ++n)
        text += std::to_string(n) + ",\"" + std::to_string(n * n) + "\"\r\n";
    Table table;
    {
        const TemporaryFile file("csv_whole.csv", text);
        table = read_csv(file.path());
        CHECK(table.source == file.path().string());
        CHECK(read_csv(file.path().string(), {.header = Header::absent}).rows() == 20001);
    }
    REQUIRE(table.rows() == 20000);
    CHECK(table.cell(19999, 1) == "399960001");
    CHECK(table.line(19999) == 20001);
}

TEST_CASE("csv: refuses a file that cannot be opened or read, with the reason", "[tables][csv]") {
    const auto message = [](const std::filesystem::path& path) {
        return test::refusal([&] { read_csv(path); });
    };
    const auto reason = [](int error) { return std::generic_category().message(error); };
    const std::filesystem::path folder = std::filesystem::temp_directory_path();
    const std::filesystem::path none = folder / "twolayer_no_such_folder" / "t.csv";
    CHECK(message(folder) == folder.string() + " cannot be read: " + reason(EISDIR));
    CHECK(message(none) == none.string() + " cannot be opened: " + reason(ENOENT));
    CHECK(message("") == " cannot be opened: " + reason(ENOENT));
}

TEST_CASE("csv: refuses a stream that fails", "[tables][csv]") {
    struct Broken : std::streambuf {
        int_type underflow() override { throw std::runtime_error("the line is dead"); }
    };
    Broken buffer;
    std::istream broken(&buffer);
    CHECK_THROWS_WITH(read_csv(broken, "feed"), "feed cannot be read");
    std::istringstream failed("a,b\n1,2\n");
    failed.setstate(std::ios::failbit);
    CHECK_THROWS_WITH(read_csv(failed, "feed"), "feed cannot be read");
}
