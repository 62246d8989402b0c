// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/gradient.hpp>

#include <cmath>
#include <concepts>

namespace twolayer::test {

/// What the formulas of the derivation make of a whole batch at once, as they are printed: no
/// tiles, no complements, no care for digits. Precise where |H| and |O| are of order one, or where
/// Scalar has digits to spare.
template <typename Scalar>
struct WholeBatch {
    Matrix<Scalar> H, Z, O, Yhat, delta2, delta1;
    Scalar loss;
    Vector<Scalar> gradient;  ///< [vec dL/dW1; dL/db1; vec dL/dW2; dL/db2]
};

namespace oracle {

/// sigma(x) = 1 / (1 + e^-x)
template <typename Scalar>
Matrix<Scalar> sigma(const Matrix<Scalar>& A) {
    return A.unaryExpr([](const Scalar& a) {
        using std::exp;
        return Scalar(Scalar(1) / (Scalar(1) + exp(Scalar(-a))));
    });
}

template <typename Scalar>
Matrix<Scalar> exponential(const Matrix<Scalar>& A) {
    return A.unaryExpr([](const Scalar& a) {
        using std::exp;
        return Scalar(exp(a));
    });
}

template <typename Scalar>
Matrix<Scalar> logarithm(const Matrix<Scalar>& A) {
    return A.unaryExpr([](const Scalar& a) {
        using std::log;
        return Scalar(log(a));
    });
}

template <typename Scalar>
Matrix<Scalar> output(Sigmoid, const Matrix<Scalar>& O) {
    return sigma(O);
}

template <typename Scalar>
Matrix<Scalar> output(Softmax, const Matrix<Scalar>& O) {
    Matrix<Scalar> E = exponential(O);
    for (Index n = 0; n < E.rows(); ++n) E.row(n) /= E.row(n).sum();
    return E;
}

template <typename Scalar>
Matrix<Scalar> output(Identity, const Matrix<Scalar>& O) {
    return O;
}

/// Row n of A becomes S A_n, S = dYhat/dO of sample n.
template <typename Scalar>
Matrix<Scalar> times_slope(Sigmoid, const Matrix<Scalar>& Yhat, const Matrix<Scalar>& A) {
    return A.array() * Yhat.array() * (Scalar(1) - Yhat.array());
}

template <typename Scalar>
Matrix<Scalar> times_slope(Softmax, const Matrix<Scalar>& Yhat, const Matrix<Scalar>& A) {
    const Vector<Scalar> mean = A.cwiseProduct(Yhat).rowwise().sum();
    return Yhat.array() * (A.colwise() - mean).array();
}

template <typename Scalar>
Matrix<Scalar> times_slope(Identity, const Matrix<Scalar>&, const Matrix<Scalar>& A) {
    return A;
}

/// The loss of each sample: N values.
template <typename Output, typename Scalar>
Vector<Scalar> losses(SquaredError, Output, const Matrix<Scalar>&, const Matrix<Scalar>& Yhat,
                      const Matrix<Scalar>& Y) {
    return (Yhat - Y).cwiseProduct(Yhat - Y).rowwise().sum() / Scalar(2);
}

/// softplus(o) - y o, softplus(o) = log(1 + e^o)
template <typename Scalar>
Vector<Scalar> losses(CrossEntropy, Sigmoid, const Matrix<Scalar>& O, const Matrix<Scalar>&,
                      const Matrix<Scalar>& Y) {
    const Matrix<Scalar> one = Matrix<Scalar>::Constant(O.rows(), O.cols(), Scalar(1));
    const Matrix<Scalar> softplus = logarithm<Scalar>(one + exponential(O));
    return (softplus - Y.cwiseProduct(O)).rowwise().sum();
}

/// log sum_k e^(o_k) - y . o
template <typename Scalar>
Vector<Scalar> losses(CrossEntropy, Softmax, const Matrix<Scalar>& O, const Matrix<Scalar>&,
                      const Matrix<Scalar>& Y) {
    const Matrix<Scalar> sums = exponential(O).rowwise().sum();
    return logarithm(sums).col(0) - Y.cwiseProduct(O).rowwise().sum();
}

/// A B, and for the layers  A W + 1 b  (b empty without biases).
template <typename Scalar>
Matrix<Scalar> product(const Matrix<Scalar>& A, const Matrix<Scalar>& B) {
    return A.lazyProduct(B);
}

template <typename Scalar>
Matrix<Scalar> layer(const Matrix<Scalar>& A, const Matrix<Scalar>& W, const Vector<Scalar>& b) {
    Matrix<Scalar> result = product(A, W);
    if (b.size() > 0)
        result.rowwise() += b.transpose();
    return result;
}

/// w_n / sum w, or 1/N where w is empty.
template <typename Scalar>
Vector<Scalar> shares(const Vector<Scalar>& w, Index N) {
    const Vector<Scalar> all = w.size() > 0 ? w : Vector<Scalar>::Constant(N, Scalar(1));
    return all / Scalar(all.sum());
}

/// [vec dL/dW1; dL/db1; vec dL/dW2; dL/db2] from delta1 and delta2.
template <typename Scalar>
Vector<Scalar> gradient(const Shape& shape, const Matrix<Scalar>& X,
                        const WholeBatch<Scalar>& batch) {
    Weights<Scalar> result(shape);
    result.W1() = product<Scalar>(X.transpose(), batch.delta1);
    result.W2() = product<Scalar>(batch.Z.transpose(), batch.delta2);
    if (shape.biases) {
        result.b1() = batch.delta1.colwise().sum();
        result.b2() = batch.delta2.colwise().sum();
    }
    return result.theta();
}

}  // namespace oracle

/// The loss and its gradient by the plain formulas; sample weights of length zero are all ones.
template <typename Loss, typename Net, typename Scalar = typename Net::Scalar>
WholeBatch<Scalar> whole_batch(const Net& net, const Matrix<Scalar>& X, const Matrix<Scalar>& Y,
                               const Vector<Scalar>& sample_weights = {}) {
    const typename Net::Output output;
    const Matrix<Scalar> W1 = net.weights().W1(), W2 = net.weights().W2();
    const Vector<Scalar> b1 = net.weights().b1(), b2 = net.weights().b2();
    const Vector<Scalar> share = oracle::shares(sample_weights, X.rows());

    WholeBatch<Scalar> batch;
    batch.H = oracle::layer(X, W1, b1);        // H    = X W1 + 1 b1
    batch.Z = oracle::sigma(batch.H);          // Z    = sigma(H)
    batch.O = oracle::layer(batch.Z, W2, b2);  // O    = Z W2 + 1 b2
    batch.Yhat = oracle::output(output, batch.O);
    batch.loss = share.dot(oracle::losses(Loss{}, output, batch.O, batch.Yhat, Y));

    // N delta2 = Yhat - Y for CrossEntropy, S (Yhat - Y) for SquaredError.
    Matrix<Scalar> slope = batch.Yhat - Y;
    if constexpr (std::same_as<Loss, SquaredError>)
        slope = oracle::times_slope(output, batch.Yhat, slope);
    batch.delta2 = share.asDiagonal() * slope;
    batch.delta1 = oracle::times_slope(Sigmoid{}, batch.Z,
                                       oracle::product<Scalar>(batch.delta2, W2.transpose()));
    batch.gradient = oracle::gradient(net.shape(), X, batch);
    return batch;
}

}  // namespace twolayer::test
