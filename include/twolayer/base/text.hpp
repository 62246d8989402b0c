// SPDX-License-Identifier: MIT
// Builds the texts of messages.
#pragma once

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace twolayer::detail {

[[gnu::cold, gnu::noinline]] inline void append(std::string& message, std::string_view part) {
    message += part;
}

template <typename Number>
requires(!std::convertible_to<Number, std::string_view>)
[[gnu::cold, gnu::noinline]] void append(std::string& message, const Number& number) {
    char digits[64];
    const auto add = [&](auto value) {
        message.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    };
    if constexpr (std::integral<Number> || std::floating_point<Number>)
        add(number);
    else if constexpr (requires { static_cast<double>(number); })
        add(static_cast<double>(number));
    else
        message += "(a value without decimal form)";
}

/// The parts, texts and numbers, in order. They are passed by value, so texts of any length have
/// one type and few functions are made.
template <typename... Parts>
std::string message(Parts... parts) {
    std::string text;
    (append(text, parts), ...);
    return text;
}

/// Text of a file for a message: in quotes, on one line, and of limited length.
inline std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 60;
    // Does not cut a UTF-8 character: all its bytes but the first are 10xxxxxx.
    std::size_t end = (std::min)(text.size(), longest);
    while (end < text.size() && end > longest - 3 && (text[end] & 0xC0) == 0x80) --end;
    std::string result("\"");
    result += text.substr(0, end);
    const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
    std::ranges::replace_if(result, is_control, ' ');
    result += end < text.size() ? "...\"" : "\"";
    return result;
}

/// Names for a message; only the first of them if there are many.
inline std::string listed(std::span<const std::string> names) {
    constexpr std::size_t longest = 20;
    std::string result;
    for (const std::string& name : names.first((std::min)(longest, names.size())))
        result += (result.empty() ? "" : ", ") + in_quotes(name);
    if (names.size() > longest)
        result += ", ... (" + std::to_string(names.size()) + " in all)";
    return result;
}

}  // namespace twolayer::detail
