// SPDX-License-Identifier: MIT
// Reads the number in a cell.
#pragma once

#include <twolayer/base/standard_library.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

namespace twolayer {

namespace detail {

inline std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t\n\v\f\r";
    text.remove_prefix((std::min)(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// Whether a decimal number outside the range of double is too large for it, rather than too close
/// to zero. The power of ten of its first digit decides.
inline bool too_large(std::string_view number) {
    const auto e = (std::min)(number.find_first_of("eE"), number.size());
    const std::string_view digits = number.substr(0, e);
    const auto point = (std::min)(digits.find('.'), e);
    const auto first = (std::min)(digits.find_first_of("123456789"), e);

    std::string_view power = number.substr((std::min)(e + 1, number.size()));
    power.remove_prefix(power.starts_with('+') ? 1 : 0);
    const long long limit = (std::numeric_limits<long long>::max)() / 2;
    long long exponent = power.empty() ? 0 : power.starts_with('-') ? -limit : limit;
    // An exponent beyond long long leaves the limit unchanged.
    std::from_chars(power.data(), power.data() + power.size(), exponent);
    exponent = std::clamp(exponent, -limit, limit);
    return exponent + static_cast<long long>(point) > static_cast<long long>(first);
}

}  // namespace detail

/// The number in a cell, ignoring blanks around it; none if the whole cell is not a number. The
/// decimal point is a point in every locale. A number outside the range of double becomes 0 or
/// infinite, and `nan` and `inf` are numbers, too: callers that need a finite number must check.
inline std::optional<double> parse_number(std::string_view cell) {
    std::string_view text = detail::trim(cell);
    if (text.starts_with('+') && !text.starts_with("+-"))
        text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = detail::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::invalid_argument || end != text.data() + text.size())
        return std::nullopt;
    if (error == std::errc::result_out_of_range) {
        value = detail::too_large(text) ? std::numeric_limits<double>::infinity() : 0.0;
        return text.starts_with('-') ? -value : value;
    }
    return value;
}

}  // namespace twolayer
