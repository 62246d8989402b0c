// SPDX-License-Identifier: MIT
#include <twolayer/kernels/elementwise.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"

using namespace twolayer;

TEMPLATE_TEST_CASE("exponential: errs by less than two units in the last place",
                   "[kernels][exponential][not_valgrind]", float, double) {
    using Scalar = TestType;
    constexpr int count = 100'003;  // not a multiple of a vector's size
    const Scalar least = std::log(std::numeric_limits<Scalar>::min());
    std::vector<Scalar> x(count), e;
    for (int i = 0; i < count; ++i) x[std::size_t(i)] = least * Scalar(i) / Scalar(count);
    e = x;
    kernels::exp_all(e.data(), count);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const long double exact = std::exp(static_cast<long double>(x[i]));
        INFO("x = " << x[i]);
        REQUIRE(std::abs(e[i] - exact) < 2 * std::numeric_limits<Scalar>::epsilon() * exact);
    }
}

TEMPLATE_TEST_CASE("exponential: takes any number of values and writes nothing after them",
                   "[kernels][exponential][not_valgrind]", float, double, long double) {
    using Scalar = TestType;
    const Scalar allowed = 8 * std::numeric_limits<Scalar>::epsilon();
    for (std::size_t size = 0; size <= 40; ++size) {
        std::vector<Scalar> e(size + 8, 7), logs = e;
        for (std::size_t i = 0; i < size; ++i) {
            e[i] = -Scalar(i) / 4;
            logs[i] = Scalar(i + 1) / 4;
        }
        kernels::exp_all(e.data(), Index(size));
        kernels::log1p_all(logs.data(), Index(size));
        for (std::size_t i = 0; i < size; ++i) {
            const Scalar x = Scalar(i) / 4, y = Scalar(i + 1) / 4;
            REQUIRE(std::abs(e[i] - std::exp(-x)) <= allowed * std::exp(-x));
            REQUIRE(std::abs(logs[i] - std::log1p(y)) <= allowed * std::log1p(y));
        }
        for (std::size_t i = size; i < size + 8; ++i) REQUIRE((e[i] == 7 && logs[i] == 7));
    }
}

TEMPLATE_TEST_CASE("exponential: is 1 at 0, 0 below the normal numbers, NaN at NaN",
                   "[kernels][exponential][not_valgrind]", float, double) {
    using Scalar = TestType;
    using Limits = std::numeric_limits<Scalar>;
    const Scalar least = std::log(Limits::min());
    std::vector<Scalar> x{0,
                          -Scalar(0),
                          Limits::quiet_NaN(),
                          -Limits::infinity(),
                          Limits::lowest(),
                          least * (1 + 4 * Limits::epsilon())};
    kernels::exp_all(x.data(), Index(x.size()));
    CHECK(x[0] == 1);
    CHECK(x[1] == 1);
    CHECK(std::isnan(x[2]));
    CHECK(x[3] == 0);
    CHECK(x[4] == 0);
    CHECK(x[5] == 0);
}
