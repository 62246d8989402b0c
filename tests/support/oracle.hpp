// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/gradient.hpp>

#include <cmath>

namespace twolayer::test {

// The oracle takes its policies at run time, so that it is compiled once for each Scalar.
enum class OutputKind { sigmoid, softmax, identity };
enum class LossKind { squared_error, cross_entropy };

constexpr OutputKind kind_of(Sigmoid) {
    return OutputKind::sigmoid;
}
constexpr OutputKind kind_of(Softmax) {
    return OutputKind::softmax;
}
constexpr OutputKind kind_of(Identity) {
    return OutputKind::identity;
}
constexpr LossKind kind_of(SquaredError) {
    return LossKind::squared_error;
}
constexpr LossKind kind_of(CrossEntropy) {
    return LossKind::cross_entropy;
}

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
Matrix<Scalar> output(OutputKind kind, const Matrix<Scalar>& O) {
    if (kind == OutputKind::identity)
        return O;
    if (kind == OutputKind::sigmoid)
        return sigma(O);
    Matrix<Scalar> E = exponential(O);
    for (Index n = 0; n < E.rows(); ++n) E.row(n) /= E.row(n).sum();
    return E;
}

/// Row n of A becomes S A_n, S = dYhat/dO of sample n.
template <typename Scalar>
Matrix<Scalar> times_slope(OutputKind kind, const Matrix<Scalar>& Yhat, const Matrix<Scalar>& A) {
    if (kind == OutputKind::identity)
        return A;
    if (kind == OutputKind::sigmoid)
        return A.array() * Yhat.array() * (Scalar(1) - Yhat.array());
    const Vector<Scalar> mean = A.cwiseProduct(Yhat).rowwise().sum();
    return Yhat.array() * (A.colwise() - mean).array();
}

/// The loss of each sample, N values:  1/2 sum_k (yhat_k - y_k)^2,
/// sum_k log(1 + e^(o_k)) - y_k o_k  for sigmoids,  log sum_k e^(o_k) - y . o  for a softmax.
template <typename Scalar>
Vector<Scalar> losses(LossKind loss, OutputKind kind, const Matrix<Scalar>& O,
                      const Matrix<Scalar>& Yhat, const Matrix<Scalar>& Y) {
    if (loss == LossKind::squared_error)
        return (Yhat - Y).cwiseProduct(Yhat - Y).rowwise().sum() / Scalar(2);
    const Matrix<Scalar> E = exponential(O);
    const Vector<Scalar> likelihood = Y.cwiseProduct(O).rowwise().sum();
    const Matrix<Scalar> sums = E.rowwise().sum();
    const Matrix<Scalar> one_plus = Matrix<Scalar>::Constant(O.rows(), O.cols(), Scalar(1)) + E;
    if (kind == OutputKind::softmax)
        return logarithm(sums) - likelihood;
    return logarithm(one_plus).rowwise().sum() - likelihood;
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

/// The loss and its gradient by the plain formulas; sample weights of length zero are all ones.
template <typename Scalar>
WholeBatch<Scalar> whole_batch(LossKind loss, OutputKind kind, const Weights<Scalar>& weights,
                               const Matrix<Scalar>& X, const Matrix<Scalar>& Y,
                               const Vector<Scalar>& sample_weights) {
    const Matrix<Scalar> W1 = weights.W1(), W2 = weights.W2();
    const Vector<Scalar> b1 = weights.b1(), b2 = weights.b2();
    const Vector<Scalar> share = shares(sample_weights, X.rows());

    WholeBatch<Scalar> batch;
    batch.H = layer(X, W1, b1);        // H    = X W1 + 1 b1
    batch.Z = sigma(batch.H);          // Z    = sigma(H)
    batch.O = layer(batch.Z, W2, b2);  // O    = Z W2 + 1 b2
    batch.Yhat = output(kind, batch.O);
    batch.loss = share.dot(losses(loss, kind, batch.O, batch.Yhat, Y));

    // N delta2 = Yhat - Y for the cross-entropy, S (Yhat - Y) for the squared error.
    Matrix<Scalar> slope = batch.Yhat - Y;
    if (loss == LossKind::squared_error)
        slope = times_slope(kind, batch.Yhat, slope);
    batch.delta2 = share.asDiagonal() * slope;
    batch.delta1 =
        times_slope(OutputKind::sigmoid, batch.Z, product<Scalar>(batch.delta2, W2.transpose()));
    batch.gradient = gradient(weights.shape(), X, batch);
    return batch;
}

}  // namespace oracle

template <typename Loss, typename Net, typename Scalar = typename Net::Scalar>
WholeBatch<Scalar> whole_batch(const Net& net, const Matrix<Scalar>& X, const Matrix<Scalar>& Y,
                               const Vector<Scalar>& sample_weights = {}) {
    Weights<Scalar> weights(net.shape());
    weights.theta() = net.weights().theta();
    return oracle::whole_batch(kind_of(Loss{}), kind_of(typename Net::Output{}), weights, X, Y,
                               sample_weights);
}

}  // namespace twolayer::test
