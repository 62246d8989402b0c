// SPDX-License-Identifier: MIT
#include <twolayer/files/bytes/c_text.hpp>

#include <charconv>
#include <cmath>
#include <concepts>
#include <limits>
#include <string>
#include <system_error>

#include "catch.hpp"

using namespace twolayer;

TEMPLATE_TEST_CASE("c_text: numbers are read back to the last bit", "[files][c_text]", float,
                   double) {
    using Limits = std::numeric_limits<TestType>;
    const TestType third = TestType(1) / 3;
    for (const TestType x : {TestType(0), TestType(1), third, Limits::max(), Limits::min(),
                             Limits::denorm_min(), Limits::min() - 3 * Limits::denorm_min()})
        for (const TestType sign : {TestType(1), TestType(-1)}) {
            const std::string text = detail::c_number(sign * x);
            INFO(text);
            const std::size_t digits = text.find("0x") + 2;
            TestType back{};
            const auto [end, error] = std::from_chars(
                text.data() + digits, text.data() + text.size(), back, std::chars_format::hex);
            CHECK(error == std::errc{});
            CHECK(std::string(end) == (std::same_as<TestType, float> ? "f" : ""));
            CHECK(text.substr(0, digits) == (std::signbit(x * sign) ? "-0x" : "0x"));
            if (text.front() == '-')
                back = -back;
            CHECK(back == sign * x);
            CHECK(std::signbit(back) == std::signbit(sign * x));
        }
}
