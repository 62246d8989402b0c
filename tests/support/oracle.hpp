// SPDX-License-Identifier: MIT
// The plain formulas as the oracle of the tests: for any policies, with sample weights.
#pragma once

#include <twolayer/network/gradient.hpp>

#include <twolayer/network/net.hpp>
#include <twolayer/plain.hpp>

namespace twolayer::test {

constexpr plain::Output kind_of(Sigmoid) {
    return plain::Output::sigmoid;
}
constexpr plain::Output kind_of(Softmax) {
    return plain::Output::softmax;
}
constexpr plain::Output kind_of(Identity) {
    return plain::Output::identity;
}
constexpr plain::Loss kind_of(SquaredError) {
    return plain::Loss::squared_error;
}
constexpr plain::Loss kind_of(CrossEntropy) {
    return plain::Loss::cross_entropy;
}

/// The results of the plain formulas for a whole batch. They are accurate if |H| and |O| are of
/// order one, or if Scalar has digits to spare.
template <typename Scalar>
struct WholeBatch : plain::ForwardPass<Scalar> {
    Matrix<Scalar> delta2, delta1;
    Scalar loss;
    Vector<Scalar> gradient;  ///< [vec dL/dW1; dL/db1; vec dL/dW2; dL/db2]
};

namespace oracle {

template <typename Scalar>
plain::Weights<Scalar> plain_weights(const Weights<Scalar>& weights) {
    const auto [D, M, K, biases] = weights.shape();
    plain::Weights<Scalar> result{weights.W1(), plain::Row<Scalar>::Zero(M), weights.W2(),
                                  plain::Row<Scalar>::Zero(K)};
    if (biases) {
        result.b1 = weights.b1();
        result.b2 = weights.b2();
    }
    return result;
}

template <typename Scalar>
Vector<Scalar> as_vector(const plain::BackwardPass<Scalar>& pass, const Shape& shape) {
    Weights<Scalar> gradient(shape);
    gradient.W1() = pass.dW1;
    gradient.W2() = pass.dW2;
    if (shape.biases) {
        gradient.b1() = pass.db1;
        gradient.b2() = pass.db2;
    }
    return gradient.theta();
}

/// The loss and its gradient by the plain formulas. With sample weights, they are weighted means
/// over the samples.
template <typename Scalar>
WholeBatch<Scalar> whole_batch(plain::Loss loss, plain::Output output,
                               const Weights<Scalar>& weights, const Matrix<Scalar>& X,
                               const Matrix<Scalar>& Y, const Vector<Scalar>& sample_weights) {
    const plain::Weights<Scalar> formulas = plain_weights(weights);
    const auto pass = plain::backward(formulas, X, Y, output, loss);
    WholeBatch<Scalar> batch{plain::forward(formulas, X, output), pass.delta2, pass.delta1,
                             plain::mean_loss(formulas, X, Y, output, loss),
                             as_vector(pass, weights.shape())};
    if (sample_weights.size() == 0)
        return batch;
    batch.loss = Scalar(0);
    batch.gradient.setZero();
    for (Index n = 0; n < X.rows(); ++n) {
        const Scalar share = sample_weights(n) / sample_weights.sum();
        const auto one = whole_batch<Scalar>(loss, output, weights, X.row(n), Y.row(n), {});
        batch.loss += share * one.loss;
        batch.gradient += share * one.gradient;
        batch.delta2.row(n) = share * one.delta2;
        batch.delta1.row(n) = share * one.delta1;
    }
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
