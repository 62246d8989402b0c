// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>

/// Ends the program, as a finding of the fuzzer, where a property does not hold.
inline void check(bool holds, const char* property) {
    if (holds)
        return;
    std::fprintf(stderr, "broken: %s\n", property);
    std::abort();
}

/// What a reader makes of its input, nothing where it refuses it.
template <typename Read>
auto unless_refused(Read read) -> std::optional<decltype(read())> {
    try {
        return read();
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}
