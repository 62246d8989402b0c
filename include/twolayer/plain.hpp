// SPDX-License-Identifier: MIT
// The network as its formulas are printed, in plain Eigen, for reading and for checking the rest.
#pragma once

#include <Eigen/Core>

// N samples, D inputs, M hidden units, K outputs. A row is a sample: X is N x D, Y is N x K. 1 is a
// column of N ones. theta is the vector of all P weights: W1, b1, W2, b2, each column by column.
// The numbers at the ends of lines are those of docs/derivation.md.
//
// This page trades speed and digits for legibility: 1 - Yhat cancels where Yhat is near one, and
// e^O overflows for large O. The rest of the library computes the same without these faults.
namespace twolayer::plain {

/// A matrix of any size, column by column.
template <typename Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;
/// One row, such as the biases of a layer.
template <typename Scalar>
using Row = Eigen::Matrix<Scalar, 1, Eigen::Dynamic, Eigen::RowMajor>;

/// The weights and biases of both layers.
template <typename Scalar>
struct Weights {
    Matrix<Scalar> W1;  ///< D x M
    Row<Scalar> b1;     ///< 1 x M, zero for a network without biases
    Matrix<Scalar> W2;  ///< M x K
    Row<Scalar> b2;     ///< 1 x K, zero for a network without biases
};

/// What the forward pass computes, in order; net.forward(X) of the library returns it as well.
template <typename Scalar>
struct ForwardPass {
    Matrix<Scalar> H;     ///< N x M   H = X W1 + 1 b1                              (1)
    Matrix<Scalar> Z;     ///< N x M   Z = sigma(H)                                 (2)
    Matrix<Scalar> O;     ///< N x K   O = Z W2 + 1 b2                              (3)
    Matrix<Scalar> Yhat;  ///< N x K   Yhat = sigma(O), or another output           (4)
};

/// What the backward pass computes; backward(net, X, Y) of the library returns it as well. delta2
/// is printed for sigmoid and the squared error; loss_slope() has the others. For a network without
/// biases the library leaves db1 and db2 empty.
template <typename Scalar>
struct BackwardPass {
    Matrix<Scalar> delta2;  ///< N x K   dL/dO = 1/N (Yhat - Y) .* Yhat .* (1 - Yhat)  (6)
    Matrix<Scalar> delta1;  ///< N x M   dL/dH = (delta2 W2^T) .* Z .* (1 - Z)         (7)
    Matrix<Scalar> dW1;     ///< D x M   dL/dW1 = X^T delta1                           (9)
    Row<Scalar> db1;        ///< 1 x M   dL/db1 = 1^T delta1                           (9)
    Matrix<Scalar> dW2;     ///< M x K   dL/dW2 = Z^T delta2                           (8)
    Row<Scalar> db2;        ///< 1 x K   dL/db2 = 1^T delta2                           (8)
};

/// What is applied to O.
enum class Output { sigmoid, softmax, identity };

/// What is minimized; cross_entropy needs sigmoid or softmax.
enum class Loss { squared_error, cross_entropy };

/// sigma(A) = 1 / (1 + e^-A), elementwise
template <typename Scalar>
Matrix<Scalar> sigma(const Matrix<Scalar>& A) {
    return (Scalar(1) + (-A.array()).exp()).inverse();
}

/// sigma'(H) = Z .* (1 - Z), computed from Z = sigma(H)
template <typename Scalar>
Matrix<Scalar> slope(const Matrix<Scalar>& Z) {
    return Z.array() * (Scalar(1) - Z.array());
}

/// sigma(O), or e^O / sum_k e^O_k in each row, or O
template <typename Scalar>
Matrix<Scalar> apply(Output output, const Matrix<Scalar>& O) {
    if (output == Output::identity)
        return O;
    if (output == Output::sigmoid)
        return sigma(O);
    const Matrix<Scalar> E = O.array().exp();
    return E.array().colwise() / E.rowwise().sum().array();
}

/// H, Z, O and Yhat for the samples X, N x D.
template <typename Scalar>
ForwardPass<Scalar> forward(const Weights<Scalar>& weights, const Matrix<Scalar>& X,
                            Output output = Output::sigmoid) {
    const auto& [W1, b1, W2, b2] = weights;
    const Matrix<Scalar> H = (X * W1).rowwise() + b1;  // (1)
    const Matrix<Scalar> Z = sigma(H);                 // (2)
    const Matrix<Scalar> O = (Z * W2).rowwise() + b2;  // (3)
    const Matrix<Scalar> Yhat = apply(output, O);      // (4)
    return {H, Z, O, Yhat};
}

/// L: the mean over samples of 1/2 sum_k (Yhat_k - Y_k)^2, or of the cross-entropy
/// sum_k log(1 + e^O_k) - Y . O  for sigmoid,  log sum_k e^O_k - Y . O  for softmax.
template <typename Scalar>
Scalar mean_loss(const Weights<Scalar>& weights, const Matrix<Scalar>& X, const Matrix<Scalar>& Y,
                 Output output = Output::sigmoid, Loss loss = Loss::squared_error) {
    const auto [H, Z, O, Yhat] = forward(weights, X, output);
    const auto N = Scalar(double(X.rows()));
    if (loss == Loss::squared_error)
        return (Yhat - Y).squaredNorm() / (Scalar(2) * N);  // (5)
    const Matrix<Scalar> E = O.array().exp(), YO = Y.cwiseProduct(O);
    if (output == Output::sigmoid)
        return ((Scalar(1) + E.array()).log() - YO.array()).sum() / N;
    return (E.rowwise().sum().array().log() - YO.rowwise().sum().array()).sum() / N;
}

/// N dL/dO. For the cross-entropy the derivative of the output cancels, which leaves Yhat - Y.
template <typename Scalar>
Matrix<Scalar> loss_slope(Output output, Loss loss, const Matrix<Scalar>& Yhat,
                          const Matrix<Scalar>& Y) {
    const Matrix<Scalar> residual = Yhat - Y;
    if (loss == Loss::cross_entropy || output == Output::identity)
        return residual;
    if (output == Output::sigmoid)
        return residual.cwiseProduct(slope(Yhat));
    const Matrix<Scalar> mean = residual.cwiseProduct(Yhat).rowwise().sum();  // N x 1
    return Yhat.cwiseProduct(residual - mean.replicate(1, Yhat.cols()));
}

/// The deltas and the gradient of the loss for the samples X, N x D, and the targets Y, N x K.
template <typename Scalar>
BackwardPass<Scalar> backward(const Weights<Scalar>& weights, const Matrix<Scalar>& X,
                              const Matrix<Scalar>& Y, Output output = Output::sigmoid,
                              Loss loss = Loss::squared_error) {
    const auto [H, Z, O, Yhat] = forward(weights, X, output);
    const auto& W2 = weights.W2;
    const auto N = Scalar(double(X.rows()));
    const Matrix<Scalar> delta2 = loss_slope(output, loss, Yhat, Y) / N;             // (6)
    const Matrix<Scalar> delta1 = (delta2 * W2.transpose()).cwiseProduct(slope(Z));  // (7)
    const Matrix<Scalar> dW2 = Z.transpose() * delta2;                               // (8)
    const Row<Scalar> db2 = delta2.colwise().sum();                                  // (8)
    const Matrix<Scalar> dW1 = X.transpose() * delta1;                               // (9)
    const Row<Scalar> db1 = delta1.colwise().sum();                                  // (9)
    return {delta2, delta1, dW1, db1, dW2, db2};
}

}  // namespace twolayer::plain
