// SPDX-License-Identifier: MIT
//
// FANN, in single precision.

#include <fann.h>

#include <memory>

#include "../speed/program.hpp"

namespace benchmark {

namespace {

using Net = std::shared_ptr<fann>;
using Data = std::shared_ptr<fann_train_data>;

unsigned count_of(Index n) {
    return static_cast<unsigned>(n);
}

Net make_net(const Problem<float>& problem) {
    const auto& [name, N, D, M, K] = problem.size;
    const Net net(fann_create_standard(3, count_of(D), count_of(M), count_of(K)), fann_destroy);
    fann_set_activation_function_hidden(net.get(), FANN_SIGMOID);
    fann_set_activation_function_output(net.get(), FANN_SIGMOID);
    // Its weights are stored unit by unit, the bias last. fann_set_weight searches all of them.
    float* next = net->weights;
    for (Index m = 0; m < M; ++m) {
        for (Index d = 0; d < D; ++d) *next++ = problem.W1(d, m);
        *next++ = problem.b1(m);
    }
    for (Index k = 0; k < K; ++k) {
        for (Index m = 0; m < M; ++m) *next++ = problem.W2(m, k);
        *next++ = problem.b2(k);
    }
    return net;
}

Data make_data(const Problem<float>& problem) {
    const auto& [name, N, D, M, K] = problem.size;
    fann_train_data* data = fann_create_train(count_of(N), count_of(D), count_of(K));
    for (Index n = 0; n < N; ++n) {
        for (Index d = 0; d < D; ++d) data->input[n][d] = problem.X(n, d);
        for (Index k = 0; k < K; ++k) data->output[n][k] = problem.Y(n, k);
    }
    return {data, fann_destroy_train};
}

/// FANN has no call for a gradient. This is an epoch of batch training at learning rate zero: a
/// gradient and one pass over the weights, which do not change.
Calls gradients(const Problem<float>& problem, int) {
    const Net net = make_net(problem);
    fann_set_training_algorithm(net.get(), FANN_TRAIN_BATCH);
    fann_set_train_error_function(net.get(), FANN_ERRORFUNC_LINEAR);
    fann_set_learning_rate(net.get(), 0);
    return [net, data = make_data(problem)](std::int64_t count) {
        double error = 0;  // the mean over samples and outputs, without the half
        for (std::int64_t i = 0; i < count; ++i)
            error = double(fann_train_epoch(net.get(), data.get()));
        return error * double(data->num_output) / 2;
    };
}

Calls predictions(const Problem<float>& problem, int) {
    return [net = make_net(problem), data = make_data(problem)](std::int64_t count) {
        unsigned n = 0;
        const float* yhat = nullptr;
        for (std::int64_t i = 0; i < count; ++i) {
            yhat = fann_run(net.get(), data->input[n]);
            n = n + 1 == data->num_data ? 0 : n + 1;
        }
        double sum = 0;
        for (unsigned k = 0; k < data->num_output; ++k) sum += double(yhat[k]);
        return sum;
    };
}

}  // namespace

SpeedProgram fann_gradients() {
    return {.name = "FANN", .version = BENCHMARK_FANN, .float_calls = gradients};
}

SpeedProgram fann_predictions() {
    return {.name = "FANN", .version = BENCHMARK_FANN, .float_calls = predictions};
}

}  // namespace benchmark
