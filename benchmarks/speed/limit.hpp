// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "program.hpp"
#include "turns.hpp"

/// The measured limits of the processor: peak arithmetic and memory read bandwidth.
namespace benchmark::limit {

/// The widest vectors that the program is compiled for.
#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
#elif defined(__AVX__)
inline constexpr int vector_bytes = 32;
#else
inline constexpr int vector_bytes = 16;
#endif

template <typename Scalar>
using Vector [[gnu::vector_size(vector_bytes)]] = Scalar;

template <typename Scalar>
inline constexpr Index lanes = vector_bytes / Index(sizeof(Scalar));

/// Independent sums: enough to hide the latency of an operation, few enough to stay in 16 registers
/// together with the factor and the term.
inline constexpr int chains = 12;
inline constexpr int rounds = 1000;

/// Floating-point operations of one call of multiply_add().
template <typename Scalar>
constexpr double flops() {
    return 2.0 * double(lanes<Scalar>) * chains * rounds;
}

/// sum <- sum a + b in each lane of each chain, which converges to b / (1 - a).
template <typename Scalar>
double multiply_add(std::int64_t count) {
    Vector<Scalar> sums[chains] = {}, a = Vector<Scalar>{} + Scalar(0.5), b = a;
    asm volatile("" : "+m"(a), "+m"(b));
    const Vector<Scalar> factor = a, term = b;
    for (std::int64_t call = 0; call < count; ++call)
        for (int round = 0; round < rounds; ++round)
#pragma GCC unroll 12
            for (int chain = 0; chain < chains; ++chain) sums[chain] = sums[chain] * factor + term;
    Vector<Scalar> sum = {};
    for (const auto& s : sums) sum += s;
    return double(sum[0]);
}

/// multiply_add() on each of several threads at the same time.
template <typename Scalar>
Calls multiply_add_on(int threads) {
    if (threads == 1)
        return multiply_add<Scalar>;
    return [threads](std::int64_t count) {
        std::vector<double> sums(std::size_t(threads), 0);
        std::vector<std::jthread> team;
        for (double& sum : sums)
            team.emplace_back([&sum, count] { sum = multiply_add<Scalar>(count); });
        team.clear();
        return sums.front();
    };
}

/// Bytes per second of one thread that reads memory sequentially: the best of seven passes.
inline double bytes_per_second() {
    constexpr std::size_t bytes = std::size_t(1) << 28;
    const std::vector<float> memory(bytes / sizeof(float), 1.0f);
    double best = 0;
    for (int repeat = 0; repeat < 7; ++repeat) {
        const double begin = seconds_now(1);
        Vector<float> sums[8] = {};
        const auto* data = reinterpret_cast<const Vector<float>*>(
            (reinterpret_cast<std::uintptr_t>(memory.data()) + 63) / 64 * 64);
        const std::size_t count = bytes / vector_bytes - 64 / vector_bytes;
        for (std::size_t i = 0; i + 8 <= count; i += 8)
            for (std::size_t j = 0; j < 8; ++j) sums[j] += data[i + j];
        for (const auto& sum : sums) consume(&sum);
        best = std::max(best, double(bytes) / (seconds_now(1) - begin));
    }
    return best;
}

}  // namespace benchmark::limit
