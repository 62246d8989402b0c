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

constexpr CsvOptions with_header{.header = Header::present};

template <typename Exception = std::runtime_error>
std::string refusal(const std::string& text, const CsvOptions& options = {}) {
    return test::refusal<Exception>([&] { table_of(text, options); });
}

/// A file that is there as long as this object.
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
    CHECK(refusal("a,b,c,b\n1,2,3,4\n") == "t.csv:1: columns 2 and 4 are both named \"b\"");
    CHECK(refusal("a, a\n1,2\n") == "t.csv:1: columns 1 and 2 are both named \"a\"");
    CHECK(refusal("column 2,\n1,2\n") == "t.csv:1: columns 1 and 2 are both named \"column 2\"");
    CHECK(refusal("2,2\n1,2\n", with_header) == "t.csv:1: columns 1 and 2 are both named \"2\"");
}

TEST_CASE("csv: refuses a delimiter that cannot be one", "[tables][csv]") {
    for (const char delimiter : {'"', '\n', '\r', '\0', '\xA7'})
        CHECK(refusal<std::invalid_argument>("a,b\n1,2\n", {.delimiter = delimiter}) ==
              "the delimiter of a CSV file must be an ASCII character other than a quote, a line "
              "break "
              "and NUL");
}

TEST_CASE("csv: refuses a blank line before the last row of several columns", "[tables][csv]") {
    CHECK(refusal("a,b\n\n1,2\n") == "t.csv:2: a blank line between the rows");
    CHECK(refusal("a,b\n1,2\n\n\n1,2\n") == "t.csv:3: a blank line between the rows");
    CHECK(refusal("\na,b\n1,2\n") == "t.csv:1: a blank line between the rows");
    CHECK(refusal("a,b\r\r\n1,2\n") == "t.csv:2: a blank line between the rows");
}

TEST_CASE("csv: refuses rows of different lengths", "[tables][csv]") {
    CHECK(refusal("a,b,c\n1,2,3\n1,2\n") == "t.csv:3: 2 fields, the first row has 3");
    CHECK(refusal("a,b\n1,\"\n\n\"\n1\n") == "t.csv:5: 1 field, the first row has 2");
    CHECK(refusal("a,b\n1,2,\n") == "t.csv:2: 3 fields, the first row has 2");
    CHECK(refusal("a\n1,2\n") == "t.csv:2: 2 fields, the first row has 1");
    CHECK(refusal("a,b\n1,2\n \n") == "t.csv:3: 1 field, the first row has 2");
}

TEST_CASE("csv: refuses quotes out of place", "[tables][csv]") {
    CHECK(refusal("a,b\n1,\"x\"y\n") == "t.csv:2: column 2: text after the closing quote");
    CHECK(refusal("a,b\n\"x\n\"\" \n\" ,1\n") == "t.csv:4: column 1: text after the closing quote");
    CHECK(refusal("a,b\n1,x\"y\n") ==
          "t.csv:2: column 2: a quote inside a field that is not quoted");
    CHECK(refusal("a, \"b\"\n1,2\n") ==
          "t.csv:1: column 2: a quote inside a field that is not quoted");
    const std::string never = ": the quote that opens here is never closed";
    CHECK(refusal("a,b\n1,2\n3,\"4\n5,6\n7,8\n") == "t.csv:3: column 2" + never);
    CHECK(refusal("a,b\n1,\"2\"\"") == "t.csv:2: column 2" + never);
    CHECK(refusal("\"") == "t.csv:1: column 1" + never);
}

TEST_CASE("csv: refuses text that is not UTF-8", "[tables][csv]") {
    const std::string utf16 =
        ": the file is UTF-16, expected UTF-8: convert it, as by iconv -f utf-16 -t utf-8";
    CHECK(refusal(std::string("\xFF\xFE"
                              "a\0",
                              4)) == "t.csv:1" + utf16);
    CHECK(refusal(std::string("\xFE\xFF\0a", 4)) == "t.csv:1" + utf16);
    const std::string nul = ": a NUL byte, expected text in UTF-8";
    CHECK(refusal(std::string("a,b\n1,2\r\n3,4\r\0", 14)) == "t.csv:4" + nul);
    CHECK(refusal(std::string("a\0,\0b\0", 6)) == "t.csv:1" + nul);
    CHECK(refusal(std::string("a,b\n1,\"\0\"\n", 10)) == "t.csv:2" + nul);
    const std::string cp1252 = " is not UTF-8: convert the file, as by iconv -f cp1252 -t utf-8";
    CHECK(refusal("gr\xF6\xDF"
                  "e,b\n1,2\n") == "t.csv:1: column 1: \"gr??e\"" + cp1252);
    CHECK(refusal("a,b\n\"x\ny\",\xC3\xA9\r\n1,\"a\n\"\"\xE9\"\n") ==
          "t.csv:4: column 2: \"a \"?\"" + cp1252);
    CHECK(refusal("a\n\xC3") == "t.csv:2: column 1: \"?\"" + cp1252);
}

TEST_CASE("csv: refuses more columns than its limit", "[tables][csv]") {
    const std::string most(99999, ',');
    CHECK(table_of(most + "\n" + most, with_header).columns() == 100000);
    const std::string limit = ": more than 100000 columns, which is the limit";
    CHECK(refusal(most + ",\n") == "t.csv:1" + limit);
    CHECK(refusal("a,b\n1,2\n" + most + ",") == "t.csv:3" + limit);
}

TEST_CASE("csv: refuses a file without rows", "[tables][csv]") {
    for (const char* text : {"", "\n", "\r\n\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF\n"})
        CHECK(refusal(text) == "t.csv is empty");
    for (const char* text : {"a,b", "a,b\n", "a,b\n\n"})
        CHECK(refusal(text) == "t.csv has a header and no rows");
    CHECK(refusal("1,2", with_header) == "t.csv has a header and no rows");
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
