// SPDX-License-Identifier: MIT
//
// ALGLIB: tanh hidden units. The outputs are a tanh scaled to [0, 1], which is a sigmoid, or a
// softmax over classes, for which it minimizes the log-loss.

#include <dataanalysis.h>

#include <cstdlib>

#include "../peer.hpp"
#include "../smallest_limit.hpp"

namespace benchmark {

namespace {

using Net = alglib::multilayerperceptron;

/// The index of the class. A single output is the probability of the second of two classes.
alglib::ae_int_t class_of(const Eigen::MatrixXd& Y, Eigen::Index n) {
    Eigen::Index k = 0;
    if (Y.cols() == 1)
        return Y(n, 0) > 0.5;
    Y.row(n).maxCoeff(&k);
    return k;
}

/// N x (D + K): the inputs, then the targets or the index of the class.
alglib::real_2d_array joined(const Task& task, bool softmax) {
    const Eigen::Index N = task.X.rows(), D = task.X.cols(), K = softmax ? 1 : task.Y.cols();
    alglib::real_2d_array XY;
    XY.setlength(N, D + K);
    for (Eigen::Index n = 0; n < N; ++n) {
        for (Eigen::Index d = 0; d < D; ++d) XY(n, d) = task.X(n, d);
        for (Eigen::Index k = 0; k < K; ++k)
            XY(n, D + k) = softmax ? double(class_of(task.Y, n)) : task.Y(n, k);
    }
    return XY;
}

/// ALGLIB seeds its generator from rand().
Net make_net(const Task& task, bool softmax, std::uint64_t seed) {
    std::srand(static_cast<unsigned>(seed));
    Net net;
    const auto K = task.Y.cols();
    if (softmax)
        alglib::mlpcreatec1(task.X.cols(), task.hidden, K == 1 ? 2 : K, net);
    else
        alglib::mlpcreater1(task.X.cols(), task.hidden, K, 0, 1, net);
    return net;
}

Eigen::MatrixXd predict(const Net& net, const Task& task) {
    Eigen::MatrixXd Yhat(task.Y.rows(), task.Y.cols());
    alglib::real_1d_array x, yhat;
    x.setlength(task.X.cols());
    for (Eigen::Index n = 0; n < Yhat.rows(); ++n) {
        for (Eigen::Index d = 0; d < task.X.cols(); ++d) x(d) = task.X(n, d);
        alglib::mlpprocess(net, x, yhat);
        const Eigen::Index first = yhat.length() - Yhat.cols();
        for (Eigen::Index k = 0; k < Yhat.cols(); ++k) Yhat(n, k) = yhat(first + k);
    }
    return Yhat;
}

/// L-BFGS of ALGLIB's trainer, which can be stopped after each iteration.
Training stepwise(const Task& task) {
    return [&task, XY = joined(task, false)](std::uint64_t seed) {
        const Stopwatch watch;
        const Eigen::Index N = task.X.rows();
        const Net net = make_net(task, false, seed);
        alglib::mlptrainer trainer;
        alglib::mlpcreatetrainer(task.X.cols(), task.Y.cols(), trainer);
        alglib::mlpsetdataset(trainer, XY, N);
        alglib::mlpsetdecay(trainer, 0);
        alglib::mlpsetcond(trainer, 0, 1 << 30);
        alglib::mlpstarttraining(trainer, net, false);
        while (alglib::mlpcontinuetraining(trainer, net) && watch.seconds() <= task.limit_seconds &&
               alglib::mlperror(net, XY, N) > task.level * double(N)) {
        }
        const double seconds = watch.seconds();
        return Outcome{seconds, predict(net, task)};
    };
}

/// The smallest weight decay that these functions accept.
constexpr double weight_decay = 0.001;

/// Levenberg-Marquardt until it converges, restarted from new weights until the level is reached.
Training levenberg_marquardt(const Task& task, bool softmax) {
    return [&task, softmax, XY = joined(task, softmax)](std::uint64_t seed) {
        const Stopwatch watch;
        const Net net = make_net(task, softmax, seed);
        // A second output that mirrors the first doubles the error.
        const double mirrored = softmax && task.Y.cols() == 1 ? 2 : 1;
        const double enough = mirrored * task.level * double(task.X.rows());
        do {
            alglib::ae_int_t info;
            alglib::mlpreport report;
            alglib::mlptrainlm(net, XY, task.X.rows(), weight_decay, 1, info, report);
        } while (alglib::mlperror(net, XY, task.X.rows()) > enough &&
                 watch.seconds() <= task.limit_seconds);
        const double seconds = watch.seconds();
        return Outcome{seconds, predict(net, task)};
    };
}

Training limited_lbfgs_softmax(const Task& task) {
    return [&task, XY = joined(task, true)](std::uint64_t seed) {
        return smallest_limit(task, [&](int iterations) {
            const Stopwatch watch;
            const Net net = make_net(task, true, seed);
            alglib::ae_int_t info;
            alglib::mlpreport report;
            alglib::mlptrainlbfgs(net, XY, task.X.rows(), weight_decay, 1, 0, iterations, info,
                                  report);
            const double seconds = watch.seconds();
            return Outcome{seconds, predict(net, task)};
        });
    };
}

}  // namespace

Program alglib_peer() {
    const auto labels = [](const Task& task) { return task.has_labels(); };
    const auto lm = [](bool softmax) {
        return [softmax](const Task& task) { return levenberg_marquardt(task, softmax); };
    };
    return {"ALGLIB",
            BENCHMARK_ALGLIB,
            {{"L-BFGS", "squared error", stepwise},
             {"LM", "squared error", lm(false)},
             {"L-BFGS softmax", "log-loss", limited_lbfgs_softmax, labels},
             {"LM softmax", "log-loss", lm(true), labels}}};
}

}  // namespace benchmark
