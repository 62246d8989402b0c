// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/gradient_descent.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/levenberg_marquardt.hpp>
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/optim/rprop.hpp>
#include <twolayer/train/bayesian_regularization.hpp>
#include <twolayer/train/fit.hpp>

#include <cmath>
#include <random>

#include "support/problem.hpp"

namespace twolayer::test {

/// A smooth surface with noise, N = 23, D = 3, K = 2, and a network with M = 4.
struct Task {
    using Net = TwoLayerNet<double>;

    Matrix<double> X;  ///< 23 x 3
    Matrix<double> Y;  ///< 23 x 2, between 0.1 and 0.9
    Net net{{.inputs = 3, .hidden = 4, .outputs = 2}};

    Task() {
        std::mt19937 generator(8);
        X = draw<double>(generator, 23, 3, -1, 1);
        Y = draw<double>(generator, 23, 2, -0.05, 0.05);
        for (Index n = 0; n < 23; ++n) {
            Y(n, 0) += 0.5 + 0.3 * std::sin(2 * X(n, 0) - X(n, 1));
            Y(n, 1) += 0.5 + 0.3 * X(n, 1) * X(n, 2);
        }
        net.randomize(generator);
    }
};

}  // namespace twolayer::test

namespace twolayer::detail {

// These take long to compile, so test_every_method.cpp instantiates them for all tests.
#define TWOLAYER_TEST_FIT(Method)                                                           \
    template FitReport fit(test::Task::Net&, const LossFunctions<test::Task::Net>&,         \
                           const CheckedSamples<double>&, const Method&, const FitOptions&, \
                           FitState<test::Task::Net, Method>&, const Validation<double>&)

extern TWOLAYER_TEST_FIT(GradientDescent);
extern TWOLAYER_TEST_FIT(Adam);
extern TWOLAYER_TEST_FIT(Rprop);
extern TWOLAYER_TEST_FIT(Lbfgs);
extern TWOLAYER_TEST_FIT(LevenbergMarquardt);
extern TWOLAYER_TEST_FIT(NewtonCg);
extern TWOLAYER_TEST_FIT(BayesianRegularization);

}  // namespace twolayer::detail
