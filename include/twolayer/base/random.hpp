// SPDX-License-Identifier: MIT
// Random numbers that are the same with every compiler.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>

#include <bit>
#include <concepts>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace twolayer {

/// A generator of whole words of 32 to 64 random bits: std::mt19937, std::mt19937_64, ...
///
/// The functions below compute their numbers from the top bits of its words by exact arithmetic
/// alone, so a seed yields the same numbers with every compiler. The distributions of the standard
/// library do not promise that.
template <typename T>
concept WordGenerator = std::invocable<T&> && std::unsigned_integral<std::invoke_result_t<T&>> &&
                        ((T::min)() == 0) && ((T::max)() >= 0xffff'ffffu) &&
                        ((std::uint64_t((T::max)()) & (std::uint64_t((T::max)()) + 1)) == 0);

namespace detail {

/// 53 random bits: the top 27 of one word, then the top 26 of another.
template <WordGenerator Generator>
std::uint64_t bits_53(Generator& generator) {
    constexpr int word = std::bit_width(std::uint64_t((Generator::max)()));
    const std::uint64_t high = std::uint64_t(generator()) >> (word - 27);
    return high << 26 | std::uint64_t(generator()) >> (word - 26);
}

}  // namespace detail

/// Uniform in [0, 1): a multiple of 2^-53, from two words.
template <WordGenerator Generator>
double uniform(Generator& generator) {
    return double(detail::bits_53(generator)) * 0x1p-53;
}

/// Uniform among 0, 1, ..., count - 1, without bias: numbers past the last whole multiple of
/// `count` are drawn again. Throws std::invalid_argument for a count below 1 or above 2^53.
template <WordGenerator Generator>
Index uniform_below(Generator& generator, Index count) {
    constexpr std::uint64_t range = std::uint64_t(1) << 53;
    const std::uint64_t n = std::uint64_t(count);
    if (n - 1 >= range)
        fail("a number below ", count, " was requested, expected a count from 1 to 2^53");
    for (;;) {
        const std::uint64_t number = detail::bits_53(generator);
        if (number < range - n || number < range - range % n)  // the first saves a division
            return Index(number % n);
    }
}

/// Shuffles the values; every order is equally likely (Fisher and Yates 1938).
template <WordGenerator Generator>
void shuffle(std::span<Index> values, Generator& generator) {
    for (std::size_t left = values.size(); left > 1; --left)
        std::swap(values[left - 1], values[std::size_t(uniform_below(generator, Index(left)))]);
}

}  // namespace twolayer
