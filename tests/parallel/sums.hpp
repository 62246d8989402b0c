// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/train/fit.hpp>

#include <vector>

#include "support/problem.hpp"

/// The shape of the network, and the samples of a sum.
struct Task {
    twolayer::Shape shape;
    twolayer::Index N;
    bool weighted;
};

/// sums() of a translation unit that is compiled without OpenMP.
template <typename Scalar, int... Sizes>
std::vector<Scalar> sums_without_openmp(const Task& task);

/// fitted() of the same unit.
std::vector<double> fitted_without_openmp(const Task& task);

// Units compiled with different flags instantiate the same templates, and the linker keeps only one
// of them. Templates of an output and a loss in an unnamed namespace are separate in every unit.
namespace {

struct LocalSigmoid : twolayer::Sigmoid {};
struct LocalCrossEntropy : twolayer::CrossEntropy {};

template <typename Scalar, int... Sizes>
struct Problem : twolayer::test::Problem<Scalar, LocalSigmoid, Sizes...> {
    using Base = twolayer::test::Problem<Scalar, LocalSigmoid, Sizes...>;
    using Base::net, Base::X, Base::Y, Base::w;
    using typename Base::Net;

    explicit Problem(const Task& task) : Base(task.shape, task.N) {
        if (!task.weighted)
            w.resize(0);
        for (twolayer::Index n = 3; n < w.size(); n += 7) w(n) = 0;
    }

    /// The loss with its gradient, the loss without its gradient, and the gradient.
    std::vector<Scalar> sums(twolayer::Workspace<Net>& workspace) const {
        const LocalCrossEntropy policy;
        typename Net::Weights gradient(net.shape());
        std::vector<Scalar> sums{loss_and_gradient(net, X, Y, policy, w, workspace, gradient),
                                 mean_loss(net, X, Y, policy, w, workspace)};
        sums.insert(sums.end(), gradient.theta().begin(), gradient.theta().end());
        return sums;
    }

    std::vector<Scalar> sums(int threads) const {
        twolayer::Workspace<Net> workspace(net.shape());
        workspace.use_threads(threads);
        return sums(workspace);
    }

    /// Losses and weights after training with L-BFGS, with Newton-CG, whose products are sums as
    /// well, and with Adam in batches of two parts each.
    std::vector<Scalar> fitted(int threads) const {
        std::vector<Scalar> fitted;
        const auto train = [&](const auto& method, twolayer::Index batch) {
            Net trained = net;
            const auto report = fit(trained, X, Y, LocalCrossEntropy{}, w, method,
                                    {.epochs = 5, .batch_size = batch, .threads = threads});
            fitted.insert(fitted.end(), report.losses.begin(), report.losses.end());
            const auto theta = trained.weights().theta();
            fitted.insert(fitted.end(), theta.begin(), theta.end());
        };
        train(twolayer::Lbfgs{}, twolayer::full_batch);
        train(twolayer::NewtonCg{}, twolayer::full_batch);
        train(twolayer::Adam{.learning_rate = 0.05},
              8 * twolayer::detail::TileMemory<Net>(net.shape()).tile_rows());
        return fitted;
    }
};

}  // namespace
