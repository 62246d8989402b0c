// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/files/little_endian.hpp>
#include <twolayer/io/json_reader.hpp>
#include <twolayer/io/tensor_file.hpp>
#include <twolayer/io/tensor_header.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer::detail {

/// The bytes of a safetensors file:
///
///     8 bytes           the length of the header, little-endian
///     the header        JSON, filled up with blanks to a multiple of 8 bytes
///     the tensors       one after the other: those of 8 bytes a number, then those of 4
///
/// Throws std::invalid_argument for a name or a text that is not UTF-8.
inline std::string tensor_file_bytes(const TensorFile& file) {
    std::string header = "{";
    const auto next = [&header](std::string_view name) {
        header += (header.ends_with('{') ? "" : ",") + json_text(name) + ":";
    };
    if (!file.metadata.empty()) {
        next(TensorHeader::metadata_key);
        header += "{";
        for (const auto& [name, text] : file.metadata) {
            next(name);
            header += json_text(text);
        }
        header += "}";
    }
    std::string bytes;
    for (const std::uint64_t size : {8u, 4u})
        for (const auto& [name, tensor] : file.tensors) {
            if (bytes_of(tensor.type) != size)
                continue;
            next(name);
            header += R"({"dtype":")" + std::string(name_of(tensor.type)) + R"(","shape":)" +
                      text_of(tensor.shape) + R"(,"data_offsets":[)" +
                      std::to_string(bytes.size()) + ",";
            bytes += tensor.bytes;
            header += std::to_string(bytes.size()) + "]}";
        }
    header += "}";
    header.resize((header.size() + 7) / 8 * 8, ' ');
    std::string result;
    append_little_endian(result, std::uint64_t(header.size()));
    return result + header + bytes;
}

/// The file of which these are the bytes. Nothing in them is trusted, and what they say of sizes
/// reserves no memory. Throws std::runtime_error with `source` and what is wrong.
inline TensorFile parse_tensor_file(const std::string& source, std::string bytes) {
    TensorFile file{.source = source};
    const auto memory = std::make_shared<const std::string>(std::move(bytes));
    std::string_view rest = *memory;
    if (rest.size() < 8)
        file.refuse("it has ", rest.size(), " bytes, a safetensors file begins with 8");
    const auto length = little_endian<std::uint64_t>(rest);
    rest.remove_prefix(8);
    if (length > rest.size())
        file.refuse("the header is said to have ", length, " bytes, ", rest.size(),
                    " are there: this is no safetensors file, or a part of one");
    const std::string_view text = rest.substr(0, std::size_t(length));
    rest.remove_prefix(std::size_t(length));
    if (!text.starts_with('{') || !text.substr(0, text.find_last_not_of(' ') + 1).ends_with('}'))
        file.refuse("the header must begin with { and end with } and blanks");
    TensorHeader header(source);
    read_json(text, header);

    std::vector<std::pair<std::uint64_t, std::uint64_t>> parts;
    for (const auto& [name, entry] : header.tensors) parts.emplace_back(entry.begin, entry.end);
    std::ranges::sort(parts);
    std::uint64_t covered = 0;
    for (const auto& [begin, end] : parts) {
        if (begin != covered)
            file.refuse("the data_offsets leave a hole or overlap: a tensor begins at ", begin,
                        ", the one before ends at ", covered);
        covered = end;
    }
    if (covered != rest.size())
        file.refuse("the tensors take ", covered, " bytes, ", rest.size(),
                    " follow the header: the file was cut off, or something was added");
    for (auto& [name, entry] : header.tensors)
        file.tensors[name] = {
            entry.type, std::move(entry.shape),
            rest.substr(std::size_t(entry.begin), std::size_t(entry.end - entry.begin))};
    file.metadata = std::move(header.metadata);
    file.memory = {memory};
    return file;
}

}  // namespace twolayer::detail
