// SPDX-License-Identifier: MIT
#include <twolayer/base/random.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

#include "catch.hpp"

using namespace twolayer;

static_assert(WordGenerator<std::mt19937> && WordGenerator<std::mt19937_64>);
static_assert(WordGenerator<std::ranlux48_base>);
static_assert(!WordGenerator<std::minstd_rand> && !WordGenerator<std::ranlux24_base>);
static_assert(!WordGenerator<int>);

TEST_CASE("random: a seed gives the same numbers everywhere", "[base][random]") {
    // [rand.predef] specifies the 10 000th word of each Mersenne Twister. From 32-bit words,
    // genrand_res53 of Matsumoto and Nishimura makes these numbers, as does numpy's
    // RandomState(1).random_sample(). Those from 64-bit words were computed without this code.
    std::mt19937 one(1), twenty(20);
    for (const double expected :
         {0x1.ab07d0ffa3c06p-2, 0x1.70ce5f3baf051p-1, 0x1.dfb906661c000p-14, 0x1.3596ab7fe08f4p-2})
        CHECK(uniform(one) == expected);
    for (const double expected :
         {0x1.2d1f7af8cb5a7p-1, 0x1.cba1223d15173p-1, 0x1.c876b73cf21f3p-1, 0x1.a1b57327c6796p-1})
        CHECK(uniform(twenty) == expected);

    std::mt19937_64 wide_one(1), wide_twenty(20);
    for (const double expected :
         {0x1.122dea22eb924p-3, 0x1.ce0b4782b0ec0p-2, 0x1.6751d5f4a7616p-2, 0x1.e20cd88986c26p-2})
        CHECK(uniform(wide_one) == expected);
    for (const double expected :
         {0x1.6e6ab7ba282b6p-1, 0x1.982dec0d7d153p-1, 0x1.a2e17fbfa1c79p-1, 0x1.8796a99876b72p-2})
        CHECK(uniform(wide_twenty) == expected);
}

TEST_CASE("random: a seed gives the same integers and permutations everywhere", "[base][random]") {
    std::mt19937 generator(3);
    const std::vector<Index> dice{2, 0, 3, 2, 4, 5, 2, 2, 0, 4, 3, 0, 0, 1, 3, 0, 0, 1, 3, 3};
    for (const Index expected : dice) CHECK(uniform_below(generator, 6) == expected);

    std::vector<Index> order(10);
    std::iota(order.begin(), order.end(), 0);
    generator.seed(3);
    shuffle(order, generator);
    CHECK(order == std::vector<Index>{1, 5, 3, 2, 0, 4, 9, 7, 6, 8});
}

TEST_CASE("random: uniform numbers fill the unit interval evenly", "[base][random]") {
    std::mt19937 generator(11);
    constexpr int N = 100000;
    double sum = 0, squares = 0, least = 1, largest = 0;
    for (int i = 0; i < N; ++i) {
        const double u = uniform(generator);
        sum += u;
        squares += u * u;
        least = std::min(least, u);
        largest = std::max(largest, u);
    }
    // Mean 1/2, mean square 1/3; variances 1/12 and 4/45; five standard deviations.
    CHECK(std::abs(sum / N - 1.0 / 2) < 5 * std::sqrt(1.0 / 12 / N));
    CHECK(std::abs(squares / N - 1.0 / 3) < 5 * std::sqrt(4.0 / 45 / N));
    CHECK(least >= 0);
    CHECK(largest < 1);
    CHECK(largest - least > 0.999);  // no number within 5e-4 of an end: probability e^-50
}

TEST_CASE("random: all integers are equally likely", "[base][random]") {
    std::mt19937_64 generator(12);
    const Index count = GENERATE(1, 2, 7, 10);
    constexpr int N = 70000;
    std::vector<double> seen(std::size_t(count), 0.0);
    for (int i = 0; i < N; ++i) {
        const Index drawn = uniform_below(generator, count);
        REQUIRE((drawn >= 0 && drawn < count));
        ++seen[std::size_t(drawn)];
    }
    double chi_squared = 0;
    const double expected = double(N) / double(count);
    for (const double n : seen) chi_squared += (n - expected) * (n - expected) / expected;
    // Mean count - 1, variance 2 (count - 1): five standard deviations.
    INFO("chi squared " << chi_squared);
    CHECK(chi_squared <= double(count - 1) + 5 * std::sqrt(2 * double(count - 1)));
}

namespace {

/// A generator that returns the given words.
struct Words {
    using result_type = std::uint32_t;
    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return 0xffff'ffffu; }
    std::vector<result_type> words;
    std::size_t next = 0;
    result_type operator()() { return words.at(next++); }
};

}  // namespace

TEST_CASE("random: numbers beyond the last whole multiple are drawn again", "[base][random]") {
    // 2^53 - 1 and 2^53 - 2 are beyond the largest multiple of 3 * 2^51; 5 * 2^26 is not.
    const std::uint32_t ones = 0xffff'ffffu;
    Words generator{{ones, ones, ones, ones - 64, 5 << 5, 0}};
    CHECK(uniform_below(generator, Index(3) << 51) == Index(5) << 26);
    CHECK(generator.next == 6);

    // 2^52 is below that multiple. The multiple itself is drawn again.
    Words middle{{1u << 31, 0, 3u << 30, 0, 5 << 5, 0}};
    CHECK(uniform_below(middle, Index(3) << 51) == Index(1) << 52);
    CHECK(middle.next == 2);
    CHECK(uniform_below(middle, Index(3) << 51) == Index(5) << 26);

    Words last{{ones, ones}};
    CHECK(uniform(last) == 1 - 0x1p-53);
}

TEST_CASE("random: refuses counts that are not positive or too large", "[base][random]") {
    Words no_words;
    using Limits = std::numeric_limits<Index>;
    for (const Index count :
         {Limits::min(), Index(-1), Index(0), (Index(1) << 53) + 1, Limits::max()})
        CHECK_THROWS_AS(uniform_below(no_words, count), std::invalid_argument);
    std::mt19937 generator(1);
    CHECK(uniform_below(generator, 1) == 0);
    CHECK(uniform_below(generator, Index(1) << 53) >= 0);
}

TEST_CASE("random: a shuffle draws every permutation with equal probability", "[base][random]") {
    std::mt19937 generator(13);
    std::map<std::array<Index, 4>, int> seen;
    constexpr int N = 24000;
    for (int i = 0; i < N; ++i) {
        std::array<Index, 4> values{10, 20, 30, 40};
        shuffle(values, generator);
        ++seen[values];
        REQUIRE(std::ranges::is_permutation(values, std::array<Index, 4>{10, 20, 30, 40}));
    }
    CHECK(seen.size() == 24);
    double chi_squared = 0;
    for (const auto& [order, n] : seen) chi_squared += (n - 1000.0) * (n - 1000.0) / 1000.0;
    INFO("chi squared " << chi_squared);
    CHECK(chi_squared < 23 + 5 * std::sqrt(2 * 23.0));

    Words no_words;
    std::vector<Index> none, one{5};
    shuffle(none, no_words);
    shuffle(one, no_words);
    CHECK((none.empty() && one == std::vector<Index>{5}));
}
