// SPDX-License-Identifier: MIT
#pragma once

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

template <typename Part>
void append(std::string& message, const Part& part) {
    char digits[64];
    if constexpr (std::convertible_to<Part, std::string_view>)
        message += std::string_view(part);
    else if constexpr (std::integral<Part>)
        message.append(digits, std::to_chars(digits, digits + sizeof digits, part).ptr);
    else if constexpr (std::floating_point<Part>)
        message.append(digits, std::to_chars(digits, digits + sizeof digits, part).ptr);
    else if constexpr (requires { static_cast<double>(part); })
        message.append(
            digits, std::to_chars(digits, digits + sizeof digits, static_cast<double>(part)).ptr);
    else
        message += "(a value without decimal form)";
}

}  // namespace detail

/// The only way out of wrong use (`std::invalid_argument`) and of failed work
/// (`std::runtime_error`): throws Exception with the parts, texts and numbers, written one after
/// the other.
template <typename Exception = std::invalid_argument, typename... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void fail(const Parts&... parts) {
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
