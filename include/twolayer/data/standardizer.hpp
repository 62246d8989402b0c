// SPDX-License-Identifier: MIT
// Scales columns to mean zero and deviation one, and back.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/data/column_moments.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/policies/shape.hpp>

#include <concepts>
#include <string_view>

namespace twolayer {

/// Column means and deviations: transform() scales every column to mean zero and deviation one.
///
/// A deviation is sqrt(sum_n w_n (x_n - mean)^2 / sum_n w_n), or one for a constant column, which
/// becomes zero. Sums over float are computed in double.
template <Real Scalar>
class Standardizer {
public:
    /// Changes nothing: means zero, deviations one. Throws std::invalid_argument for a number of
    /// columns below 1 or too large.
    explicit Standardizer(Index columns)
        : mean_(Row::Zero(checked_width(columns))), deviation_(Row::Ones(columns)) {}

    /// From what mean() and deviation() returned, 1 x D each. Throws std::invalid_argument for
    /// different lengths, for a number that is not finite, and for a deviation that is not
    /// positive.
    Standardizer(const VectorArg<Scalar>& mean, const VectorArg<Scalar>& deviation)
        : mean_(checked_width(mean.size)), deviation_(mean.size) {
        if (mean.size != deviation.size)
            fail("there are ", mean.size, " means and ", deviation.size, " deviations");
        for (Index d = 0; d < columns(); ++d) {
            if (!is_finite<Scalar>(mean(d)) || !is_finite<Scalar>(deviation(d)) ||
                !(Scalar(0) < deviation(d)))
                fail("column ", d, " has the mean ", mean(d), " and the deviation ", deviation(d),
                     ", both must be finite, and the deviation positive");
            mean_(d) = mean(d);
            deviation_(d) = deviation(d);
        }
    }

    /// Learns from X, N x D, and sample weights >= 0 (none for all ones); messages call X `name`.
    /// Throws std::invalid_argument for no samples or columns and for an entry that is not finite;
    /// then nothing changes.
    static Standardizer fit(const MatrixArg<Scalar>& X,
                            const VectorArg<Scalar>& sample_weights = {},
                            std::string_view name = "X") {
        detail::total_weight<Scalar>(X.rows, sample_weights);
        check_finite(name, X, sample_weights);
        Standardizer result(X.cols);
        detail::column_moments<Scalar>(
            name, X, sample_weights,
            [&](Index d, const Scalar& mean, const Scalar& deviation, bool constant) {
                result.mean_(d) = mean;
                result.deviation_(d) = constant ? Scalar(1) : deviation;
            });
        return result;
    }

    Index columns() const { return mean_.size(); }
    const auto& mean() const& { return mean_; }  ///< 1 x D
    auto mean() const&& { return mean_; }
    const auto& deviation() const& { return deviation_; }  ///< 1 x D, all positive
    auto deviation() const&& { return deviation_; }

    /// (X - 1 mean) ./ (1 deviation), N x D. Throws std::invalid_argument for a wrong number of
    /// columns.
    Matrix<Scalar> transform(const MatrixArg<Scalar>& X) const {
        return map(X, [this](const Scalar& x, Index d) { return (x - mean_(d)) / deviation_(d); });
    }

    /// X .* (1 deviation) + 1 mean: the inverse of transform(). Throws as transform().
    Matrix<Scalar> inverse(const MatrixArg<Scalar>& X) const {
        return map(X, [this](const Scalar& x, Index d) { return x * deviation_(d) + mean_(d); });
    }

    /// A network with biases that returns for X what `net` returns for transform(X):
    ///
    ///     W1 <- diag(1 / deviation) W1      b1 <- b1 - (mean ./ deviation) W1
    ///
    /// up to rounding of eps (1 + |mean| / deviation) in H. Training that continues from such
    /// weights in raw units is slow if the units are far from one: train before folding, or with
    /// FitOptions::standardize. Throws std::invalid_argument if the network has a different number
    /// of inputs.
    template <typename Net>
    Net fold_into(const Net& net) const {
        static_assert(std::same_as<typename Net::Scalar, Scalar>,
                      "the network must have the scalar type of the scaling");
        Shape shape = net.shape();
        check_columns(shape.inputs);
        shape.biases = true;
        Net folded(shape);
        const auto& from = net.weights();
        auto& to = folded.weights();
        to.W2() = from.W2();
        if (net.shape().biases) {
            to.b1() = from.b1();
            to.b2() = from.b2();
        }
        for (Index m = 0; m < shape.hidden; ++m) {
            Accumulator<Scalar> shift(0);
            for (Index d = 0; d < shape.inputs; ++d) {
                shift += Accumulator<Scalar>(mean_(d)) / deviation_(d) * from.W1()(d, m);
                to.W1()(d, m) = from.W1()(d, m) / deviation_(d);
            }
            to.b1()(m) = static_cast<Scalar>(to.b1()(m) - shift);
        }
        return folded;
    }

private:
    using Row = Eigen::Matrix<Scalar, 1, Dynamic, Eigen::RowMajor>;

    static Index checked_width(Index columns) {
        if (columns < 1)
            fail("a scaling of ", columns,
                 " columns was requested, expected at least 1: pass a matrix with columns, or "
                 "their number");
        detail::check_size("a scaling", 1, columns);
        return columns;
    }

    template <typename Function>
    Matrix<Scalar> map(const MatrixView<const Scalar>& X, Function f) const {
        check_columns(X.cols);
        Matrix<Scalar> result(X.rows, X.cols);
        for (Index d = 0; d < X.cols; ++d)
            for (Index n = 0; n < X.rows; ++n) result(n, d) = f(X(n, d), d);
        return result;
    }

    void check_columns(Index given) const {
        if (given != columns())
            fail("there are ", given, " columns, the scaling was learnt from ", columns());
    }

    Row mean_;
    Row deviation_;
};

}  // namespace twolayer
