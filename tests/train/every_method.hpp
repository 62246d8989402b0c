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

#include "support/problem.hpp"
#include "support/task.hpp"

namespace twolayer::detail {

// What takes long to compile: test_every_method.cpp has it for all.
#define TWOLAYER_TEST_FIT(Method)                                                          \
    template FitReport fit<SquaredError, SquaredError>(                                    \
        test::Task::Net&, const CheckedSamples<double>&, const Method&, const FitOptions&, \
        FitState<test::Task::Net, Method>&, const Validation<double>&)

extern TWOLAYER_TEST_FIT(GradientDescent);
extern TWOLAYER_TEST_FIT(Adam);
extern TWOLAYER_TEST_FIT(Rprop);
extern TWOLAYER_TEST_FIT(Lbfgs);
extern TWOLAYER_TEST_FIT(LevenbergMarquardt);
extern TWOLAYER_TEST_FIT(NewtonCg);
extern TWOLAYER_TEST_FIT(BayesianRegularization);

}  // namespace twolayer::detail
