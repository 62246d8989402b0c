// SPDX-License-Identifier: MIT
// Samples for the self-test of an exported model, with bounds on the differences to expect.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/random.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/policies/output.hpp>

#include <algorithm>
#include <concepts>
#include <limits>
#include <random>
#include <utility>

namespace twolayer::detail {

/// Raw samples, the model's predictions, and how far those of another program may differ from them.
template <typename Scalar>
struct StoredSamples {
    Matrix<Scalar> X;      ///< N x D
    Matrix<Scalar> Yhat;   ///< N x K
    Matrix<Scalar> bound;  ///< N x K
};

/// Evenly spaced rows of X or, if X is empty, samples within two deviations of the means of the
/// model's inputs.
template <typename Net>
Matrix<typename Net::Scalar> samples_to_store(const Model<Net>& model,
                                              const MatrixView<const typename Net::Scalar>& X,
                                              Index most) {
    using Scalar = typename Net::Scalar;
    const auto& mean = model.inputs.mean();
    const auto& deviation = model.inputs.deviation();
    const Index count = X.rows == 0 ? most : (std::min)(most, X.rows);
    Matrix<Scalar> rows(count, model.net.shape().inputs);
    std::mt19937 generator(1);
    for (Index n = 0; n < count; ++n)
        for (Index d = 0; d < rows.cols(); ++d)
            rows(n, d) = X.rows == 0 ? mean(d) + Scalar(4 * uniform(generator) - 2) * deviation(d)
                                     : X(n * X.rows / count, d);
    return rows;
}

/// How far apart the predictions of two programs with different rounding may be, N x K:
///
///     4 (D + M + 8) eps (1 + |b2_k| + sum_m |Z_m W2_mk| + (|x| |W1|)_m |W2_mk| / 4)
///
/// for scaled x, in the units of O, since the slope of a sigmoid is 1/4 at most. For a softmax,
/// whose outputs all depend on each other, the largest of these.
template <typename Net>
Matrix<double> rounding_bound(const Model<Net>& model,
                              const Matrix<typename Net::Scalar>& scaled_X) {
    using Scalar = typename Net::Scalar;
    const Shape& shape = model.net.shape();
    const auto size = [](const auto& A) {
        return Matrix<double>(A.template cast<double>().cwiseAbs());
    };
    const auto& weights = model.net.weights();
    const Matrix<double> H = size(scaled_X).lazyProduct(size(weights.W1()));
    const Matrix<double> Z = size(model.net.forward(scaled_X).Z) + H / 4;
    Matrix<double> O = Z.lazyProduct(size(weights.W2()));
    O.array() += 1;
    if (shape.biases)
        O.rowwise() += size(weights.b2()).row(0);
    if (std::same_as<typename Net::Output, Softmax>)
        O = O.rowwise().maxCoeff().eval().replicate(1, shape.outputs);

    O *= size(model.targets.deviation()).row(0).asDiagonal();
    O.rowwise() += size(model.targets.mean()).row(0);
    return 4 * double(shape.inputs + shape.hidden + 8) *
           double(std::numeric_limits<Scalar>::epsilon()) * O;
}

/// Throws std::invalid_argument if the number of columns is not the model's number of inputs, and
/// for a number in X or in its predictions that is not finite.
template <typename Net>
StoredSamples<typename Net::Scalar> stored_samples(
    const Model<Net>& model, const MatrixView<const typename Net::Scalar>& given, Index most) {
    using Scalar = typename Net::Scalar;
    if (given.rows > 0)
        check_inputs(model.net.shape(), given.rows, given.cols);
    Matrix<Scalar> X = samples_to_store(model, given, most);
    check_finite<Scalar>("X", X);
    Matrix<Scalar> Yhat = model.predict(X);
    check_finite<Scalar>("the prediction of a sample to store", Yhat);
    const Matrix<double> bound = rounding_bound(model, model.inputs.transform(X));
    const double largest = (std::numeric_limits<Scalar>::max)();
    return {std::move(X), std::move(Yhat), bound.cwiseMin(largest).template cast<Scalar>()};
}

}  // namespace twolayer::detail
