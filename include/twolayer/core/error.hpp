// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/compiler.hpp>

#include <cstdlib>
#include <stdexcept>

#ifdef __cpp_exceptions
#include <charconv>
#include <concepts>
#include <string>
#include <string_view>
#endif

namespace twolayer {

#ifdef __cpp_exceptions

namespace detail {

inline void append(std::string& message, std::string_view part) {
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

}  // namespace detail

/// The only way out of wrong use (`std::invalid_argument`) and of failed work
/// (`std::runtime_error`): throws Exception with the parts, texts and numbers, written one after
/// the other. By value, so that texts of any length are of one type, and few functions are made.
template <typename Exception = std::invalid_argument, typename... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void fail(Parts... parts) {
    std::string message;
    (detail::append(message, parts), ...);
    throw Exception(message);
}

#else

/// Without exceptions an error calls this hook, where the user has set one, and then aborts.
inline void (*fail_hook)() = nullptr;

namespace detail {

[[noreturn, gnu::cold, gnu::noinline]] inline void abort_by_hook() {
    if (fail_hook != nullptr)
        fail_hook();
    std::abort();
}

}  // namespace detail

/// Inline, so that the parts of the message take no place in the program.
template <typename Exception = std::invalid_argument, typename... Parts>
[[noreturn, gnu::always_inline]] inline void fail(const Parts&...) {
    detail::abort_by_hook();
}

#endif

}  // namespace twolayer
