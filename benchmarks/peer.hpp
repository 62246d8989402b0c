// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

/// The interface of the measured programs. N samples, D inputs, M hidden units, K outputs.
namespace benchmark {

/// A training task: bring  L = 1/(2N) sum (Yhat - Y)^2  down to the level.
struct Task {
    std::string name;
    Eigen::MatrixXd X;     ///< N x D, standardized
    Eigen::MatrixXd Y;     ///< N x K, in [0, 1]
    int hidden;            ///< M
    double level;          ///< of L
    double limit_seconds;  ///< time limit; a training that takes longer has failed

    bool has_labels() const { return (Y.array() == 0 || Y.array() == 1).all(); }
};

/// Reads the tasks listed in tasks.csv of a folder, each from its NAME_X.csv and NAME_Y.csv.
std::vector<Task> read_tasks(const std::filesystem::path& folder);

double squared_error(const Eigen::MatrixXd& Yhat, const Eigen::MatrixXd& Y);

/// The prediction for X is not timed. It proves whether the level was reached.
struct Outcome {
    double seconds;        ///< processor time of construction and training
    Eigen::MatrixXd Yhat;  ///< N x K
};

/// One training from new weights. The data are already in the layout that the program requires.
using Training = std::function<Outcome(std::uint64_t seed)>;

struct Method {
    std::string name;
    std::string minimizes;                         ///< "squared error" or "log-loss"
    std::function<Training(const Task&)> prepare;  ///< the task outlives the training
    std::function<bool(const Task&)> suits = [](const Task&) { return true; };
};

struct Program {
    std::string name;
    std::string version;
    std::vector<Method> methods;
};

Program ours();
Program alglib_peer();
Program fann_peer();
Program lbfgspp_peer();
Program opencv_peer();
Program torch_peer();

/// Processor time. With one thread, it equals the wall-clock time of an idle machine, and other
/// processes do not add to it.
class Stopwatch {
public:
    double seconds() const { return double(std::clock() - begin_) / CLOCKS_PER_SEC; }

private:
    std::clock_t begin_ = std::clock();
};

}  // namespace benchmark
