// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

/// Writes a string to the debugger, or to the terminal of the emulator.
void write(const char* text);

/// Writes a number >= 0 with this number of decimals.
void write(float number, int decimals);

/// The maximum number of bytes on the stack so far.
std::size_t stack_used();
