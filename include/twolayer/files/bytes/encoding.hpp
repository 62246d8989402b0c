// SPDX-License-Identifier: MIT
// How files encode numbers and texts, and the checksum that they carry.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace twolayer::detail {

/// An integer with as many bits as a number of type T.
template <typename T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

/// Appends the 4 or 8 bytes of a number, the lowest first, on every machine.
template <typename T>
void append_little_endian(std::string& bytes, T value) {
    const auto bits = std::bit_cast<BitsOf<T>>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i) bytes += static_cast<char>((bits >> 8 * i) & 0xFF);
}

/// Appends the numbers of a matrix, row by row.
template <typename T>
void append_little_endian(std::string& bytes, const MatrixView<const T>& A) {
    bytes.reserve(bytes.size() + std::size_t(A.size()) * sizeof(T));
    for (Index i = 0; i < A.rows; ++i)
        for (Index j = 0; j < A.cols; ++j) append_little_endian(bytes, A(i, j));
}

/// The number whose bytes begin here; all of them must exist.
template <typename T>
T little_endian(std::string_view bytes) {
    BitsOf<T> bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        bits |= BitsOf<T>(static_cast<unsigned char>(bytes[i])) << 8 * i;
    return std::bit_cast<T>(bits);
}

/// Whether these bytes are UTF-8 (RFC 3629): no code in more bytes than it needs, no surrogates,
/// none above U+10FFFF.
inline bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
        const unsigned first = byte(0);
        const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if (size > text.size() || (size > 1 && (first < 0xC2 || first > 0xF4)))
            return false;
        for (std::size_t i = 1; i < size; ++i)
            if ((byte(i) & 0xC0) != 0x80)
                return false;
        if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) ||
            (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F))
            return false;
        text.remove_prefix(size);
    }
    return true;
}

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
