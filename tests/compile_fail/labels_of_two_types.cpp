// SPDX-License-Identifier: MIT
#include <twolayer/data/metrics.hpp>

int main() {
    const std::vector<int> labels{1, 2};
    return twolayer::accuracy(labels, std::vector<std::string>{"1", "2"}) < 1;
}
