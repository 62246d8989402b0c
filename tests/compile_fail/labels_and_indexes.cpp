// SPDX-License-Identifier: MIT
#include <twolayer/data/metrics.hpp>

int main() {
    const std::vector<int> labels{1, 2};
    return twolayer::accuracy(labels, twolayer::class_index(Eigen::MatrixXd{{1, 0}, {0, 1}})) < 1;
}
