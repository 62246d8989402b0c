// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace twolayer::detail {

/// The cyclic redundancy check CRC-64/XZ: polynomial 42f0e1eba9ea3693 of ECMA-182, bits reflected,
/// all ones before and after. It tells every change within 64 bits in a row, and any other but for
/// one in 2^64.
class Crc64 {
public:
    void add(std::string_view bytes) {
        for (const char byte : bytes)
            state_ = table[std::size_t((state_ ^ static_cast<unsigned char>(byte)) & 0xFF)] ^
                     (state_ >> 8);
    }

    std::uint64_t value() const { return ~state_; }

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
