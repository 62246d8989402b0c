// SPDX-License-Identifier: MIT
// Texts of files in messages: in quotes, and of limited length.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace twolayer::detail {

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
