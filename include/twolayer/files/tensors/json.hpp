// SPDX-License-Identifier: MIT
// The JSON in files of tensors: at most 1 MiB of it, and no key of an object twice.
#pragma once

#if !__has_include(<nlohmann/json.hpp>)
#error "files of tensors need <nlohmann/json.hpp>: the package nlohmann-json, version 3.11 or later"
#endif

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/files/bytes/encoding.hpp>

#include <concepts>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace twolayer::detail {

/// Anything larger is not a file of a network, and its values would take many times its memory.
inline constexpr std::size_t max_json_bytes = std::size_t(1) << 20;

using TextList = std::vector<std::string>;

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

    /// The text as a TextList or a list of them.
    template <typename List>
    List list() const {
        try {
            return parse().get<List>();
        } catch (const nlohmann::json::type_error&) {
            refuse("it must be a list of ",
                   std::same_as<List, TextList> ? "texts" : "lists of texts");
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

}  // namespace twolayer::detail
