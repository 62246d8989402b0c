// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

// The wire format of Protocol Buffers, of which ONNX is made: a message is a sequence of fields, a
// field a key, which says its number and its type, and a value, which is a whole number or bytes (a
// text, or a message again). Reference: protobuf.dev, Encoding.
namespace twolayer::detail {

enum class WireType : std::uint32_t { number = 0, bytes = 2 };

/// Seven bits a byte, the lowest first; the eighth says whether more follow.
inline void append_varint(std::string& message, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) message += static_cast<char>((value & 0x7F) | 0x80);
    message += static_cast<char>(value);
}

inline void append_key(std::string& message, std::uint32_t field, WireType type) {
    append_varint(message, field << 3 | static_cast<std::uint32_t>(type));
}

inline void append_number(std::string& message, std::uint32_t field, std::uint64_t value) {
    append_key(message, field, WireType::number);
    append_varint(message, value);
}

/// A field of bytes: a text, a message, numbers.
inline void append_bytes(std::string& message, std::uint32_t field, std::string_view bytes) {
    append_key(message, field, WireType::bytes);
    append_varint(message, bytes.size());
    message += bytes;
}

/// Takes the fields of a message one after the other, by next() and then number(), bytes() or
/// message(). It looks into bytes that must outlive it, copies nothing, and trusts nothing: what is
/// wrong is refused by a std::runtime_error with the source, and the byte of the file.
class ProtobufReader {
public:
    ProtobufReader(const std::string& source, std::string_view message, std::size_t begin = 0)
        : source_(source), rest_(message), end_(begin + message.size()) {}

    bool at_end() const { return rest_.empty(); }

    /// The number of the next field, whose value is to be taken then.
    std::uint32_t next() {
        place_ = place();
        const std::uint64_t key = varint();
        constexpr std::uint64_t most = (std::uint64_t(1) << 32) - 1;
        field_ = static_cast<std::uint32_t>(key >> 3);
        if (key > most || field_ == 0)
            refuse(
                "this key of a field is none of Protocol Buffers: this is no ONNX file, or it "
                "is damaged");
        type_ = static_cast<WireType>(key & 7);
        return field_;
    }

    std::uint64_t number() {
        check_type(WireType::number, "a number");
        return varint();
    }

    std::string_view bytes() {
        check_type(WireType::bytes, "bytes");
        const std::uint64_t size = varint();
        if (size > rest_.size())
            refuse("field ", field_, " is said to have ", size, " bytes, ", rest_.size(),
                   " are there: the file was cut off, or is damaged");
        const std::string_view value = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return value;
    }

    ProtobufReader message() {
        const std::string_view value = bytes();
        return {source_, value, place() - value.size()};
    }

    /// Refuses the file for the field that was taken last.
    template <typename... Parts>
    [[noreturn]] void refuse(const Parts&... parts) const {
        fail<std::runtime_error>(source_, ": byte ", place_, ": ", parts...);
    }

private:
    std::size_t place() const { return end_ - rest_.size(); }

    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (rest_.empty())
                refuse("a number is cut off by the end of what it is in");
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            if (shift == 63 && byte > 1)
                break;
            value |= std::uint64_t(byte & 0x7F) << shift;
            if (byte < 0x80)
                return value;
        }
        refuse("a number has more than 64 bits");
    }

    void check_type(WireType wanted, std::string_view what) const {
        if (type_ != wanted)
            refuse("field ", field_, " must be ", what, ", its type is ",
                   static_cast<std::uint32_t>(type_));
    }

    const std::string& source_;
    std::string_view rest_;
    std::size_t end_;        ///< in the file
    std::size_t place_ = 0;  ///< of the field that was taken last
    std::uint32_t field_ = 0;
    WireType type_ = WireType::number;
};

}  // namespace twolayer::detail
