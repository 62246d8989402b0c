// SPDX-License-Identifier: MIT
#include <twolayer/base/error.hpp>

#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

#include "catch.hpp"

using namespace twolayer;
using Catch::Matchers::Equals;

TEST_CASE("error: the message concatenates its parts", "[base][error]") {
    const long count = -12;
    CHECK_THROWS_WITH(fail("X is ", 10, " x ", count, ", not ", std::string("4"),
                           std::string_view(" rows "), std::size_t(3)),
                      Equals("X is 10 x -12, not 4 rows 3"));
    CHECK_THROWS_WITH(fail("the weight is ", -0.5, " or ", 0.1f),
                      Equals("the weight is -0.5 or 0.1"));
    CHECK_THROWS_WITH(fail(std::numeric_limits<double>::quiet_NaN(), " and ",
                           std::numeric_limits<double>::infinity()),
                      Equals("nan and inf"));
    CHECK_THROWS_WITH(fail(std::numeric_limits<long long>::min()), Equals("-9223372036854775808"));
    CHECK_THROWS_WITH(fail(std::numeric_limits<long long>::max()), Equals("9223372036854775807"));
    CHECK_THROWS_WITH(fail(-2.2250738585072014e-308), Equals("-2.2250738585072014e-308"));
}

TEST_CASE("error: invalid arguments and failed work throw different exceptions", "[base][error]") {
    CHECK_THROWS_AS(fail("wrong use"), std::invalid_argument);
    CHECK_THROWS_AS(fail<std::runtime_error>("failed work"), std::runtime_error);
}

TEST_CASE("error: a value without a decimal form still gets a message", "[base][error]") {
    struct Opaque {};
    CHECK_THROWS_WITH(fail("the weight is ", Opaque{}),
                      Equals("the weight is (a value without decimal form)"));
}
