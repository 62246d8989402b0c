// SPDX-License-Identifier: MIT
#include <twolayer/data/metrics.hpp>

int main() {
    const twolayer::Matrix<double> Y{{1}, {2}}, Yhat{{1}, {3}};
    return twolayer::r2({Y, Yhat}) < 1;
}
