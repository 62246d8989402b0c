// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>

/// Aborts if a property does not hold, which the fuzzer reports as a finding.
inline void check(bool holds, const char* property) {
    if (holds)
        return;
    std::fprintf(stderr, "violated: %s\n", property);
    std::abort();
}

/// The result of a reader, or nothing if it refuses its input.
template <typename Read>
auto unless_refused(Read read) -> std::optional<decltype(read())> {
    try {
        return read();
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}
