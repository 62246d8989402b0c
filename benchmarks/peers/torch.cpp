// SPDX-License-Identifier: MIT
//
// libtorch: Adam and L-BFGS on all samples, in double precision like this library.

#include <torch/torch.h>

#include "../peer.hpp"

namespace benchmark {

namespace {

struct Data {
    torch::Tensor X, Y;
};

torch::Tensor tensor(const Eigen::MatrixXd& A) {
    Eigen::MatrixXd copy = A;
    return torch::from_blob(copy.data(), {A.cols(), A.rows()}, torch::kFloat64)
        .t()
        .clone(at::MemoryFormat::Contiguous);
}

torch::nn::Sequential make_net(const Task& task, std::uint64_t seed) {
    torch::manual_seed(seed);
    torch::nn::Sequential net(torch::nn::Linear(task.X.cols(), task.hidden), torch::nn::Sigmoid(),
                              torch::nn::Linear(task.hidden, task.Y.cols()));
    net->to(torch::kFloat64);
    return net;
}

/// Returns the loss, stores its gradient in the network's parameters, and sets L to the squared
/// error.
torch::Tensor loss_and_gradient(torch::nn::Sequential& net, const Data& data, bool log_loss,
                                double& L) {
    net->zero_grad();
    const double N = double(data.X.size(0));
    const auto O = net->forward(data.X);
    torch::Tensor loss;
    if (log_loss) {
        loss = torch::binary_cross_entropy_with_logits(O, data.Y, {}, {}, at::Reduction::Sum) / N;
        const torch::NoGradGuard unrecorded;
        L = torch::mse_loss(O.sigmoid(), data.Y, at::Reduction::Sum).item<double>() / (2 * N);
    } else {
        loss = torch::mse_loss(O.sigmoid(), data.Y, at::Reduction::Sum) / (2 * N);
        L = loss.item<double>();
    }
    loss.backward();
    return loss;
}

Outcome outcome(double seconds, torch::nn::Sequential& net, const Data& data) {
    const torch::NoGradGuard unrecorded;
    const auto columns = net->forward(data.X).sigmoid().t().contiguous();
    return {seconds, Eigen::Map<const Eigen::MatrixXd>(columns.data_ptr<double>(), data.Y.size(0),
                                                       data.Y.size(1))};
}

void adam(torch::nn::Sequential& net, const Data& data, const Task& task, bool log_loss,
          const Stopwatch& watch) {
    torch::optim::Adam optimizer(net->parameters(), torch::optim::AdamOptions(1e-2));
    for (;;) {
        double L = 0;
        loss_and_gradient(net, data, log_loss, L);
        if (L <= task.level || watch.seconds() > task.limit_seconds)
            return;
        optimizer.step();
    }
}

void lbfgs(torch::nn::Sequential& net, const Data& data, const Task& task, bool log_loss,
           const Stopwatch& watch) {
    struct Ended {};
    torch::optim::LBFGS optimizer(net->parameters(), torch::optim::LBFGSOptions(1)
                                                         .max_iter(1 << 30)
                                                         .max_eval(1 << 30)
                                                         .history_size(10)
                                                         .tolerance_grad(1e-14)
                                                         .tolerance_change(1e-14)
                                                         .line_search_fn("strong_wolfe"));
    try {
        optimizer.step([&] {
            double L = 0;
            const auto loss = loss_and_gradient(net, data, log_loss, L);
            if (L <= task.level || watch.seconds() > task.limit_seconds)
                throw Ended{};
            return loss;
        });
    } catch (const Ended&) {
    }
}

using Optimize = decltype(lbfgs);

Method method(const char* name, Optimize& optimize, bool log_loss) {
    const auto prepare = [&optimize, log_loss](const Task& task) -> Training {
        torch::set_num_threads(1);
        const Data data{tensor(task.X), tensor(task.Y)};
        return [&optimize, log_loss, &task, data](std::uint64_t seed) {
            const Stopwatch watch;
            auto net = make_net(task, seed);
            optimize(net, data, task, log_loss, watch);
            const double seconds = watch.seconds();
            return outcome(seconds, net, data);
        };
    };
    return {name, log_loss ? "log-loss" : "squared error", prepare};
}

}  // namespace

Program torch_peer() {
    return {"libtorch",
            BENCHMARK_TORCH,
            {method("Adam 0.01", adam, false), method("Adam 0.01", adam, true),
             method("L-BFGS", lbfgs, false), method("L-BFGS", lbfgs, true)}};
}

}  // namespace benchmark
