// SPDX-License-Identifier: MIT
// The contents of a file of tensors, with their checksum.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/files/bytes/encoding.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer::detail {

/// The names of the types of numbers in safetensors.
inline constexpr std::string_view f32 = "F32", f64 = "F64", i64 = "I64", u64 = "U64";

/// The type of numbers in a tensor of T.
template <typename T>
inline constexpr std::string_view tensor_type = std::same_as<T, float>          ? f32
                                                : std::same_as<T, double>       ? f64
                                                : std::same_as<T, std::int64_t> ? i64
                                                                                : u64;

/// The number of bytes of one number.
constexpr std::uint64_t bytes_of(std::string_view type) {
    return type == f32 ? 4 : 8;
}

/// The number of bytes of a tensor of this shape; none if it exceeds the range of Index.
inline std::optional<std::uint64_t> tensor_bytes(std::string_view type,
                                                 const std::vector<Index>& shape) {
    constexpr auto most = std::uint64_t((std::numeric_limits<Index>::max)());
    std::uint64_t bytes = bytes_of(type);
    for (const Index length : shape) {
        if (length > 0 && bytes > most / std::uint64_t(length))
            return std::nullopt;
        bytes *= std::uint64_t(length);
    }
    return bytes;
}

/// A list in JSON of what to_text() makes of each value.
template <typename Values, typename ToText>
std::string json_list(const Values& values, ToText to_text) {
    std::string list;
    for (const auto& value : values) {
        list += list.empty() ? '[' : ',';
        list += to_text(value);
    }
    return list.empty() ? "[]" : list + ']';
}

/// A shape as in JSON.
inline std::string text_of(const std::vector<Index>& shape) {
    return json_list(shape, [](Index length) { return std::to_string(length); });
}

/// One tensor of a file: its numbers are little-endian, and the last index varies fastest.
struct Tensor {
    std::string_view type;
    std::vector<Index> shape;
    std::string_view bytes;

    Index size() const { return Index(bytes.size() / bytes_of(type)); }

    /// The number at this position; T must be the type of the tensor.
    template <typename T>
    T at(Index i) const {
        return little_endian<T>(bytes.substr(std::size_t(i) * sizeof(T)));
    }
};

/// The contents of a file of tensors: tensors and texts, each with a name. Functions that read them
/// throw std::invalid_argument for what is missing or different.
///
/// The bytes of the tensors are views into `memory`, which copies share.
struct TensorFile {
    std::map<std::string, Tensor, std::less<>> tensors = {};
    std::map<std::string, std::string, std::less<>> metadata = {};
    std::vector<std::shared_ptr<const std::string>> memory = {};

    /// The names of the metadata that the checksum does not cover: itself, and free text.
    static constexpr std::string_view crc_key = "crc64", comment_key = "comment";

    /// Adds a tensor of this shape from a range of numbers. Throws std::invalid_argument if their
    /// number does not match the shape.
    template <typename T, typename Range>
    void add(std::string_view name, const std::vector<Index>& shape, const Range& numbers) {
        std::string bytes;
        for (const auto& number : numbers) append_little_endian(bytes, T(number));
        add_bytes<T>(name, shape, std::move(bytes));
    }

    /// Adds a tensor of this shape from a matrix, row by row.
    template <typename T>
    void add(std::string_view name, const std::vector<Index>& shape,
             const MatrixView<const T>& numbers) {
        std::string bytes;
        append_little_endian(bytes, numbers);
        add_bytes<T>(name, shape, std::move(bytes));
    }

    const Tensor& tensor(std::string_view name) const {
        const auto found = tensors.find(name);
        if (found == tensors.end())
            fail("there is no tensor ", in_quotes(name));
        return found->second;
    }

    /// The same. Rejects a different type or shape; `reason` is why these are expected.
    const Tensor& tensor(std::string_view name, std::string_view type,
                         const std::vector<Index>& shape, std::string_view reason = "") const {
        const Tensor& found = tensor(name);
        if (found.type != type || found.shape != shape)
            fail("the tensor ", in_quotes(name), " is ", found.type, " ", text_of(found.shape),
                 ", expected ", reason, type, " ", text_of(shape));
        return found;
    }

    /// The numbers of a tensor. Rejects one that does not exist, or has a different type or shape.
    template <typename T>
    std::vector<T> numbers(std::string_view name, const std::vector<Index>& shape) const {
        const Tensor& found = tensor(name, tensor_type<T>, shape);
        std::vector<T> result(std::size_t(found.size()));
        for (std::size_t i = 0; i < result.size(); ++i) result[i] = found.at<T>(Index(i));
        return result;
    }

    std::string text(std::string_view name) const {
        if (!metadata.contains(name))
            fail("the metadata have no ", in_quotes(name));
        return text_or_empty(name);
    }

    std::string text_or_empty(std::string_view name) const {
        const auto found = metadata.find(name);
        return found == metadata.end() ? "" : found->second;
    }

    /// Adds the checksum to the metadata, after everything else.
    void seal() { metadata[std::string(crc_key)] = crc(); }

    /// Rejects a file whose contents do not match its checksum.
    void check_seal() const {
        const std::string found = text(crc_key);
        if (const std::string expected = crc(); found != expected)
            fail("the file is damaged: its checksum is ", in_quotes(found),
                 ", that of its contents is ", in_quotes(expected));
    }

    /// Covers names and texts of the metadata, and names, types, shapes and bytes of the tensors,
    /// in the order of their names.
    std::string crc() const {
        Crc64 crc;
        for (const auto& [name, text] : metadata) {
            if (name == crc_key || name == comment_key)
                continue;
            crc.add_text(name);
            crc.add_text(text);
        }
        for (const auto& [name, tensor] : tensors) {
            crc.add_text(name);
            crc.add_text(tensor.type);
            crc.add_text(text_of(tensor.shape));
            crc.add_text(tensor.bytes);
        }
        return crc.digits();
    }

private:
    template <typename T>
    void add_bytes(std::string_view name, const std::vector<Index>& shape, std::string numbers) {
        if (numbers.size() != tensor_bytes(tensor_type<T>, shape))
            fail("the tensor ", in_quotes(name), " has ", numbers.size() / sizeof(T),
                 " numbers, its shape is ", text_of(shape));
        memory.push_back(std::make_shared<const std::string>(std::move(numbers)));
        tensors.insert_or_assign(std::string(name), Tensor{tensor_type<T>, shape, *memory.back()});
    }
};

}  // namespace twolayer::detail
