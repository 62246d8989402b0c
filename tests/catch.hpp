// SPDX-License-Identifier: MIT
#pragma once

// Catch2 3 and 2 with one spelling: Matchers::WithinAbs and WithinRel, not Approx.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
