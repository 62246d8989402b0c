// SPDX-License-Identifier: MIT
#include <cstdio>

#include "program.hpp"

namespace benchmark {

namespace {

[[maybe_unused]] void lacks(const char* name, const char* package) {
    std::printf("not measured: %s (needs %s)\n", name, package);
}

/// One program, as measured by both benchmarks.
struct Peer {
    SpeedProgram gradients, predictions;
};

/// The peers that compute both gradients and predictions.
std::vector<Peer> peers() {
    std::vector<Peer> all{{eigen_gradients(), eigen_predictions()}};
#ifdef BENCHMARK_TORCH
    all.push_back({torch_gradients(), torch_predictions()});
#else
    lacks("libtorch", "libtorch-dev");
#endif
#ifdef BENCHMARK_ALGLIB
    all.push_back({alglib_gradients(), alglib_predictions()});
#else
    lacks("ALGLIB", "libalglib-dev");
#endif
#ifdef BENCHMARK_FANN
    all.push_back({fann_gradients(), fann_predictions()});
#else
    lacks("FANN", "libfann-dev");
#endif
#ifdef BENCHMARK_OPENCV
    all.push_back({opencv_gradients(), opencv_predictions()});
#else
    lacks("OpenCV", "libopencv-dev");
#endif
    return all;
}

}  // namespace

std::vector<SpeedProgram> gradient_programs() {
    auto all = our_gradients();
    for (const Peer& peer : peers()) all.push_back(peer.gradients);
    return all;
}

std::vector<SpeedProgram> prediction_programs() {
    auto all = our_predictions();
    for (const Peer& peer : peers()) all.push_back(peer.predictions);
#ifdef BENCHMARK_RTNEURAL_EIGEN
    for (const SpeedProgram& program : rtneural_eigen_predictions()) all.push_back(program);
#else
    lacks("RTNeural", "its sources: -D RTNEURAL_DIR=...");
#endif
#ifdef BENCHMARK_RTNEURAL_XSIMD
    for (const SpeedProgram& program : rtneural_xsimd_predictions()) all.push_back(program);
#else
    lacks("RTNeural on xsimd", "its sources with the submodule xsimd");
#endif
    return all;
}

}  // namespace benchmark
