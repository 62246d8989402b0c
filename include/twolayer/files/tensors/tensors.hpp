// SPDX-License-Identifier: MIT
// Converts tensors to the bytes of a safetensors file, whose header is JSON, and back.
#pragma once

#if !__has_include(<nlohmann/json.hpp>)
#error "files of tensors need <nlohmann/json.hpp>: the package nlohmann-json, version 3.11 or later"
#endif

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/files/bytes/encoding.hpp>
#include <twolayer/files/tensors/tensor_file.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer::detail {

/// Anything larger is not a file of a network, and its values would take many times its memory.
inline constexpr std::size_t max_json_bytes = std::size_t(1) << 20;

/// Reads a text as JSON. Throws only std::invalid_argument, with what the text is and what is
/// wrong.
inline nlohmann::json parse_json(std::string_view what, std::string_view text) {
    if (text.size() > max_json_bytes)
        fail(what, ": it has ", text.size(), " bytes, expected at most ", max_json_bytes);
    std::vector<std::set<std::string>> keys;  // of each object that is open
    using Event = nlohmann::json::parse_event_t;
    const auto check = [&](int, Event event, const nlohmann::json& value) {
        if (event == Event::object_start)
            keys.emplace_back();
        else if (event == Event::object_end)
            keys.pop_back();
        else if (event == Event::key && !keys.back().insert(value).second)
            fail(what, ": ", value.dump(), " occurs twice");
        return true;
    };
    // The parser would treat NUL as the end of the text.
    std::size_t wrong = text.find('\0') + 1;  // the first wrong byte, counted from 1
    try {
        if (wrong == 0)
            return nlohmann::json::parse(text, check);
    } catch (const nlohmann::json::parse_error& error) {
        wrong = error.byte;
    } catch (const nlohmann::json::out_of_range&) {
        fail(what, ": a number in it is too large for a double");
    }
    fail(what, ": it is not JSON in UTF-8, as its byte ", wrong, " shows");
}

/// A text, a list of texts or a list of lists as JSON. Throws std::invalid_argument if one is not
/// UTF-8.
inline std::string to_json(std::string_view text) {
    if (!is_utf8(text))
        fail("the text ", in_quotes(text), " is not UTF-8");
    return nlohmann::json(text).dump();
}
template <typename T>
std::string to_json(const std::vector<T>& values) {
    return json_list(values, [](const T& value) { return to_json(value); });
}

inline constexpr std::string_view metadata_key = "__metadata__";

/// The bytes of a safetensors file:
///
///     8 bytes           the length of the header, little-endian
///     the header        JSON, padded with blanks to a multiple of 8 bytes
///     the tensors       one after the other: those of 8 bytes a number, then those of 4
///
/// Throws std::invalid_argument for a name or a text that is not UTF-8, and for too many of them.
inline std::string tensor_file_bytes(const TensorFile& file) {
    std::string header = "{";
    const auto next = [&header](std::string_view name) {
        header += (header.ends_with('{') ? "" : ",") + to_json(name) + ":";
    };
    if (!file.metadata.empty()) {
        next(metadata_key);
        header += "{";
        for (const auto& [name, text] : file.metadata) {
            next(name);
            header += to_json(text);
        }
        header += "}";
    }
    std::string bytes;
    for (const std::uint64_t size : {8u, 4u})
        for (const auto& [name, tensor] : file.tensors) {
            if (bytes_of(tensor.type) != size)
                continue;
            next(name);
            header += R"({"dtype":")" + std::string(tensor.type) + R"(","shape":)" +
                      text_of(tensor.shape) + R"(,"data_offsets":[)" +
                      std::to_string(bytes.size()) + ",";
            bytes += tensor.bytes;
            header += std::to_string(bytes.size()) + "]}";
        }
    header += "}";
    header.resize((header.size() + 7) / 8 * 8, ' ');
    if (header.size() > max_json_bytes)
        fail("names and texts take ", header.size(), " bytes, expected at most ", max_json_bytes,
             ": leave columns of many categories out");
    std::string result;
    append_little_endian(result, std::uint64_t(header.size()));
    return result + header + bytes;
}

/// A file with more entries in its header is not that of a network.
inline constexpr std::size_t max_header_entries = 1000, max_dimensions = 8;

/// A tensor as described in the header; `data` follows the header.
inline Tensor read_tensor(const std::string& name, const nlohmann::json& value,
                          std::string_view data) {
    const auto refuse = [&](const auto&... parts) {
        fail("the header: ", in_quotes(name), parts...);
    };
    const auto numbers = [&](const char* field) {
        std::vector<Index> list;
        if (!value[field].is_array() || value[field].size() > max_dimensions)
            refuse(": ", in_quotes(field), " must be a list of at most ", max_dimensions,
                   " numbers");
        for (const auto& number : value[field]) {
            constexpr auto most = std::uint64_t((std::numeric_limits<Index>::max)());
            if (!number.is_number_unsigned() || number > most)
                refuse(": ", in_quotes(field), " holds ", number.dump(),
                       ", expected whole numbers from 0 to ", most);
            list.push_back(number);
        }
        return list;
    };
    if (value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
        !value.contains("data_offsets"))
        refuse(" needs dtype, shape and data_offsets, and nothing else");
    constexpr std::array types{f32, f64, i64, u64};
    const auto type = std::ranges::find(types, value["dtype"]);
    if (type == types.end())
        refuse(": \"dtype\" is ", value["dtype"].dump(), ", expected F32, F64, I64 or U64");
    const std::vector<Index> shape = numbers("shape"), offsets = numbers("data_offsets");
    if (offsets.size() != 2 || offsets[0] > offsets[1])
        refuse(": data_offsets are ", text_of(offsets),
               ", they must be where the bytes begin and end");
    const auto begin = std::uint64_t(offsets[0]), end = std::uint64_t(offsets[1]);
    if (tensor_bytes(*type, shape) != end - begin)
        refuse(": data_offsets leave ", end - begin, " bytes, which is not what ", *type,
               " of shape ", text_of(shape), " takes");
    if (end > data.size())
        refuse(": data_offsets end at ", end, ", ", data.size(),
               " bytes follow the header: the file was cut off");
    return {*type, shape, data.substr(std::size_t(begin), std::size_t(end - begin))};
}

/// Reads the JSON at the head of a safetensors file,
///
///     {"__metadata__": {"name": "text", ...},
///      "W1": {"dtype": "F64", "shape": [3, 5], "data_offsets": [0, 120]}, ...}
///
/// and nothing else.
inline void read_header(std::string_view text, std::string_view data, TensorFile& file) {
    const nlohmann::json header = parse_json("the header", text);
    for (const auto& [name, value] : header.items()) {
        if (!value.is_object())
            fail("the header: ", in_quotes(name), " is of type ", value.type_name(),
                 ", expected an object");
        if (name != metadata_key)
            file.tensors.emplace(name, read_tensor(name, value, data));
        else
            for (const auto& [key, entry] : value.items()) {
                if (!entry.is_string())
                    fail("the header: ", in_quotes(metadata_key), ": ", in_quotes(key),
                         " is of type ", entry.type_name(), ", expected a text");
                file.metadata.emplace(key, entry);
            }
        if (file.tensors.size() > max_header_entries || file.metadata.size() > max_header_entries)
            fail("the header: there are more than ", max_header_entries, " tensors or metadata");
    }
}

/// Parses the bytes of a file. Nothing in them is trusted, and the sizes that they state reserve no
/// memory. Throws std::invalid_argument with what is wrong.
inline TensorFile parse_tensor_file(std::string bytes) {
    const auto memory = std::make_shared<const std::string>(std::move(bytes));
    TensorFile file{.memory = {memory}};
    std::string_view rest = *memory;
    if (rest.size() < 8)
        fail("it has ", rest.size(), " bytes, a safetensors file begins with 8");
    const auto length = little_endian<std::uint64_t>(rest);
    rest.remove_prefix(8);
    if (!rest.empty() && !rest.starts_with('{'))
        fail("this is not a safetensors file, expected one that save() or train --save wrote");
    if (length > rest.size())
        fail("the header is said to have ", length, " bytes, ", rest.size(),
             " are there: this is a part of a safetensors file");
    const std::string_view text = rest.substr(0, std::size_t(length));
    rest.remove_prefix(std::size_t(length));
    if (!text.substr(0, text.find_last_not_of(' ') + 1).ends_with('}'))
        fail("the header must end with } and blanks");
    read_header(text, rest, file);

    std::vector<std::pair<const char*, std::size_t>> parts;
    for (const auto& [name, tensor] : file.tensors)
        parts.emplace_back(tensor.bytes.data(), tensor.bytes.size());
    std::ranges::sort(parts);
    const char* covered = rest.data();
    for (const auto& [begin, size] : parts) {
        if (begin != covered)
            fail("the data_offsets leave a hole or overlap: a tensor begins at ",
                 begin - rest.data(), ", the one before ends at ", covered - rest.data());
        covered += size;
    }
    if (const auto size = std::size_t(covered - rest.data()); size != rest.size())
        fail("the tensors take ", size, " bytes, ", rest.size(),
             " follow the header: something was added");
    return file;
}

}  // namespace twolayer::detail
