// SPDX-License-Identifier: MIT
// Converts tensors to the bytes of a safetensors file, whose header is JSON, and back.
#pragma once

#if !__has_include(<nlohmann/json.hpp>)
#error "files of tensors need <nlohmann/json.hpp>: the package nlohmann-json, version 3.11 or later"
#endif

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/files/bytes/encoding.hpp>
#include <twolayer/files/bytes/read_file.hpp>
#include <twolayer/files/tensors/tensor_file.hpp>

#include <algorithm>
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

/// A text to be read as JSON. Throws only std::invalid_argument, with what the text is and what is
/// wrong.
struct JsonText {
    std::string_view what, text;

    template <typename... Parts>
    [[noreturn]] void refuse(const Parts&... parts) const {
        fail(what, ": ", parts...);
    }

    nlohmann::json parse() const {
        if (text.size() > max_json_bytes)
            refuse("it has ", text.size(), " bytes, expected at most ", max_json_bytes);
        // The parser would treat NUL as the end of the text.
        if (const auto nul = text.find('\0'); nul != std::string_view::npos)
            refuse_syntax(nul + 1);
        std::vector<std::set<std::string>> keys;  // of each object that is open
        using Event = nlohmann::json::parse_event_t;
        const auto check = [&](int, Event event, const nlohmann::json& value) {
            if (event == Event::object_start)
                keys.emplace_back();
            else if (event == Event::object_end)
                keys.pop_back();
            else if (event == Event::key && !keys.back().insert(value).second)
                refuse(value.dump(), " occurs twice");
            return true;
        };
        try {
            return nlohmann::json::parse(text, check);
        } catch (const nlohmann::json::parse_error& error) {
            refuse_syntax(error.byte);
        } catch (const nlohmann::json::out_of_range&) {
            refuse("a number in it is too large for a double");
        }
    }

private:
    [[noreturn]] void refuse_syntax(std::size_t position) const {
        refuse("it is not JSON in UTF-8, as its byte ", position, " shows");
    }
};

/// A text, a list of texts or a list of lists as JSON. Throws std::invalid_argument if one is not
/// UTF-8.
inline std::string to_json(std::string_view text) {
    if (!is_utf8(text))
        fail("the text ", in_quotes(text), " is not UTF-8");
    return nlohmann::json(text).dump();
}
template <typename T>
std::string to_json(const std::vector<T>& values) {
    std::string list = "[";
    for (const T& value : values) {
        if (list.size() > 1)
            list += ',';
        list += to_json(value);
    }
    list += ']';
    return list;
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
            header += R"({"dtype":")" + std::string(name_of(tensor.type)) + R"(","shape":)" +
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
inline Tensor read_tensor(const JsonText& json, const std::string& name,
                          const nlohmann::json& value, std::string_view data) {
    const auto refuse = [&](const auto&... parts) { json.refuse(in_quotes(name), parts...); };
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
    const auto type_name = std::ranges::find(tensor_type_names, value["dtype"]);
    if (type_name == tensor_type_names.end())
        refuse(": \"dtype\" is ", value["dtype"].dump(), ", expected F32, F64, I64 or U64");
    const auto type = TensorType(type_name - tensor_type_names.begin());
    const std::vector<Index> shape = numbers("shape"), offsets = numbers("data_offsets");
    if (offsets.size() != 2 || offsets[0] > offsets[1])
        refuse(": data_offsets are ", text_of(offsets),
               ", they must be where the bytes begin and end");
    const auto begin = std::uint64_t(offsets[0]), end = std::uint64_t(offsets[1]);
    if (tensor_bytes(type, shape) != end - begin)
        refuse(": data_offsets leave ", end - begin, " bytes, which is not what ", name_of(type),
               " of shape ", text_of(shape), " takes");
    if (end > data.size())
        refuse(": data_offsets end at ", end, ", ", data.size(),
               " bytes follow the header: the file was cut off");
    return {type, shape, data.substr(std::size_t(begin), std::size_t(end - begin))};
}

/// Reads the JSON at the head of a safetensors file,
///
///     {"__metadata__": {"name": "text", ...},
///      "W1": {"dtype": "F64", "shape": [3, 5], "data_offsets": [0, 120]}, ...}
///
/// and nothing else.
inline void read_header(const JsonText& json, std::string_view data, TensorFile& file) {
    const nlohmann::json values = json.parse();
    for (const auto& [name, value] : values.items()) {
        if (!value.is_object())
            json.refuse(in_quotes(name), " is of type ", value.type_name(), ", expected an object");
        if (name != metadata_key)
            file.tensors.emplace(name, read_tensor(json, name, value, data));
        else
            for (const auto& [key, text] : value.items()) {
                if (!text.is_string())
                    json.refuse(in_quotes(metadata_key), ": ", in_quotes(key), " is of type ",
                                text.type_name(), ", expected a text");
                file.metadata.emplace(key, text);
            }
        if (file.tensors.size() > max_header_entries || file.metadata.size() > max_header_entries)
            json.refuse("there are more than ", max_header_entries, " tensors or metadata");
    }
}

/// The tensors in the bytes of a file.
inline TensorFile tensors_of(std::string bytes) {
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
    read_header({"the header", text}, rest, file);

    std::vector<std::string_view> parts;
    for (const auto& [name, tensor] : file.tensors) parts.push_back(tensor.bytes);
    std::ranges::sort(parts, {},
                      [](std::string_view part) { return std::pair(part.data(), part.size()); });
    const char* covered = rest.data();
    for (const std::string_view part : parts) {
        if (part.data() != covered)
            fail("the data_offsets leave a hole or overlap: a tensor begins at ",
                 part.data() - rest.data(), ", the one before ends at ", covered - rest.data());
        covered += part.size();
    }
    if (const auto size = std::size_t(covered - rest.data()); size != rest.size())
        fail("the tensors take ", size, " bytes, ", rest.size(),
             " follow the header: something was added");
    return file;
}

/// Parses the bytes of a file. Nothing in them is trusted, and the sizes that they state reserve no
/// memory. Throws std::runtime_error with `source` and what is wrong.
inline TensorFile parse_tensor_file(const std::string& source, std::string bytes) {
    return made_from(source, [&] { return tensors_of(std::move(bytes)); });
}

}  // namespace twolayer::detail
