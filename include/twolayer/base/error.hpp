// SPDX-License-Identifier: MIT
// How the library reports errors: by exceptions or, if they are disabled, by a hook.
#pragma once

#include <twolayer/base/eigen.hpp>

#include <charconv>
#include <concepts>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace twolayer {

namespace detail {

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

}  // namespace detail

#ifdef __cpp_exceptions

/// Throws Exception with a message made of the parts, texts and numbers, in order. All invalid
/// arguments (`std::invalid_argument`) and failed work (`std::runtime_error`) are reported through
/// it.
template <typename Exception = std::invalid_argument, typename... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void fail(Parts... parts) {
    throw Exception(detail::message(parts...));
}

#else

/// Without exceptions, an error calls this hook, if the user has set one, and then aborts.
inline void (*fail_hook)() = nullptr;

namespace detail {

[[noreturn, gnu::cold, gnu::noinline]] inline void abort_by_hook() {
    if (fail_hook != nullptr)
        fail_hook();
    std::abort();
}

}  // namespace detail

/// Inline, so that the parts of the message take no space in the program.
template <typename Exception = std::invalid_argument, typename... Parts>
[[noreturn, gnu::always_inline]] inline void fail(const Parts&...) {
    detail::abort_by_hook();
}

#endif

}  // namespace twolayer
