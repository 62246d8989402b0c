// SPDX-License-Identifier: MIT
// Predictions of many types of networks in one program: enough code that the compiler
// no longer inlines what it need not.

#include <twolayer.hpp>

#include <cstdio>

using namespace twolayer;

namespace {

template <typename Net>
double sum_of(const Net& net) {
    using Scalar = typename Net::Scalar;
    const Matrix<Scalar> X = Matrix<Scalar>::Random(16, net.shape().inputs);
    Vector<Scalar> yhat(net.shape().outputs);
    Scalar sum(0);
    for (Index n = 0; n < X.rows(); ++n) {
        net.predict_one(X.row(n), yhat);
        sum += yhat.sum();
    }
    return double(sum);
}

template <typename Scalar, int D, int M, int K>
double sum_of_both() {
    const Shape shape{D, M, K};
    return sum_of(TwoLayerNet<Scalar, Sigmoid, D, M, K>(shape)) +
           sum_of(TwoLayerNet<Scalar>(shape));
}

template <typename Scalar>
double sum_of_shapes() {
    return sum_of_both<Scalar, 2, 2, 1>() + sum_of_both<Scalar, 4, 8, 3>() +
           sum_of_both<Scalar, 10, 16, 1>() + sum_of_both<Scalar, 30, 16, 1>() +
           sum_of_both<Scalar, 8, 4, 1>() + sum_of_both<Scalar, 6, 5, 2>() +
           sum_of_both<Scalar, 64, 32, 10>();
}

}  // namespace

int main() {
    std::printf("%g\n", sum_of_shapes<float>() + sum_of_shapes<double>());
}
