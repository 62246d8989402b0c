// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

/// Writes a text to the debugger, or to the terminal of the emulator.
void write(const char* text);

/// Writes a number >= 0 with so many decimals.
void write(float number, int decimals);

/// The most bytes of stack that the program has used so far.
std::size_t stack_used();
