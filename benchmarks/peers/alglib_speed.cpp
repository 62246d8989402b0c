// SPDX-License-Identifier: MIT
//
// ALGLIB, in double precision. Its hidden units are tanh, and its outputs are (1 - tanh) / 2 for
// the range [0, 1]. Since  sigma(h) = (1 + tanh(h/2)) / 2,  the same function has the weights
//
//     W1/2,   b1/2                     in the hidden layer, whose values are then 2 Z - 1, and
//     -W2/4,  -(b2/2 + 1^T W2/4)       in the output layer.

#include <dataanalysis.h>

#include <memory>

#include "../speed/program.hpp"

namespace benchmark {

namespace {

using Net = alglib::multilayerperceptron;

template <typename Scalar>
Net make_net(const Problem<Scalar>& problem) {
    const auto& [name, N, D, M, K] = problem.size;
    Net net;
    alglib::mlpcreater1(D, M, K, 0, 1, net);
    for (Index m = 0; m < M; ++m) {
        for (Index d = 0; d < D; ++d) alglib::mlpsetweight(net, 0, d, 1, m, problem.W1(d, m) / 2);
        alglib::mlpsetneuroninfo(net, 1, m, 1, -problem.b1(m) / 2);
    }
    for (Index k = 0; k < K; ++k) {
        for (Index m = 0; m < M; ++m) alglib::mlpsetweight(net, 1, m, 2, k, -problem.W2(m, k) / 4);
        alglib::mlpsetneuroninfo(net, 2, k, 1, problem.b2(k) / 2 + problem.W2.col(k).sum() / 4);
    }
    return net;
}

/// The gradient of the squared error. mlpgradnbatch would differ only for a softmax.
Calls gradients(const Problem<double>& problem, int) {
    struct Kept {
        Net net;
        alglib::real_2d_array XY;
        alglib::real_1d_array gradient;
    };
    const auto& [name, N, D, M, K] = problem.size;
    const auto kept = std::make_shared<Kept>();
    kept->net = make_net(problem);
    kept->XY.setlength(N, D + K);
    for (Index n = 0; n < N; ++n) {
        for (Index d = 0; d < D; ++d) kept->XY(n, d) = problem.X(n, d);
        for (Index k = 0; k < K; ++k) kept->XY(n, D + k) = problem.Y(n, k);
    }
    return [kept, samples = N](std::int64_t count) {
        double error = 0;
        for (std::int64_t i = 0; i < count; ++i)
            alglib::mlpgradbatch(kept->net, kept->XY, samples, error, kept->gradient);
        return error / double(samples);
    };
}

Calls predictions(const Problem<float>& problem, int) {
    struct Kept {
        Net net;
        std::vector<alglib::real_1d_array> X;
        alglib::real_1d_array yhat;
    };
    const auto kept = std::make_shared<Kept>();
    kept->net = make_net(problem);
    kept->X.resize(std::size_t(problem.X.rows()));
    for (Index n = 0; n < problem.X.rows(); ++n) {
        auto& x = kept->X[std::size_t(n)];
        x.setlength(problem.X.cols());
        for (Index d = 0; d < problem.X.cols(); ++d) x(d) = double(problem.X(n, d));
    }
    return [kept](std::int64_t count) {
        std::size_t n = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            alglib::mlpprocess(kept->net, kept->X[n], kept->yhat);
            n = n + 1 == kept->X.size() ? 0 : n + 1;
        }
        double sum = 0;
        for (Index k = 0; k < kept->yhat.length(); ++k) sum += kept->yhat(k);
        return sum;
    };
}

}  // namespace

SpeedProgram alglib_gradients() {
    return {.name = "ALGLIB", .version = BENCHMARK_ALGLIB, .double_calls = gradients};
}

SpeedProgram alglib_predictions() {
    return {.name = "ALGLIB (double)", .version = BENCHMARK_ALGLIB, .float_calls = predictions};
}

}  // namespace benchmark
