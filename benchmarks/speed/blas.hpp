// SPDX-License-Identifier: MIT
#pragma once

#include <dlfcn.h>

#include <filesystem>
#include <string>

namespace benchmark {

/// The BLAS by which libtorch and OpenCV compute their products. It is the system's, the reference
/// one or a fast one, as its path says. OpenBLAS also says for which processor it computes: an old
/// one if it does not know this one, unless OPENBLAS_CORETYPE names another.
inline std::string blas() {
    Dl_info info{};
    const void* sgemm = dlsym(RTLD_DEFAULT, "sgemm_");
    if (sgemm == nullptr || dladdr(sgemm, &info) == 0)
        return "none";
    std::string text = std::filesystem::canonical(info.dli_fname).string();
    if (void* core = dlsym(RTLD_DEFAULT, "openblas_get_corename"))
        text += std::string(", for ") + reinterpret_cast<const char* (*)()>(core)();
    return text;
}

/// OpenBLAS has threads of its own, whatever the program that calls it was told.
inline void use_blas_threads(int threads) {
    if (void* set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))
        reinterpret_cast<void (*)(int)>(set)(threads);
}

}  // namespace benchmark
