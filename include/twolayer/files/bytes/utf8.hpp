// SPDX-License-Identifier: MIT
// Checks whether text is UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace twolayer::detail {

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

}  // namespace twolayer::detail
