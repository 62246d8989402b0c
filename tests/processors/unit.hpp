// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

/// The kernels and results of a translation unit that was compiled for one processor.
struct Unit {
    std::string target;         ///< the name of its kernels
    int vector_bytes;           ///< size of a vector in its kernels
    const void* multiply;       ///< one of its kernels
    std::vector<float> own;     ///< a gradient by templates that only this unit instantiates
    std::vector<float> shared;  ///< the same gradient by templates that all units instantiate
};

Unit unit_of_build();
Unit unit_without_avx();
