// SPDX-License-Identifier: MIT
// Trains by the method that the command line of train names.
#pragma once

#include <concepts>
#include <string>
#include <twolayer/files/checkpoint.hpp>
#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/gradient_descent.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/levenberg_marquardt.hpp>
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/optim/rprop.hpp>
#include <twolayer/train/bayesian_regularization.hpp>
#include <twolayer/train/fit.hpp>
#include <twolayer/train/fit_automatic.hpp>

#include "options.hpp"
#include "terminal.hpp"

/// Trains by o.trainer(). No other function trains by a method.
template <typename Loss, typename Net>
twolayer::FitReport fit_by_method(const TrainOptions& o, Net& net,
                                  const twolayer::Matrix<double>& X,
                                  const twolayer::Matrix<double>& Y,
                                  const twolayer::Vector<double>& sample_weights,
                                  const twolayer::FitOptions& options, Console& console) {
    using namespace twolayer;
    const auto by = [&](const auto& method) {
        if (o.checkpoint.empty())
            return fit(net, X, Y, Loss{}, sample_weights, method, options);
        return fit(net, X, Y, Loss{}, sample_weights, method, options,
                   Checkpoints{.path = o.checkpoint,
                               .every_epochs = o.checkpoint_every,
                               .resume = o.resume,
                               .warn = [&](const std::string& failure) { console.warn(failure); }});
    };
    const std::string name = o.trainer();
    if constexpr (std::same_as<Loss, SquaredError>)
        if (name == "lm")
            return by(LevenbergMarquardt{});
    if constexpr (std::same_as<typename Net::Output, Identity>) {
        if (name == "bayes")
            return by(BayesianRegularization{});
        if (name == "auto")
            return fit(net, X, Y, Loss{}, sample_weights, options);
    }
    if (name == "lbfgs")
        return by(Lbfgs{});
    if (name == "newton-cg")
        return by(NewtonCg{});
    if (name == "rprop")
        return by(Rprop{});
    if (name == "gd")
        return by(
            GradientDescent{.learning_rate = o.learning_rate.value_or(0.05), .momentum = 0.9});
    FitReport report =
        by(Adam{.learning_rate = o.learning_rate.value_or(o.regression ? 0.02 : 0.06)});
    if (o.method == "auto")
        report.choice = o.regression ? "--learning-rate or --batch-size is given" : "classes";
    return report;
}
