// SPDX-License-Identifier: MIT
// The network, its derivatives, methods of training, fit and metrics: what most programs need.
#pragma once

#include <twolayer/core/backward.hpp>
#include <twolayer/core/check_gradient.hpp>
#include <twolayer/core/gradient.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/data/cross_validate.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/metrics.hpp>
#include <twolayer/data/model.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/data/standardizer.hpp>
#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/gradient_descent.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/levenberg_marquardt.hpp>
#include <twolayer/second_order/gauss_newton.hpp>
#include <twolayer/second_order/hessian_vector_product.hpp>
#include <twolayer/second_order/jacobian.hpp>
#include <twolayer/train/bayesian_regularization.hpp>
#include <twolayer/train/fit.hpp>
#include <twolayer/train/fit_automatic.hpp>
#include <twolayer/train/fit_model.hpp>
#include <twolayer/version.hpp>
