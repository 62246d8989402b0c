// SPDX-License-Identifier: MIT
#pragma once

// Includes Catch2 3 or 2. Tests use what both have: Matchers::WithinAbs and WithinRel, not Approx.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
