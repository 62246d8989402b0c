// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "processors/unit.hpp"

namespace {

double norm(const std::vector<float>& values) {
    double sum = 0;
    for (const double value : values) sum += value * value;
    return std::sqrt(sum);
}

/// |a - b| / |b|
double relative_distance(const std::vector<float>& a, const std::vector<float>& b) {
    REQUIRE(a.size() == b.size());
    std::vector<float> gap(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) gap[i] = a[i] - b[i];
    return norm(gap) / norm(b);
}

}  // namespace

TEST_CASE("processors: units compiled for two processors work in one program", "[processors]") {
    const Unit a = unit_of_build(), b = unit_without_avx();
    INFO(a.target << " and " << b.target);
    CHECK(b.vector_bytes == 16);
    if (a.target == b.target)
        WARN("the build is for a processor without AVX itself");
    CHECK((a.multiply == b.multiply) == (a.target == b.target));

    // Each number is a sum of 301 terms: fewer than 301 roundings of mixed sign.
    const double allowed = 301 * double(std::numeric_limits<float>::epsilon());
    CHECK(relative_distance(b.own, a.own) < allowed);
    CHECK(relative_distance(a.shared, a.own) < allowed);
    CHECK(relative_distance(b.shared, a.own) < allowed);
}
