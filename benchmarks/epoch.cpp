// SPDX-License-Identifier: MIT
//
// Compares an epoch of Adam on mini-batches with its unavoidable work, the gradients of the same
// number of samples in consecutive batches of the same size:
//
//     epoch
//
// The shape is that of the digits: 1797 samples, 64 inputs, 32 hidden units, 10 outputs.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <twolayer.hpp>
#include <vector>

#include "speed/machine.hpp"
#include "speed/problem.hpp"
#include "speed/turns.hpp"

using namespace twolayer;
using benchmark::Player;

namespace {

template <typename Scalar>
void measure(const char* scalar, Index batch) {
    using Net = TwoLayerNet<Scalar>;
    const benchmark::Problem<Scalar> problem(benchmark::gradient_sizes[3]);
    const auto& [name, N, D, M, K] = problem.size;
    const Shape shape{.inputs = D, .hidden = M, .outputs = K};
    Net first(shape);
    std::mt19937_64 generator(1);
    first.randomize(generator);

    // Many epochs per fit, so that the start and the end of the fit hardly count.
    constexpr Index epochs = 20;
    const auto train = [&](std::int64_t count) {
        double L = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            Net net = first;
            L = fit(net, problem.X, problem.Y, SquaredError{}, Adam{},
                    {.epochs = epochs, .batch_size = batch})
                    .final_loss;
        }
        return L;
    };
    Workspace<Net> workspace(shape);
    typename Net::Weights gradient(shape);
    const auto gradients = [&, samples = N](std::int64_t count) {
        Scalar L = 0;
        for (std::int64_t i = 0; i < count; ++i)
            for (Index begin = 0; begin < samples; begin += batch) {
                const Index rows = std::min(batch, samples - begin);
                L += loss_and_gradient(first, problem.X.middleRows(begin, rows),
                                       problem.Y.middleRows(begin, rows), SquaredError{}, {},
                                       workspace, gradient);
                benchmark::consume(gradient.theta().data());
            }
        return double(L);
    };
    std::vector<Player> players{{.name = "epoch", .calls = train},
                                {.name = "gradients", .calls = gradients}};
    take_turns(players, 1, 1);
    const double epoch = players[0].least() / epochs, sum = players[1].least();
    std::printf("%-10s%8td%14.1f%14.1f%10.2f\n", scalar, batch, 1e6 * epoch, 1e6 * sum,
                epoch / sum);
    std::fflush(stdout);
}

}  // namespace

int main() try {
    std::printf("%s\n\n%-10s%8s%14s%14s%10s\n", benchmark::machine().c_str(), "scalar", "batch",
                "epoch us", "gradients us", "ratio");
    for (const Index batch : {32, 128}) {
        measure<float>("float", batch);
        measure<double>("double", batch);
    }
    return EXIT_SUCCESS;
} catch (const std::exception& error) {
    std::fprintf(stderr, "epoch: %s\n", error.what());
    return EXIT_FAILURE;
}
