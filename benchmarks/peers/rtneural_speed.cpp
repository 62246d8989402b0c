// SPDX-License-Identifier: MIT
//
// RTNeural, inference only: shapes fixed at compile time, or layers assembled at run time.

#include <RTNeural/RTNeural.h>

#include <memory>
#include <vector>

#include "../speed/program.hpp"

namespace benchmark {

namespace {

/// Its layers expect M x D.
std::vector<std::vector<float>> transposed(const Eigen::MatrixXf& W) {
    std::vector<std::vector<float>> rows;
    for (Index j = 0; j < W.cols(); ++j)
        rows.emplace_back(W.col(j).data(), W.col(j).data() + W.rows());
    return rows;
}

template <typename Model>
Calls predictions(const Problem<float>& problem, std::shared_ptr<Model> model) {
    // Every sample must be aligned to the size of a vector.
    Eigen::MatrixXf samples((problem.size.D + 15) / 16 * 16, problem.size.N);
    samples.topRows(problem.size.D) = problem.X.transpose();
    return [model, X = samples, K = problem.size.K](std::int64_t count) {
        Index n = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            model->forward(X.col(n).data());
            consume(model->getOutputs());
            n = n + 1 == X.cols() ? 0 : n + 1;
        }
        double sum = 0;
        for (Index k = 0; k < K; ++k) sum += double(model->getOutputs()[k]);
        return sum;
    };
}

template <int D, int M, int K>
Calls fixed(const Problem<float>& problem) {
    using namespace RTNeural;
    const auto model =
        std::make_shared<ModelT<float, D, K, DenseT<float, D, M>, SigmoidActivationT<float, M>,
                                DenseT<float, M, K>, SigmoidActivationT<float, K>>>();
    model->template get<0>().setWeights(transposed(problem.W1));
    model->template get<0>().setBias(problem.b1.data());
    model->template get<2>().setWeights(transposed(problem.W2));
    model->template get<2>().setBias(problem.b2.data());
    return predictions(problem, model);
}

Calls fixed_predictions(const Problem<float>& problem, int) {
    switch (problem.size.D) {
        case 4:
            return fixed<4, 8, 3>(problem);
        case 64:
            return fixed<64, 32, 10>(problem);
        case 784:
            return fixed<784, 128, 10>(problem);
        default:
            return {};
    }
}

Calls dynamic_predictions(const Problem<float>& problem, int) {
    using namespace RTNeural;
    const int D = int(problem.size.D), M = int(problem.size.M), K = int(problem.size.K);
    const auto model = std::make_shared<Model<float>>(D);
    auto* first = new Dense<float>(D, M);
    first->setWeights(transposed(problem.W1));
    first->setBias(problem.b1.data());
    auto* second = new Dense<float>(M, K);
    second->setWeights(transposed(problem.W2));
    second->setBias(problem.b2.data());
    model->addLayer(first);  // the model owns its layers
    model->addLayer(new SigmoidActivation<float>(M));
    model->addLayer(second);
    model->addLayer(new SigmoidActivation<float>(K));
    return predictions(problem, model);
}

}  // namespace

#if defined(RTNEURAL_USE_XSIMD)
[[gnu::visibility("default")]] std::vector<SpeedProgram> rtneural_xsimd_predictions() {
    const std::string name = "RTNeural on xsimd";
#else
[[gnu::visibility("default")]] std::vector<SpeedProgram> rtneural_eigen_predictions() {
    const std::string name = "RTNeural on Eigen";
#endif
    return {
        {.name = name + " fixed", .version = BENCHMARK_RTNEURAL, .float_calls = fixed_predictions},
        {.name = name + " dynamic",
         .version = BENCHMARK_RTNEURAL,
         .float_calls = dynamic_predictions}};
}

}  // namespace benchmark
