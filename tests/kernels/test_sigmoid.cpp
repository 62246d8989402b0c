// SPDX-License-Identifier: MIT
#include <twolayer/kernels/elementwise.hpp>

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "catch.hpp"

using namespace twolayer;

TEMPLATE_TEST_CASE("sigmoid: value and complement keep their digits", "[kernels][sigmoid]", float,
                   double) {
    using std::abs, std::exp;
    const TestType eps = std::numeric_limits<TestType>::epsilon();
    // 19 values: more than the widest vector holds, and no multiple of its size.
    const std::vector<TestType> values{0,   0.5, -0.5, 1,  -3,    10, -15, 20,     -30, 40,
                                       -80, 80,  2,    -2, 0.125, 5,  -7,  -0.125, 12};
    std::vector<TestType> Z(values.size()), one_minus_Z(values.size());
    kernels::sigmoid_all<TestType>(values, Z, one_minus_Z);

    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto x = static_cast<long double>(values[i]);
        const auto value = TestType(1 / (1 + exp(-x))), complement = TestType(1 / (1 + exp(x)));
        const auto pair = sigmoid(values[i]);
        INFO("x = " << values[i]);
        // exp to two units in the last place, then a sum and a quotient.
        CHECK(abs(pair.value - value) <= 4 * eps * value);
        CHECK(abs(pair.one_minus_value - complement) <= 4 * eps * complement);
        CHECK(abs(Z[i] - value) <= 4 * eps * value);
        CHECK(abs(one_minus_Z[i] - complement) <= 4 * eps * complement);
    }
}

TEMPLATE_TEST_CASE("sigmoid: takes any number of values and writes nothing after them",
                   "[kernels][sigmoid]", float, double) {
    const TestType eps = std::numeric_limits<TestType>::epsilon();
    for (std::size_t size = 0; size <= 40; ++size) {
        std::vector<TestType> values(size + 8);
        for (std::size_t i = 0; i < size; ++i) values[i] = TestType(i) / 4 - 3;
        std::vector<TestType> Z(size + 8, 7), one_minus_Z(size + 8, 7);
        kernels::sigmoid_all<TestType>(std::span(values).first(size), Z, one_minus_Z);
        for (std::size_t i = 0; i < size; ++i) {
            const auto pair = sigmoid(values[i]);
            REQUIRE(std::abs(Z[i] - pair.value) <= 4 * eps * pair.value);
            REQUIRE(std::abs(one_minus_Z[i] - pair.one_minus_value) <= 4 * eps);
        }
        for (std::size_t i = size; i < size + 8; ++i) REQUIRE((Z[i] == 7 && one_minus_Z[i] == 7));
    }
}

TEMPLATE_TEST_CASE("sigmoid: works in place, up to the next multiple of four", "[kernels][sigmoid]",
                   float, double) {
    const TestType eps = std::numeric_limits<TestType>::epsilon();
    for (std::size_t size = 0; size <= 40; ++size) {
        std::vector<TestType> values(size + 40, 7);
        for (std::size_t i = 0; i < size; ++i) values[i] = TestType(i) / 4 - 3;
        kernels::sigmoid_in_place(values.data(), Index(size));
        for (std::size_t i = 0; i < size; ++i) {
            const TestType expected = sigmoid(TestType(i) / 4 - 3).value;
            REQUIRE(std::abs(values[i] - expected) <= 4 * eps * expected);
        }
        for (std::size_t i = (size + 3) / 4 * 4; i < values.size(); ++i) REQUIRE(values[i] == 7);
    }
}

TEST_CASE("sigmoid: known values", "[kernels][sigmoid]") {
    CHECK(sigmoid(0.0).value == 0.5);
    CHECK(sigmoid(0.0).one_minus_value == 0.5);
    CHECK(std::abs(sigmoid(std::log(3.0)).value - 0.75) < 1e-16);
    CHECK(std::abs(sigmoid(std::log(3.0)).one_minus_value - 0.25) < 1e-16);
}

TEMPLATE_TEST_CASE("sigmoid: the complement is the value of the negated argument",
                   "[kernels][sigmoid]", float, double) {
    for (int i = -100; i <= 100; ++i) {
        const TestType x = TestType(i) / 3;
        REQUIRE(sigmoid(x).one_minus_value == sigmoid(-x).value);
        REQUIRE(std::abs(sigmoid(x).value + sigmoid(x).one_minus_value - 1) <=
                std::numeric_limits<TestType>::epsilon());
    }
}

TEMPLATE_TEST_CASE("sigmoid: nothing overflows", "[kernels][sigmoid]", float, double) {
    const TestType infinity = std::numeric_limits<TestType>::infinity();
    for (const TestType x : {TestType(800), std::numeric_limits<TestType>::max(), infinity}) {
        CHECK(sigmoid(x).value == 1);
        CHECK(sigmoid(x).one_minus_value == 0);
        CHECK(sigmoid(-x).value == 0);
        CHECK(sigmoid(-x).one_minus_value == 1);
    }
    const TestType nan = std::numeric_limits<TestType>::quiet_NaN();
    CHECK(std::isnan(sigmoid(nan).value));
    TestType value, complement;
    kernels::sigmoid_all<TestType>({&nan, 1}, {&value, 1}, {&complement, 1});
    CHECK(std::isnan(value));
    CHECK(std::isnan(complement));
}
