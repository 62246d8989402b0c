// SPDX-License-Identifier: MIT
// Writes the wire format of Protocol Buffers, which ONNX files use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// A message is a sequence of fields. A field is a key, with its number and its type, and a value: a
// whole number or bytes, which are text or another message. Reference: protobuf.dev, Encoding.
namespace twolayer::detail {

/// Seven bits a byte, the lowest first; the eighth says whether more follow.
inline void append_varint(std::string& message, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) message += static_cast<char>((value & 0x7F) | 0x80);
    message += static_cast<char>(value);
}

/// A field of type 0.
inline void append_number(std::string& message, std::uint32_t field, std::uint64_t value) {
    append_varint(message, field << 3);
    append_varint(message, value);
}

/// A field of type 2.
inline void append_bytes(std::string& message, std::uint32_t field, std::string_view bytes) {
    append_varint(message, field << 3 | 2);
    append_varint(message, bytes.size());
    message += bytes;
}

}  // namespace twolayer::detail
