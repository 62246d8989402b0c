// SPDX-License-Identifier: MIT
// How the library reports errors: by exceptions or, if they are disabled, by a hook.
#pragma once

#include <twolayer/base/eigen.hpp>

#include <cstdlib>
#include <stdexcept>

#ifdef __cpp_exceptions
#include <twolayer/base/text.hpp>
#endif

namespace twolayer {

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
