// SPDX-License-Identifier: MIT
#include <twolayer/base/types.hpp>

#include <complex>
#include <string>

#include "catch.hpp"
#include "support/dual.hpp"

using namespace twolayer;

TEST_CASE("types: a real number type has an exponential and an order", "[base][types]") {
    STATIC_REQUIRE((Real<float> && Real<double> && Real<long double>));
    STATIC_REQUIRE(Real<test::Dual>);
    STATIC_REQUIRE_FALSE((Real<int> || Real<long> || Real<unsigned char> || Real<bool>));
    STATIC_REQUIRE_FALSE((Real<std::complex<double>> || Real<std::complex<float>>));
    STATIC_REQUIRE_FALSE((Real<std::string> || Real<double*> || Real<Matrix<double>>));
    STATIC_REQUIRE_FALSE((Real<void> || Real<double&>));
}

TEST_CASE("types: floats are summed in double, other types in their own precision",
          "[base][types]") {
    STATIC_REQUIRE(std::same_as<Accumulator<float>, double>);
    STATIC_REQUIRE(std::same_as<Accumulator<double>, double>);
    STATIC_REQUIRE(std::same_as<Accumulator<long double>, long double>);
    STATIC_REQUIRE(std::same_as<Accumulator<test::Dual>, test::Dual>);
}
