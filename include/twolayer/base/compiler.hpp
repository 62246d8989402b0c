// SPDX-License-Identifier: MIT
// Stops compilers that cannot compile the library, in one line.
#pragma once

#if !(defined(__clang__) ? __clang_major__ >= 14 : defined(__GNUC__) && __GNUC__ >= 12)
#error "twolayer needs g++ 12 or later or clang++ 14 or later; on Windows, those of MinGW-w64"
#elif __cplusplus < 202002L
#error "twolayer needs C++20: compile with -std=c++20"
#endif
