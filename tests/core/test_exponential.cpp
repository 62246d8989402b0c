// SPDX-License-Identifier: MIT
#include <twolayer/core/kernels/elementwise.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"

using namespace twolayer;

TEMPLATE_TEST_CASE("exponential: within two units in the last place of e^x", "[core][exponential]",
                   float, double) {
    using Scalar = TestType;
    constexpr int count = 100'003;  // not whole vectors
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

TEMPLATE_TEST_CASE("exponential: one of 0, 0 where it would be no normal number, NaN of NaN",
                   "[core][exponential]", float, double) {
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
