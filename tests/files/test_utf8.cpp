// SPDX-License-Identifier: MIT
#include <twolayer/files/bytes/encoding.hpp>

#include <string_view>

#include "catch.hpp"

using twolayer::detail::is_utf8;
using namespace std::string_view_literals;

TEST_CASE("utf8: accepts the first and last character of each length", "[files][utf8]") {
    CHECK(is_utf8(""));
    CHECK(is_utf8("\0\x7F"sv));
    CHECK(is_utf8("\xC2\x80 \xDF\xBF"));
    CHECK(is_utf8("\xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF"));
    CHECK(is_utf8("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"));
}

TEST_CASE("utf8: refuses invalid sequences", "[files][utf8]") {
    for (const auto text :
         {"\x80"sv, "\xBF"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xC2"sv, "\xC2x"sv, "\xC2\xC2"sv,
          "\xE0\x9F\xBF"sv, "\xED\xA0\x80"sv, "\xE1\x80"sv, "\xE1\x80x"sv, "\xF0\x8F\xBF\xBF"sv,
          "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "\xF0\x90\x80"sv, "\xFF"sv, "B\xF6hm"sv})
        CHECK_FALSE(is_utf8(text));
}
