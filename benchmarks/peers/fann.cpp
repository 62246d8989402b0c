// SPDX-License-Identifier: MIT
//
// FANN: RPROP in single precision, its default method and the fastest.

#include <fann.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "../peer.hpp"

namespace benchmark {

namespace {

using Net = std::unique_ptr<fann, decltype(&fann_destroy)>;
using Data = std::shared_ptr<fann_train_data>;

Data training_data(const Task& task) {
    const auto unsigned_of = [](Eigen::Index n) { return static_cast<unsigned>(n); };
    fann_train_data* data = fann_create_train(
        unsigned_of(task.X.rows()), unsigned_of(task.X.cols()), unsigned_of(task.Y.cols()));
    for (Eigen::Index n = 0; n < task.X.rows(); ++n) {
        for (Eigen::Index d = 0; d < task.X.cols(); ++d) data->input[n][d] = float(task.X(n, d));
        for (Eigen::Index k = 0; k < task.Y.cols(); ++k) data->output[n][k] = float(task.Y(n, k));
    }
    return {data, fann_destroy_train};
}

Eigen::MatrixXd predict(fann* net, const fann_train_data& data) {
    Eigen::MatrixXd Yhat(data.num_data, data.num_output);
    for (unsigned n = 0; n < data.num_data; ++n) {
        const float* yhat = fann_run(net, data.input[n]);
        for (unsigned k = 0; k < data.num_output; ++k) Yhat(n, k) = double(yhat[k]);
    }
    return Yhat;
}

Training training(const Task& task) {
    return [&task, data = training_data(task)](std::uint64_t seed) {
        const Stopwatch watch;
        const Net net(
            fann_create_standard(3, data->num_input, unsigned(task.hidden), data->num_output),
            fann_destroy);
        // Its constructor seeds itself from the system, so the weights are drawn again.
        std::srand(static_cast<unsigned>(seed));
        fann_randomize_weights(net.get(), -0.1f, 0.1f);
        fann_set_activation_function_hidden(net.get(), FANN_SIGMOID);
        fann_set_activation_function_output(net.get(), FANN_SIGMOID);
        fann_set_training_algorithm(net.get(), FANN_TRAIN_RPROP);
        // FANN's error is the mean over samples and outputs, without the half.
        const auto L = [K = double(data->num_output)](float error) {
            return K / 2 * double(error);
        };
        // An epoch reports the error before its step, so the error is checked again after it.
        while (watch.seconds() <= task.limit_seconds &&
               !(L(fann_train_epoch(net.get(), data.get())) <= task.level &&
                 L(fann_test_data(net.get(), data.get())) <= task.level)) {
        }
        const double seconds = watch.seconds();
        return Outcome{seconds, predict(net.get(), *data)};
    };
}

}  // namespace

Program fann_peer() {
    return {"FANN", BENCHMARK_FANN, {{"RPROP", "squared error", training}}};
}

}  // namespace benchmark
