// SPDX-License-Identifier: MIT
#pragma once

#include <dlfcn.h>

#include <filesystem>
#include <string>

namespace benchmark {

/// The path of the BLAS that libtorch and OpenCV use, which shows whether it is the reference BLAS
/// or a fast one. For OpenBLAS, also the processor that it optimizes for: an old one if it does not
/// know this processor, unless OPENBLAS_CORETYPE is set.
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

/// OpenBLAS has its own threads, which the settings of the calling program do not limit.
inline void use_blas_threads(int threads) {
    if (void* set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))
        reinterpret_cast<void (*)(int)>(set)(threads);
}

}  // namespace benchmark
