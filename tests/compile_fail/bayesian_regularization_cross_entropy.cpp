// SPDX-License-Identifier: MIT
#include <twolayer/train/bayesian_regularization.hpp>
#include <twolayer/train/fit.hpp>

int main() {
    const twolayer::Matrix<double> X{{1}}, Y{{1}};
    twolayer::TwoLayerNet<double> net({1, 1, 1});
    fit(net, X, Y, twolayer::CrossEntropy{}, twolayer::BayesianRegularization{});
}
