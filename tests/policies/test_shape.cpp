// SPDX-License-Identifier: MIT
#include <twolayer/policies/shape.hpp>

#include <limits>
#include <stdexcept>

#include "catch.hpp"

using namespace twolayer;
using Catch::Matchers::EndsWith;

TEST_CASE("shape: counts the weights", "[policies][shape]") {
    STATIC_REQUIRE(Shape{2, 3, 4, false}.size() == 6 + 12);
    STATIC_REQUIRE(Shape{2, 3, 4}.size() == 6 + 3 + 12 + 4);
    STATIC_REQUIRE(Shape{1, 1, 1, false}.size() == 2);
}

TEST_CASE("shape: equal if all widths and the biases are", "[policies][shape]") {
    CHECK(Shape{2, 3, 4, false} == Shape{.inputs = 2, .hidden = 3, .outputs = 4, .biases = false});
    CHECK_FALSE(Shape{2, 3, 4, false} == Shape{2, 3, 4});
    CHECK_FALSE(Shape{2, 3, 4, false} == Shape{4, 3, 2, false});
}

TEST_CASE("shape: refuses more weights than can be counted", "[policies][shape]") {
    constexpr Index most = std::numeric_limits<Index>::max();
    for (const Shape shape : {Shape{most, 1, 1, false}, Shape{1, most, 1, false},
                              Shape{1, 1, most, false}, Shape{Index(1) << 32, Index(1) << 32, 1}}) {
        CHECK_THROWS_AS(detail::checked(shape), std::invalid_argument);
        CHECK_THROWS_WITH(detail::checked(shape), EndsWith("has more weights than fit"));
    }
    const Shape large{1 << 12, 1 << 12, 10};
    CHECK(&detail::checked(large) == &large);

    // The limit of M is max_entries / (D + K + 2).
    const Shape largest{1, detail::max_entries / 4, 1};
    CHECK(&detail::checked(largest) == &largest);
    CHECK_THROWS_AS(detail::checked({1, largest.hidden + 1, 1}), std::invalid_argument);
}
