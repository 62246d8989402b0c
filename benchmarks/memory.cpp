// SPDX-License-Identifier: MIT
//
// Measures the memory that the library takes in addition to the data, and the time per sample:
//
//     memory
//
// The memory is the growth of this process's peak resident size, with a million samples, D = 64,
// M = 32 and K = 10. The time is that of a gradient of 10^4 to 10^7 samples.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <memory>
#include <string>
#include <twolayer.hpp>

#include "speed/machine.hpp"
#include "speed/problem.hpp"
#include "speed/turns.hpp"

using namespace twolayer;

namespace {

using Net = TwoLayerNet<float>;
constexpr Shape shape{.inputs = 64, .hidden = 32, .outputs = 10};

/// The peak resident size of this process so far.
double peak_mebibytes() {
    std::ifstream file("/proc/self/status");
    for (std::string word; file >> word;)
        if (word == "VmHWM:") {
            double kibibytes = 0;
            file >> kibibytes;
            return kibibytes / 1024;
        }
    throw std::runtime_error("/proc/self/status has no VmHWM");
}

/// Random samples, written in place, so that making them takes no other memory.
struct Data {
    Matrix<float> X, Y;

    explicit Data(Index N) : X(N, shape.inputs), Y(N, shape.outputs) {
        std::uint32_t state = 1;
        const auto number = [&] {
            state = state * 1664525 + 1013904223;
            return float(state >> 8) / float(1 << 24);
        };
        for (float& x : X.reshaped()) x = 2 * number() - 1;
        for (float& y : Y.reshaped()) y = number();
    }
};

Net first_net() {
    Net net(shape);
    std::mt19937_64 generator(1);
    net.randomize(generator);
    return net;
}

void print_memory() {
    const Index N = 1'000'000;
    const Data data(N);
    Net net = first_net();
    const double before = peak_mebibytes();
    const double bytes = double(data.X.size() + data.Y.size()) * sizeof(float);
    std::printf("%td samples, float, D = 64, M = 32, K = 10; the data are %.1f MiB\n\n", N,
                bytes / (1 << 20));
    std::printf("%-40s%10s\n", "peak resident size", "added MiB");
    const auto print = [&](const char* what) {
        std::printf("%-40s%10.1f\n", what, peak_mebibytes() - before);
        std::fflush(stdout);
    };
    {
        Workspace<Net> workspace(shape);
        Net::Weights gradient(shape);
        loss_and_gradient(net, data.X, data.Y, SquaredError{}, {}, workspace, gradient);
        print("a gradient");
    }
    fit(net, data.X, data.Y, SquaredError{}, Adam{}, {.epochs = 2, .batch_size = 256});
    print("plus two epochs of Adam, batches of 256");
}

void print_growth() {
    std::printf("\n%-12s%16s\n", "samples", "ns per sample");
    const Net net = first_net();
    Workspace<Net> workspace(shape);
    Net::Weights gradient(shape);
    double least = 1e300, most = 0;
    for (const Index N : {10'000, 100'000, 1'000'000, 10'000'000}) {
        const Data data(N);
        double best = 1e300;
        for (int repeat = 0; repeat < 5; ++repeat) {
            const Index calls = std::max<Index>(1, 200'000 / N);
            const double begin = benchmark::seconds_now(1);
            for (Index i = 0; i < calls; ++i) {
                loss_and_gradient(net, data.X, data.Y, SquaredError{}, {}, workspace, gradient);
                benchmark::consume(gradient.theta().data());
            }
            best = std::min(best, (benchmark::seconds_now(1) - begin) / double(calls * N));
        }
        least = std::min(least, best);
        most = std::max(most, best);
        std::printf("%-12td%16.2f\n", N, 1e9 * best);
        std::fflush(stdout);
    }
    std::printf("\nthe slowest takes %.1f %% longer than the fastest\n", 100 * (most / least - 1));
}

}  // namespace

int main() try {
    std::printf("%s\n\n", benchmark::machine().c_str());
    print_memory();
    print_growth();
    return EXIT_SUCCESS;
} catch (const std::exception& error) {
    std::fprintf(stderr, "memory: %s\n", error.what());
    return EXIT_FAILURE;
}
