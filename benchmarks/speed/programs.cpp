// SPDX-License-Identifier: MIT
#include <cstdio>

#include "program.hpp"

namespace benchmark {

namespace {

[[maybe_unused]] void lacks(const char* name, const char* package) {
    std::printf("left out: %s (%s)\n", name, package);
}

}  // namespace

std::vector<SpeedProgram> gradient_programs() {
    auto all = our_gradients();
    all.push_back(eigen_gradients());
#ifdef BENCHMARK_TORCH
    all.push_back(torch_gradients());
#else
    lacks("libtorch", "libtorch-dev");
#endif
#ifdef BENCHMARK_ALGLIB
    all.push_back(alglib_gradients());
#else
    lacks("ALGLIB", "libalglib-dev");
#endif
#ifdef BENCHMARK_FANN
    all.push_back(fann_gradients());
#else
    lacks("FANN", "libfann-dev");
#endif
#ifdef BENCHMARK_OPENCV
    all.push_back(opencv_gradients());
#else
    lacks("OpenCV", "libopencv-dev");
#endif
    return all;
}

std::vector<SpeedProgram> prediction_programs() {
    auto all = our_predictions();
    all.push_back(eigen_predictions());
#ifdef BENCHMARK_RTNEURAL_EIGEN
    for (auto& program : rtneural_eigen_predictions()) all.push_back(program);
#else
    lacks("RTNeural", "its sources, by -D RTNEURAL_DIR=...");
#endif
#ifdef BENCHMARK_RTNEURAL_XSIMD
    for (auto& program : rtneural_xsimd_predictions()) all.push_back(program);
#else
    lacks("RTNeural on xsimd", "its sources with their submodule xsimd");
#endif
#ifdef BENCHMARK_FANN
    all.push_back(fann_predictions());
#else
    lacks("FANN", "libfann-dev");
#endif
#ifdef BENCHMARK_ALGLIB
    all.push_back(alglib_predictions());
#else
    lacks("ALGLIB", "libalglib-dev");
#endif
#ifdef BENCHMARK_OPENCV
    all.push_back(opencv_predictions());
#else
    lacks("OpenCV", "libopencv-dev");
#endif
#ifdef BENCHMARK_TORCH
    all.push_back(torch_predictions());
#else
    lacks("libtorch", "libtorch-dev");
#endif
    return all;
}

}  // namespace benchmark
