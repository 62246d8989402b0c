// SPDX-License-Identifier: MIT
// The network, its derivatives, methods of training, fit and metrics: what most programs need.
#pragma once

#include <twolayer/base/version.hpp>
#include <twolayer/data/cross_validate.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/metrics.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/data/standardizer.hpp>
#include <twolayer/model/fit_model.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/model/use_model.hpp>
#include <twolayer/network/backward.hpp>
#include <twolayer/network/check_gradient.hpp>
#include <twolayer/network/gauss_newton.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/hessian_vector_product.hpp>
#include <twolayer/network/jacobian.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/gradient_descent.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/levenberg_marquardt.hpp>
#include <twolayer/train/bayesian_regularization.hpp>
#include <twolayer/train/fit.hpp>
#include <twolayer/train/fit_automatic.hpp>

/// The two-layer sigmoid network: H = X W1 + 1 b1, Z = sigma(H), O = Z W2 + 1 b2, Yhat = sigma(O),
/// every derivative in closed form.
namespace twolayer {}
