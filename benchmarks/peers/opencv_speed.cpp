// SPDX-License-Identifier: MIT
//
// OpenCV's ANN_MLP: data in single precision, weights and arithmetic in double. Its sigmoid is
// symmetric. Its weights cannot be set, so they are its own random weights.

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/ml.hpp>

#include "../speed/blas.hpp"
#include "../speed/program.hpp"

namespace benchmark {

namespace {

using cv::ml::ANN_MLP;
using Net = cv::Ptr<ANN_MLP>;

template <typename Scalar>
cv::Mat rows_of(const Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>& A) {
    cv::Mat rows(int(A.rows()), int(A.cols()), CV_32F);
    for (int i = 0; i < rows.rows; ++i)
        for (int j = 0; j < rows.cols; ++j) rows.at<float>(i, j) = float(A(i, j));
    return rows;
}

template <typename Scalar>
cv::Ptr<cv::ml::TrainData> data_of(const Problem<Scalar>& problem) {
    return cv::ml::TrainData::create(rows_of(problem.X), cv::ml::ROW_SAMPLE, rows_of(problem.Y));
}

constexpr int unscaled = ANN_MLP::NO_INPUT_SCALE | ANN_MLP::NO_OUTPUT_SCALE;

void end_after(ANN_MLP& net, std::int64_t iterations) {
    net.setTermCriteria({cv::TermCriteria::COUNT + cv::TermCriteria::EPS, int(iterations), 0});
}

template <typename Scalar>
Net make_net(const Problem<Scalar>& problem, const cv::Ptr<cv::ml::TrainData>& data) {
    cv::setNumThreads(1);
    use_blas_threads(1);
    const auto& [name, N, D, M, K] = problem.size;
    const Net net = ANN_MLP::create();
    net->setLayerSizes(std::vector<int>{int(D), int(M), int(K)});
    net->setActivationFunction(ANN_MLP::SIGMOID_SYM);
    net->setTrainMethod(ANN_MLP::RPROP);
    end_after(*net, 1);
    net->train(data, unscaled);
    return net;
}

/// OpenCV has no call for a gradient. An iteration of RPROP, which is measured
/// instead, computes a gradient and passes once over the weights. Training ends early if the loss
/// no longer changes, so it is restarted from new weights after this many iterations.
constexpr std::int64_t iterations_at_most = 50;

Calls gradients(const Problem<double>& problem, int) {
    const auto data = data_of(problem);
    return [data, net = make_net(problem, data)](std::int64_t count) {
        for (std::int64_t left = count; left > 0; left -= iterations_at_most) {
            end_after(*net, std::min(left, iterations_at_most));
            net->train(data, unscaled);
        }
        return 0.0;
    };
}

Calls predictions(const Problem<float>& problem, int) {
    const auto data = data_of(problem);
    const cv::Mat X = data->getSamples();
    return [X, net = make_net(problem, data)](std::int64_t count) {
        cv::Mat yhat;
        int n = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            net->predict(X.row(n), yhat);
            n = n + 1 == X.rows ? 0 : n + 1;
        }
        return cv::sum(yhat)[0];
    };
}

}  // namespace

SpeedProgram opencv_gradients() {
    return {
        .name = "OpenCV", .version = BENCHMARK_OPENCV, .double_calls = gradients, .proves = false};
}

SpeedProgram opencv_predictions() {
    return {
        .name = "OpenCV", .version = BENCHMARK_OPENCV, .float_calls = predictions, .proves = false};
}

}  // namespace benchmark
