// SPDX-License-Identifier: MIT
// Writes and reads numbers as little-endian bytes, on every machine.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>

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

}  // namespace twolayer::detail
