// SPDX-License-Identifier: MIT
//
// The formulas written directly in Eigen, on all samples at once, with reused matrices. A baseline
// rather than a peer: it requires no other package.

#include <memory>
#include <string>

#include "../speed/program.hpp"

namespace benchmark {

namespace {

template <typename Derived>
auto sigma(const Eigen::MatrixBase<Derived>& A) {
    using Scalar = typename Derived::Scalar;
    return (Scalar(1) + (-A.array()).exp()).inverse().matrix();
}

template <typename Scalar>
struct WholeBatch {
    using Matrix = typename Problem<Scalar>::Matrix;
    using Row = typename Problem<Scalar>::Row;

    Matrix H, Z, O, Yhat, delta2, delta1, dW1, dW2;
    Row db1, db2;

    /// README, equations (1) to (9).
    Scalar operator()(const Problem<Scalar>& p) {
        const Scalar N = Scalar(p.X.rows());
        H.noalias() = p.X * p.W1;
        H.rowwise() += p.b1;
        Z = sigma(H);
        O.noalias() = Z * p.W2;
        O.rowwise() += p.b2;
        Yhat = sigma(O);
        const Scalar L = (Yhat - p.Y).squaredNorm() / (2 * N);

        delta2 = (Yhat - p.Y).array() * Yhat.array() * (1 - Yhat.array()) / N;
        delta1.noalias() = delta2 * p.W2.transpose();
        delta1.array() *= Z.array() * (1 - Z.array());

        dW2.noalias() = Z.transpose() * delta2;
        db2 = delta2.colwise().sum();
        dW1.noalias() = p.X.transpose() * delta1;
        db1 = delta1.colwise().sum();
        return L;
    }
};

template <typename Scalar>
Calls gradients(const Problem<Scalar>& problem, int) {
    return [&problem, kept = std::make_shared<WholeBatch<Scalar>>()](std::int64_t count) {
        Scalar L = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            L = (*kept)(problem);
            consume(kept->dW1.data());
        }
        return double(L);
    };
}

Calls predictions(const Problem<float>& problem, int) {
    return [&problem, X = by_rows(problem.X)](std::int64_t count) {
        Problem<float>::Row z, yhat;
        Index n = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            z.noalias() = X.row(n) * problem.W1;
            z = sigma(z + problem.b1);
            yhat.noalias() = z * problem.W2;
            yhat = sigma(yhat + problem.b2);
            consume(yhat.data());
            n = n + 1 == X.rows() ? 0 : n + 1;
        }
        return double(yhat.sum());
    };
}

std::string version() {
    return std::to_string(EIGEN_WORLD_VERSION) + '.' + std::to_string(EIGEN_MAJOR_VERSION) + '.' +
           std::to_string(EIGEN_MINOR_VERSION);
}

}  // namespace

SpeedProgram eigen_gradients() {
    return {.name = "plain Eigen",
            .version = version(),
            .float_calls = gradients<float>,
            .double_calls = gradients<double>};
}

SpeedProgram eigen_predictions() {
    return {.name = "plain Eigen", .version = version(), .float_calls = predictions};
}

}  // namespace benchmark
