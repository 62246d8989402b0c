// SPDX-License-Identifier: MIT
//
// The tests run in the locale that the environment asks for, as many programs of users do.

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
        std::locale::global(std::locale(""));  // of C as well
        return true;
    } catch (const std::runtime_error&) {
        return false;  // there is no such locale
    }
}();

}  // namespace

TEST_CASE("locale: the German locale writes a decimal comma", "[support][locale]") {
    const char* const all = std::getenv("LC_ALL");
    if (all == nullptr || std::string(all) != "de_DE.UTF-8") {
        SUCCEED("another locale is asked for");
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
