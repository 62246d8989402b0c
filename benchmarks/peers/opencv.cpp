// SPDX-License-Identifier: MIT
//
// OpenCV's ANN_MLP: RPROP with its symmetric sigmoid, whose range is +-1.7159. It scales the
// targets to +-0.95. predict() scales back, so L is on the scale of the targets.

#include <opencv2/core.hpp>
#include <opencv2/ml.hpp>

#include "../peer.hpp"
#include "../smallest_limit.hpp"

namespace benchmark {

namespace {

cv::Mat rows_of(const Eigen::MatrixXd& A) {
    cv::Mat rows(int(A.rows()), int(A.cols()), CV_32F);
    for (int i = 0; i < rows.rows; ++i)
        for (int j = 0; j < rows.cols; ++j) rows.at<float>(i, j) = float(A(i, j));
    return rows;
}

Outcome train(const Task& task, const cv::Ptr<cv::ml::TrainData>& data, std::uint64_t seed,
              int iterations) {
    Stopwatch watch;
    const auto net = cv::ml::ANN_MLP::create();
    const auto end_after = [&](int count) {
        // Training also ends if an iteration changes the loss by less than epsilon: never, if 0.
        net->setTermCriteria({cv::TermCriteria::COUNT + cv::TermCriteria::EPS, count, 0});
    };
    net->setLayerSizes(std::vector<int>{int(task.X.cols()), task.hidden, int(task.Y.cols())});
    net->setActivationFunction(cv::ml::ANN_MLP::SIGMOID_SYM);
    net->setTrainMethod(cv::ml::ANN_MLP::RPROP);
    const double construction = watch.seconds();

    // A network's generator always starts in the same state, and every training draws from it. So
    // the seed is the number of untimed trainings of one iteration before this one.
    end_after(1);
    for (std::uint64_t i = 0; i < seed; ++i) net->train(data);
    end_after(iterations);

    watch = Stopwatch();
    net->train(data);
    const double seconds = construction + watch.seconds();
    cv::Mat rows;
    net->predict(data->getTrainSamples(), rows);
    Eigen::MatrixXd Yhat(rows.rows, rows.cols);
    for (int i = 0; i < rows.rows; ++i)
        for (int j = 0; j < rows.cols; ++j) Yhat(i, j) = double(rows.at<float>(i, j));
    return {seconds, Yhat};
}

Training training(const Task& task) {
    cv::setNumThreads(1);
    const auto data =
        cv::ml::TrainData::create(rows_of(task.X), cv::ml::ROW_SAMPLE, rows_of(task.Y));
    return [&task, data](std::uint64_t seed) {
        return smallest_limit(task,
                              [&](int iterations) { return train(task, data, seed, iterations); });
    };
}

}  // namespace

Program opencv_peer() {
    return {"OpenCV", BENCHMARK_OPENCV, {{"RPROP", "squared error", training}}};
}

}  // namespace benchmark
