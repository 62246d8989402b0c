// SPDX-License-Identifier: MIT
//
// A program of two units for different processors. Each uses and frees what the other allocated.

#include <twolayer/network/net.hpp>

#include <cstdio>

using namespace twolayer;

TwoLayerNet<float> older(int seed), newer(int seed);

int main() {
    for (int seed = 0; seed < 20; ++seed) {
        auto a = older(seed), b = newer(seed);
        const Matrix<float> X = Matrix<float>::Constant(50, 5, float(seed) / 20);
        const float apart = (a.predict(X) - b.predict(X)).cwiseAbs().maxCoeff();
        if (!(apart <= 1e-6f))  // sums of 8 terms below 1 in size, each rounded by 6e-8
            return std::printf("the units differ by %g\n", double(apart)), 1;
        a = b;
        b = older(seed);
    }
}
