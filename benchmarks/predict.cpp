// SPDX-License-Identifier: MIT
//
// Measures the prediction for one sample, in nanoseconds, in this library and in the programs it
// was built with:
//
//     predict [SECONDS]
//
// In single precision, with a different input in each call; ALGLIB computes in double. All programs
// except OpenCV have the same weights, which their outputs prove.

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#include "speed/blas.hpp"
#include "speed/machine.hpp"
#include "speed/program.hpp"
#include "speed/turns.hpp"

using namespace benchmark;

namespace {

/// 16 inputs: enough that calls do not repeat the same one, few enough to stay in the cache.
constexpr std::array<Size, 3> sizes{
    {{"4-8-3", 16, 4, 8, 3}, {"64-32-10", 16, 64, 32, 10}, {"784-128-10", 16, 784, 128, 10}}};

/// The sum of the outputs for the last input after this number of calls.
double expected(const Problem<float>& p, std::int64_t calls) {
    const auto sigma = [](double x) { return 1 / (1 + std::exp(-x)); };
    const Index n = Index((calls - 1) % p.X.rows());
    const Eigen::RowVectorXd z = (p.X.row(n) * p.W1 + p.b1).cast<double>().unaryExpr(sigma);
    return (z * p.W2.cast<double>() + p.b2.cast<double>()).unaryExpr(sigma).sum();
}

void measure(const Size& size, const std::vector<SpeedProgram>& programs, double seconds) {
    const Problem<float> problem(size);
    std::vector<Player> players;
    std::vector<bool> proves;
    for (const SpeedProgram& program : programs)
        if (Calls calls = program.float_calls(problem, 1)) {
            players.push_back({.name = program.name, .calls = std::move(calls)});
            proves.push_back(program.proves);
        }
    take_turns(players, seconds, 1);
    for (std::size_t i = 0; i < players.size(); ++i) {
        const Player& player = players[i];
        std::printf("%-12s %-28s%12.1f%12.1f%12.2f", size.name, player.name.c_str(),
                    1e9 * player.median(), 1e9 * player.least(),
                    player.least() / players[0].least());
        const double sum = expected(problem, player.count);
        if (proves[i] && !(std::abs(player.proof - sum) < 1e-3 * sum))
            std::printf("  its outputs sum to %g instead of %g", player.proof, sum);
        std::printf("\n");
    }
    std::printf("\n");
    std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) try {
    const double seconds = count > 1 ? std::atof(arguments[1]) : 1;
    const auto programs = prediction_programs();
    std::printf("%s\n", machine().c_str());
    for (const SpeedProgram& program : programs)
        std::printf("    %s %s\n", program.name.c_str(), program.version.c_str());
    std::printf("    BLAS: %s\n", blas().c_str());
    std::printf("\n%-12s %-28s%12s%12s%12s\n", "shape", "program", "median ns", "minimum ns",
                "times ours");
    for (const Size& size : sizes) measure(size, programs, seconds);
    return EXIT_SUCCESS;
} catch (const std::exception& error) {
    std::fprintf(stderr, "predict: %s\n", error.what());
    return EXIT_FAILURE;
}
