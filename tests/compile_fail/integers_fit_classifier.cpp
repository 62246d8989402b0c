// SPDX-License-Identifier: MIT
#include <twolayer/model/fit_model.hpp>

#include <vector>

int main() {
    const Eigen::MatrixXi X{{1}, {2}};
    const auto fitted = twolayer::fit_classifier(X, std::vector{1, 2});
    return int(fitted.model.predict(X).size());
}
