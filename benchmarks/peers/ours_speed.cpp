// SPDX-License-Identifier: MIT
//
// This library: gradients and predictions, with reused memory unless the name says otherwise.

#include <algorithm>
#include <memory>
#include <string>
#include <twolayer.hpp>

#include "../speed/our_calls.hpp"
#include "../speed/program.hpp"

namespace benchmark {

namespace {

using namespace twolayer;

template <typename Scalar, bool rows>
Calls gradients(const Problem<Scalar>& problem, int threads) {
    return gradients_of<TwoLayerNet<Scalar>, rows>(problem, threads);
}

/// Gradients of the two smallest shapes, fixed at compile time.
template <typename Scalar>
Calls fixed_gradients(const Problem<Scalar>& problem, int threads) {
    switch (problem.size.D) {
        case 2:
            return gradients_of<TwoLayerNet<Scalar, Sigmoid, 2, 2, 1>, false>(problem, threads);
        case 4:
            return gradients_of<TwoLayerNet<Scalar, Sigmoid, 4, 8, 3>, false>(problem, threads);
        default:
            return {};
    }
}

template <typename Net>
Calls predictions(const Problem<float>& problem) {
    const auto net = make_net<Net>(problem);
    return [net, X = by_rows(problem.X)](std::int64_t count) {
        Vector<float, Net::outputs> yhat(net->shape().outputs);
        Index n = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            net->predict_one(X.row(n), yhat);
            consume(yhat.data());
            n = n + 1 == X.rows() ? 0 : n + 1;
        }
        return double(yhat.sum());
    };
}

/// Predictions of a few rows at a time. A call is one row.
template <Index rows>
Calls batch_predictions(const Problem<float>& problem, int) {
    const auto net = make_net<TwoLayerNet<float>>(problem);
    return [net, X = problem.X](std::int64_t count) {
        Matrix<float> Yhat;
        for (std::int64_t i = 0; i < count; i += rows) {
            const Index first = Index(i) % X.rows();
            Yhat = net->predict(X.middleRows(first, std::min(rows, Index(count - i))));
            consume(Yhat.data());
        }
        return double(Yhat.row(Yhat.rows() - 1).sum());
    };
}

/// Predictions of shapes fixed at compile time.
Calls fixed_predictions(const Problem<float>& problem, int) {
    switch (problem.size.D) {
        case 4:
            return predictions<TwoLayerNet<float, Sigmoid, 4, 8, 3>>(problem);
        case 64:
            return predictions<TwoLayerNet<float, Sigmoid, 64, 32, 10>>(problem);
        case 784:
            return predictions<TwoLayerNet<float, Sigmoid, 784, 128, 10>>(problem);
        default:
            return {};
    }
}

}  // namespace

std::vector<SpeedProgram> our_gradients() {
    return {{.name = "twolayer",
             .version = library_version(),
             .float_calls = gradients<float, false>,
             .double_calls = gradients<double, false>,
             .threads = true},
            {.name = "twolayer by rows",
             .version = library_version(),
             .float_calls = gradients<float, true>,
             .double_calls = gradients<double, true>,
             .threads = true},
            {.name = "twolayer fixed",
             .version = library_version(),
             .float_calls = fixed_gradients<float>,
             .double_calls = fixed_gradients<double>},
            {.name = "twolayer no workspace",
             .version = library_version(),
             .float_calls = one_call_gradients<float>,
             .double_calls = one_call_gradients<double>}};
}

std::vector<SpeedProgram> our_predictions() {
    const auto dynamic = [](const Problem<float>& problem, int) {
        return predictions<TwoLayerNet<float>>(problem);
    };
    return {
        {.name = "twolayer fixed", .version = library_version(), .float_calls = fixed_predictions},
        {.name = "twolayer dynamic", .version = library_version(), .float_calls = dynamic},
        {.name = "twolayer predict of 1 row",
         .version = library_version(),
         .float_calls = batch_predictions<1>},
        {.name = "twolayer predict of 8",
         .version = library_version(),
         .float_calls = batch_predictions<8>}};
}

}  // namespace benchmark
