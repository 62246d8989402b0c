// SPDX-License-Identifier: MIT
//
// libtorch: gradients by autograd, predictions in inference mode, both with tensors alone, without
// torch::nn.

#include <torch/torch.h>

#include <vector>

#include "../speed/blas.hpp"
#include "../speed/program.hpp"

namespace benchmark {

namespace {

template <typename Matrix>
torch::Tensor tensor(const Matrix& A) {
    auto rows = by_rows(A);
    return torch::from_blob(rows.data(), {A.rows(), A.cols()},
                            torch::CppTypeToScalarType<typename Matrix::Scalar>::value)
        .clone();
}

struct Net {
    torch::Tensor W1, b1, W2, b2;

    template <typename Scalar>
    explicit Net(const Problem<Scalar>& p)
        : W1(tensor(p.W1.transpose().eval())),
          b1(tensor(p.b1).flatten()),
          W2(tensor(p.W2.transpose().eval())),
          b2(tensor(p.b2).flatten()) {}

    torch::Tensor predict(const torch::Tensor& X) const {
        return torch::sigmoid(torch::linear(torch::sigmoid(torch::linear(X, W1, b1)), W2, b2));
    }
};

void use_threads(int threads) {
    torch::set_num_threads(threads);
    use_blas_threads(threads);
}

template <typename Scalar>
Calls gradients(const Problem<Scalar>& problem, int threads) {
    const Net net(problem);
    for (const auto& W : {net.W1, net.b1, net.W2, net.b2}) W.set_requires_grad(true);
    return [net, threads, X = tensor(problem.X), Y = tensor(problem.Y)](std::int64_t count) {
        use_threads(threads);
        const double N = double(X.size(0));
        double value = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            const auto L = torch::mse_loss(net.predict(X), Y, at::Reduction::Sum) / (2 * N);
            const auto gradient = torch::autograd::grad({L}, {net.W1, net.b1, net.W2, net.b2});
            value = L.template item<double>();
        }
        return value;
    };
}

Calls predictions(const Problem<float>& problem, int) {
    use_threads(1);
    std::vector<torch::Tensor> X;
    for (Index n = 0; n < problem.X.rows(); ++n) X.push_back(tensor(problem.X.row(n).eval()));
    return [net = Net(problem), X](std::int64_t count) {
        const torch::InferenceMode inference;
        torch::Tensor yhat;
        std::size_t n = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            yhat = net.predict(X[n]);
            n = n + 1 == X.size() ? 0 : n + 1;
        }
        return yhat.sum().template item<double>();
    };
}

}  // namespace

SpeedProgram torch_gradients() {
    return {.name = "libtorch",
            .version = BENCHMARK_TORCH,
            .float_calls = gradients<float>,
            .double_calls = gradients<double>,
            .threads = true};
}

SpeedProgram torch_predictions() {
    return {.name = "libtorch", .version = BENCHMARK_TORCH, .float_calls = predictions};
}

}  // namespace benchmark
