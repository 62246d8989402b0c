// SPDX-License-Identifier: MIT
// The JSON in files of tensors: at most 1 MiB of it, and no key of an object twice.
#pragma once

#if !__has_include(<nlohmann/json.hpp>)
#error "files of tensors need <nlohmann/json.hpp>: the package nlohmann-json, version 3.11 or later"
#endif

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/files/bytes/utf8.hpp>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace twolayer::detail {

/// Anything larger is not a file of a network, and its values would take many times its memory.
inline constexpr std::size_t max_json_bytes = std::size_t(1) << 20;

/// A text to be read as JSON. Throws only std::runtime_error, with the source, what the text is,
/// and what is wrong.
struct JsonText {
    std::string source, what;  ///< for messages
    std::string_view text;

    template <typename... Parts>
    [[noreturn]] void refuse(const Parts&... parts) const {
        fail<std::runtime_error>(source, ": ", what, ": ", parts...);
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

using TextList = std::vector<std::string>;

/// The texts of a JSON array, at least one and at most `most`.
inline TextList texts_of(const JsonText& json, const nlohmann::json& value, Index most) {
    if (!value.is_array())
        json.refuse("it holds a value of type ", value.type_name(), ", expected a list of texts");
    if (value.empty())
        json.refuse("a list is empty, expected at least one text");
    if (std::ssize(value) > most)
        json.refuse("there are more than ", most, " texts");
    for (const auto& text : value)
        if (!text.is_string())
            json.refuse("a list holds a value of type ", text.type_name(), ", expected a text");
    return value;
}

/// The lists of a JSON array of lists, with at most `most` texts in total.
inline std::vector<TextList> text_lists_of(const JsonText& json, Index most) {
    const nlohmann::json value = json.parse();
    if (!value.is_array())
        json.refuse("it is of type ", value.type_name(), ", expected a list of lists");
    std::vector<TextList> lists;
    for (const auto& list : value) {
        lists.push_back(texts_of(json, list, most));
        most -= std::ssize(list);
    }
    return lists;
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
    std::string list = "[";
    for (const T& value : values) list += (list.size() > 1 ? "," : "") + to_json(value);
    return list + "]";
}

}  // namespace twolayer::detail
