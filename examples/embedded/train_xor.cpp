// SPDX-License-Identifier: MIT
//
// Learn exclusive-or on a microcontroller: no heap, no exceptions, no operating system.

#include <cstdint>
#include <twolayer/embedded.hpp>

#include "machine.hpp"

using namespace twolayer;

namespace {

using Net = TwoLayerNet<float, Sigmoid, 2, 4, 1>;

/// A random number generator of a few instructions: xorshift32, Marsaglia 2003, "Xorshift RNGs".
struct Xorshift {
    std::uint32_t state = 2463534242;

    static constexpr std::uint32_t min() { return 0; }
    static constexpr std::uint32_t max() { return 0xffffffff; }
    std::uint32_t operator()() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        return state;
    }
};

// All memory that the training needs, allocated by the linker.
Net net(true);
Net::Weights gradient(net.shape());
Workspace<Net> workspace(net.shape());
Adam::State<float, Net::Weights::capacity> adam(gradient.size());

}  // namespace

int main() {
    const Eigen::Matrix<float, 4, 2> X{{0, 0}, {0, 1}, {1, 0}, {1, 1}};
    const Eigen::Vector<float, 4> Y{0, 1, 1, 0};

    Xorshift generator;
    net.randomize(generator);
    float L = 1;
    for (int step = 0; step < 500; ++step) {
        L = loss_and_gradient(net, X, Y, CrossEntropy{}, {}, workspace, gradient);
        adam.step(Adam{.learning_rate = 0.05}, net.weights().theta(), gradient.theta());
    }
    write("L ");
    write(L, 4);
    write("\n x1 xor x2  prediction\n");

    bool learned = true;
    for (int n = 0; n < 4; ++n) {
        const float yhat = net.predict_one(X.row(n))(0);
        write("  ");
        write(X(n, 0), 0);
        write(" xor  ");
        write(X(n, 1), 0);
        write("       ");
        write(yhat, 3);
        write("\n");
        learned = learned && (yhat > 0.5f) == (Y(n) > 0.5f);
    }
    write("stack ");
    write(float(stack_used()), 0);
    write(" bytes\n");
    return learned && L < 0.05f && stack_used() < 2048 ? 0 : 1;
}
