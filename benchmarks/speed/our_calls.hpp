// SPDX-License-Identifier: MIT
// Calls of this library that several benchmarks measure: gradients with and without a workspace.
#pragma once

#include <cstdint>
#include <memory>
#include <twolayer.hpp>

#include "problem.hpp"
#include "program.hpp"

namespace benchmark {

using namespace twolayer;

/// A network with the weights of a problem.
template <typename Net>
std::shared_ptr<Net> make_net(const Problem<typename Net::Scalar>& problem) {
    const auto& [name, N, D, M, K] = problem.size;
    const auto net = std::make_shared<Net>(Shape{.inputs = D, .hidden = M, .outputs = K});
    net->weights().W1() = problem.W1;
    net->weights().b1() = problem.b1;
    net->weights().W2() = problem.W2;
    net->weights().b2() = problem.b2;
    return net;
}

/// Gradients with a workspace, for sigmoid outputs and the squared error. X is row-major if `rows`,
/// else column-major, which is Eigen's default.
template <typename Net, bool rows>
Calls gradients_of(const Problem<typename Net::Scalar>& problem, int threads) {
    using Scalar = typename Net::Scalar;
    struct Kept {
        std::shared_ptr<Net> net;
        decltype(by_rows(problem.X)) X;
        Workspace<Net> workspace;
        typename Net::Weights gradient;
    };
    const auto net = make_net<Net>(problem);
    const auto kept = std::make_shared<Kept>(
        Kept{net, {}, Workspace<Net>(net->shape()), typename Net::Weights(net->shape())});
    kept->workspace.use_threads(threads);
    if (rows)
        kept->X = by_rows(problem.X);
    return [&problem, kept](std::int64_t count) {
        Scalar L = 0;
        const auto call = [&](const auto& X) {
            for (std::int64_t i = 0; i < count; ++i) {
                L = loss_and_gradient(*kept->net, X, problem.Y, SquaredError{}, {}, kept->workspace,
                                      kept->gradient);
                consume(kept->gradient.theta().data());
            }
        };
        if (rows)
            call(kept->X);
        else
            call(problem.X);
        return double(L);
    };
}

/// Gradients without a workspace. Their ratio to gradients_of() is the cost of that.
template <typename Scalar>
Calls one_call_gradients(const Problem<Scalar>& problem, int) {
    const auto net = make_net<TwoLayerNet<Scalar>>(problem);
    return [&problem, net](std::int64_t count) {
        Scalar L = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            const auto [loss, gradient] = loss_and_gradient(*net, problem.X, problem.Y);
            consume(gradient.theta().data());
            L = loss;
        }
        return double(L);
    };
}

}  // namespace benchmark
