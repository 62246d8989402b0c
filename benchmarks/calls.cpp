// SPDX-License-Identifier: MIT
//
// Compares the simplest call with the one written for speed:
//
//     calls [SECONDS]
//
// Prints the minimum time of both in nanoseconds, in single precision, and their ratio, for
//   - a gradient with a fixed shape and with a dynamic shape,
//   - a gradient without and with a workspace,
//   - predict() of a few rows and one call of predict_one() for each row.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <twolayer.hpp>
#include <utility>
#include <vector>

#include "speed/machine.hpp"
#include "speed/our_calls.hpp"
#include "speed/problem.hpp"
#include "speed/turns.hpp"

using namespace twolayer;
using benchmark::Calls;
using benchmark::Player;
using benchmark::Problem;
using benchmark::Size;

namespace {

using Net = TwoLayerNet<float>;

void print(const std::string& what, double seconds, Calls everyday, Calls fast) {
    std::vector<Player> players(2);
    players[0].calls = std::move(everyday);
    players[1].calls = std::move(fast);
    benchmark::take_turns(players, seconds, 1);
    std::printf("%-44s%12.0f%12.0f%8.2f\n", what.c_str(), 1e9 * players[0].least(),
                1e9 * players[1].least(), players[0].least() / players[1].least());
    std::fflush(stdout);
}

void print_title(const char* everyday, const char* fast) {
    std::printf("\n%-44s%12s%12s%8s\n", "minimum ns per call", everyday, fast, "ratio");
}

template <int D, int M, int K>
void fixed_shape(double seconds) {
    const std::string name = std::to_string(D) + "-" + std::to_string(M) + "-" + std::to_string(K);
    for (const Index N : {1, 200, 2000}) {
        const Problem<float> problem(Size{name.c_str(), N, D, M, K});
        print("gradient, " + name + ", N = " + std::to_string(N), seconds,
              benchmark::gradients_of<TwoLayerNet<float, Sigmoid, D, M, K>, false>(problem, 1),
              benchmark::gradients_of<Net, false>(problem, 1));
    }
}

void one_call(const Size& size, double seconds) {
    const Problem<float> problem(size);
    print("gradient, " + std::string(size.name) + ", N = " + std::to_string(size.N), seconds,
          benchmark::one_call_gradients(problem, 1),
          benchmark::gradients_of<Net, false>(problem, 1));
}

void few_rows(const Size& size, double seconds) {
    const Problem<float> problem(size);
    const auto net = benchmark::make_net<Net>(problem);
    const auto X = benchmark::by_rows(problem.X);
    const auto together = [&](std::int64_t count) {
        double sum = 0;
        for (std::int64_t i = 0; i < count; ++i) sum += double(net->predict(problem.X)(0, 0));
        return sum;
    };
    const auto one_by_one = [&](std::int64_t count) {
        double sum = 0;
        Vector<float> yhat(size.K);
        for (std::int64_t i = 0; i < count; ++i)
            for (Index n = 0; n < size.N; ++n) {
                net->predict_one(X.row(n), yhat);
                sum += double(yhat(0));
            }
        return sum;
    };
    print("prediction, " + std::string(size.name) + ", N = " + std::to_string(size.N), seconds,
          together, one_by_one);
}

}  // namespace

int main(int count, char** arguments) try {
    const double seconds = count > 1 ? std::atof(arguments[1]) : 0.5;
    std::printf("%s\n", benchmark::machine().c_str());
    print_title("fixed shape", "dynamic");
    fixed_shape<2, 2, 1>(seconds);
    fixed_shape<4, 8, 3>(seconds);
    fixed_shape<24, 8, 2>(seconds);
    fixed_shape<64, 32, 10>(seconds);
    const Size shapes[] = {
        {"4-8-3", 0, 4, 8, 3}, {"64-32-10", 0, 64, 32, 10}, {"784-128-10", 0, 784, 128, 10}};
    print_title("no workspace", "workspace");
    for (const auto& [name, none, D, M, K] : shapes)
        for (const Index N : {1, 8, 64, 512, 1024, 4096}) one_call({name, N, D, M, K}, seconds);
    print_title("predict", "predict_one");
    for (const auto& [name, none, D, M, K] : shapes)
        for (const Index N : {1, 2, 4, 8}) few_rows({name, N, D, M, K}, seconds);
    return EXIT_SUCCESS;
} catch (const std::exception& error) {
    std::fprintf(stderr, "calls: %s\n", error.what());
    return EXIT_FAILURE;
}
