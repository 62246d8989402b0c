// SPDX-License-Identifier: MIT
#include <twolayer/model/fit_model.hpp>

int main() {
    const twolayer::Matrix<double> X{{1}, {2}};
    return int(twolayer::fit_classifier(X, Eigen::VectorXd{{1, 2}}).report.tried.size());
}
