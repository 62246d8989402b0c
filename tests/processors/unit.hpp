// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

/// What a translation unit that was compiled for some processor sees and computes.
struct Unit {
    std::string target;         ///< the name of its kernels
    int vector_bytes;           ///< of its kernels
    const void* multiply;       ///< one of its kernels
    std::vector<float> own;     ///< a gradient through templates that only this unit instantiates
    std::vector<float> shared;  ///< the same through templates that all units instantiate
};

Unit unit_of_build();
Unit unit_without_avx();
