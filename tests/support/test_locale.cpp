// SPDX-License-Identifier: MIT
//
// The tests run in the locale of the environment, like many programs of users.

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <locale>
#include <sstream>
#include <stdexcept>
#include <string>

#include "catch.hpp"

namespace {

const bool asked_for = [] {
    try {
        std::locale::global(std::locale(""));  // also sets the locale of C
        return true;
    } catch (const std::runtime_error&) {
        return false;  // the locale is not installed
    }
}();

}  // namespace

TEST_CASE("locale: the German locale writes a decimal comma", "[support][locale]") {
    const char* const all = std::getenv("LC_ALL");
    if (all == nullptr || std::string(all) != "de_DE.UTF-8") {
        SUCCEED("the environment sets a different locale");
        return;
    }
    REQUIRE(asked_for);
    char text[8];
    std::snprintf(text, sizeof text, "%.1f", 1.5);
    CHECK(text == std::string("1,5"));
    std::ostringstream out;
    out << 1234.5;
    CHECK(out.str() == "1.234,5");
}
