// SPDX-License-Identifier: MIT
//
// Compares an iteration of Levenberg-Marquardt with its unavoidable work, J^T J and one Cholesky
// factorization, and its memory with the three P x P matrices that bytes() counts:
//
//     levenberg_marquardt
//
// Data and weights are random: the times do not depend on the values.

#include <sys/resource.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cstdio>
#include <random>
#include <twolayer.hpp>
#include <vector>

#include "peer.hpp"
#include "speed/machine.hpp"

using namespace twolayer;
using benchmark::processor, benchmark::Stopwatch;

namespace {

using Net = TwoLayerNet<double>;

struct Case {
    const char* name;
    Index samples;
    Shape shape;
};

/// Milliseconds per call: the median of at least five.
template <typename Call>
double milliseconds(Call call) {
    std::vector<double> times;
    const Stopwatch all;
    while (times.size() < 5 || (all.seconds() < 1 && times.size() < 1000)) {
        const Stopwatch watch;
        call();
        times.push_back(1e3 * watch.seconds());
    }
    std::ranges::nth_element(times, times.begin() + std::ssize(times) / 2);
    return times[times.size() / 2];
}

double peak_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return double(usage.ru_maxrss) * 1024 / 1e6;
}

void measure(const Case& c) {
    Net net(c.shape);
    std::mt19937_64 generator(1);
    net.randomize(generator);
    const auto number = [&] { return 2 * uniform(generator) - 1; };
    const Matrix<double> X = Matrix<double>::NullaryExpr(c.samples, c.shape.inputs, number);
    const Matrix<double> Y =
        Matrix<double>::NullaryExpr(c.samples, c.shape.outputs, [&] { return uniform(generator); });
    const Index P = c.shape.size();
    const double memory_before = peak_megabytes();

    // The fastest of three fits. A step is one iteration, including its retries.
    constexpr Index steps = 10;
    double iteration = 1e300;
    Index evaluations = 0;
    for (int repeat = 0; repeat < 3; ++repeat) {
        Net at = net;
        const auto functions =
            detail::LossFunctions<Net>::of<SquaredError, SquaredError, LevenbergMarquardt>();
        detail::NetworkObjective<Net> f(at, functions, detail::samples_for(at, X, Y), 0);
        const LevenbergMarquardt settings;
        LevenbergMarquardt::State<double> state(settings, P);
        state.step(settings, f, at.weights().theta());
        const Index before = state.iterate().evaluations;
        const Stopwatch watch;
        for (Index t = 0; t < steps; ++t) state.step(settings, f, at.weights().theta());
        iteration = std::min(iteration, 1e3 * watch.seconds() / double(steps));
        evaluations = state.iterate().evaluations - before;
    }
    const double memory = peak_megabytes() - memory_before;

    Matrix<double> A(P, P), factor(P, P);
    Net::Weights gradient(c.shape);
    detail::GaussNewtonSum<Net> sum(c.shape);
    detail::TileMemory<Net> tiles(c.shape);
    const double product = milliseconds([&] {
        sum(net, {X, Y, {}}, double(c.samples), tiles, gradient, A);
    });
    const double cholesky = milliseconds([&] {
        factor = A;
        factor.diagonal().array() += 1e-3;
        const Eigen::LLT<Eigen::Ref<Matrix<double>>> llt(factor);
    });
    const double tries = double(evaluations) / double(steps) - 1;
    std::printf("%-10s%8td%8td%12.3f%12.3f%12.3f%8.1f%8.2f%10.1f%10.1f\n", c.name, c.samples, P,
                product, cholesky, iteration, tries, iteration / (product + cholesky), memory,
                LevenbergMarquardt::bytes<double>(P) / 1e6);
    std::fflush(stdout);
}

}  // namespace

int main() {
    std::printf("%s, processor time of one thread in ms; memory in MB\n\n", processor().c_str());
    std::printf("%-10s%8s%8s%12s%12s%12s%8s%8s%10s%10s\n", "task", "N", "P", "J^T J", "Cholesky",
                "iteration", "tries", "ratio", "memory", "matrices");
    for (const Case& c : {Case{"iris", 150, {4, 8, 3}},
                          {"diabetes", 442, {10, 5, 1}},
                          {"surface", 1000, {2, 20, 1}},
                          {"cancer", 569, {30, 8, 1}},
                          {"digits", 1797, {64, 32, 10}}})
        measure(c);
}
