// SPDX-License-Identifier: MIT
#pragma once

#include <dlfcn.h>

#include <filesystem>
#include <string>

namespace benchmark {

/// The BLAS by which libtorch and OpenCV compute their products. It is the system's, the reference
/// one or a fast one, and tells by its path which.
inline std::string blas() {
    Dl_info info{};
    const void* sgemm = dlsym(RTLD_DEFAULT, "sgemm_");
    if (sgemm == nullptr || dladdr(sgemm, &info) == 0)
        return "none";
    return std::filesystem::canonical(info.dli_fname).string();
}

/// OpenBLAS has threads of its own, whatever the program that calls it was told.
inline void use_blas_threads(int threads) {
    if (void* set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))
        reinterpret_cast<void (*)(int)>(set)(threads);
}

}  // namespace benchmark
