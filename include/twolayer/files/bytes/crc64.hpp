// SPDX-License-Identifier: MIT
// The checksum that files of models carry.
#pragma once

#include <twolayer/files/bytes/little_endian.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace twolayer::detail {

/// CRC-64/XZ: polynomial 42f0e1eba9ea3693 of ECMA-182, reflected, all ones before and after.
/// Detects every burst of up to 64 bits, and any other change with probability 1 - 2^-64.
class Crc64 {
public:
    void add(std::string_view bytes) {
        for (const char byte : bytes)
            state_ = table[std::size_t((state_ ^ static_cast<unsigned char>(byte)) & 0xFF)] ^
                     (state_ >> 8);
    }

    /// Adds the length of a text in eight bytes, then the text.
    void add_text(std::string_view text) {
        std::string length;
        append_little_endian(length, std::uint64_t(text.size()));
        add(length);
        add(text);
    }

    std::uint64_t value() const { return ~state_; }

    /// The value as sixteen hexadecimal digits.
    std::string digits() const {
        std::string digits;
        for (int shift = 60; shift >= 0; shift -= 4)
            digits += "0123456789abcdef"[(value() >> shift) & 0xF];
        return digits;
    }

private:
    static constexpr std::array<std::uint64_t, 256> table = [] {
        std::array<std::uint64_t, 256> result{};
        for (std::size_t byte = 0; byte < 256; ++byte) {
            std::uint64_t rest = byte;
            for (int bit = 0; bit < 8; ++bit)
                rest = (rest >> 1) ^ (rest % 2 == 1 ? 0xC96C5795D7870F42u : 0u);
            result[byte] = rest;
        }
        return result;
    }();

    std::uint64_t state_ = ~std::uint64_t(0);
};

}  // namespace twolayer::detail
