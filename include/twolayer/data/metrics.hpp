// SPDX-License-Identifier: MIT
// How good a prediction is: errors and R2 of a regression, and the metrics of classes.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/data/class_metrics.hpp>
#include <twolayer/policies/samples.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <ranges>
#include <type_traits>

namespace twolayer {

namespace detail {

/// Numbers of any type as a parameter: an Eigen matrix or expression, row_by_row(), or a range of
/// numbers, which is one column.
struct NumbersArg {
    Matrix<double> values;

    template <typename Derived>
    NumbersArg(const Eigen::DenseBase<Derived>& A) : values(A.derived().template cast<double>()) {}

    template <typename T>
    NumbersArg(const MatrixView<T>& A) : values(A.rows, A.cols) {
        for (Index k = 0; k < A.cols; ++k)
            for (Index n = 0; n < A.rows; ++n) values(n, k) = static_cast<double>(A(n, k));
    }

    template <std::ranges::contiguous_range Range>
    requires std::is_arithmetic_v<std::ranges::range_value_t<Range>> &&
             (!std::derived_from<Range, Eigen::EigenBase<Range>>)
    NumbersArg(const Range& range) : values(Index(std::ranges::size(range)), 1) {
        for (Index n = 0; n < values.rows(); ++n)
            values(n, 0) = static_cast<double>(std::ranges::data(range)[n]);
    }
};

}  // namespace detail

/// What a metric of a regression compares, N x K each; its members are given by name:
/// r2({.target = Y, .prediction = model.predict(X)}).
struct RegressionPairs {
    detail::ByName by_name = detail::ByName();
    detail::NumbersArg target;
    detail::NumbersArg prediction;
    detail::SampleWeights sample_weights = {};
};

namespace detail {

/// sqrt(sum_i share_i v_i^2). The values are divided by the largest before they are squared, so
/// that neither 1e-200 nor 1e200 leaves the range of double.
template <typename Share, typename Value>
double root_mean_square(Index count, Share share, Value value) {
    double largest = 0, sum = 0;
    for (Index i = 0; i < count; ++i)
        if (share(i) > 0)
            largest = (std::max)(largest, std::abs(value(i)));
    const double scale = largest > 0 && is_finite(largest) ? largest : 1;
    for (Index i = 0; i < count; ++i)
        if (const double v = share(i) > 0 ? value(i) / scale : 0; v != 0)
            sum += share(i) * v * v;
    return scale * std::sqrt(sum);
}

/// Targets and predictions of one shape, and each sample's share of the total weight.
class CheckedPairs {
public:
    explicit CheckedPairs(const RegressionPairs& pairs)
        : Y_(pairs.target.values), Yhat_(pairs.prediction.values), weights_(pairs.sample_weights) {
        if (Y_.rows() != Yhat_.rows() || Y_.cols() != Yhat_.cols() || Y_.cols() == 0)
            fail("the target is ", Y_.rows(), " x ", Y_.cols(), " and the prediction ",
                 Yhat_.rows(), " x ", Yhat_.cols(),
                 ", expected one shape with at least one "
                 "column: pass Y and predict(X) of the same rows");
        total_ = total_weight(Y_.rows(), weights_);
        while (!(share(first_) > 0)) ++first_;
        // A difference of two numbers near the largest double would overflow.
        constexpr double most = (std::numeric_limits<double>::max)() / 4;
        if (Y_.cwiseAbs().maxCoeff() > most || Yhat_.cwiseAbs().maxCoeff() > most)
            unit_ = 4;
    }

    Index columns() const { return Y_.cols(); }
    double unit() const { return unit_; }  ///< of error() and deviation()
    double error(Index n, Index k) const { return Yhat_(n, k) / unit_ - Y_(n, k) / unit_; }

    /// The mean over the samples of value(n).
    template <typename Value>
    double mean(Value value) const {
        double sum = 0;
        for (Index n = 0; n < Y_.rows(); ++n)
            if (const double s = share(n); s > 0)
                sum += s * value(n);
        return sum;
    }

    double root_mean_square_error(Index k) const {
        return root_mean_square([&](Index n) { return error(n, k); });
    }

    /// The standard deviation of the targets in column k. Distances are measured from the first
    /// value, so that a constant column has exactly 0.
    double deviation(Index k) const {
        const auto distance = [&](Index n) { return Y_(n, k) / unit_ - Y_(first_, k) / unit_; };
        const double centre = mean(distance);
        return root_mean_square([&](Index n) { return distance(n) - centre; });
    }

private:
    double share(Index n) const { return weight_of(weights_, n) / total_; }

    template <typename Value>
    double root_mean_square(Value value) const {
        return detail::root_mean_square(
            Y_.rows(), [&](Index n) { return share(n); }, value);
    }

    const Matrix<double>& Y_;
    const Matrix<double>& Yhat_;
    VectorView<const double> weights_;
    double total_ = 0;
    Index first_ = 0;  ///< the first sample that counts
    double unit_ = 1;
};

}  // namespace detail

/// Root mean square error over all N x K entries, in the unit of the targets.
inline double rmse(const RegressionPairs& pairs) {
    const detail::CheckedPairs checked(pairs);
    const Index K = checked.columns();
    Vector<double> errors(K);
    for (Index k = 0; k < K; ++k) errors(k) = checked.root_mean_square_error(k);
    return checked.unit() *
           detail::root_mean_square(
               K, [K](Index) { return 1 / double(K); }, [&](Index k) { return errors(k); });
}

/// Mean absolute error over all N x K entries, in the unit of the targets.
inline double mae(const RegressionPairs& pairs) {
    const detail::CheckedPairs checked(pairs);
    const double K = double(checked.columns());
    return checked.unit() * checked.mean([&](Index n) {
        double sum = 0;
        for (Index k = 0; k < checked.columns(); ++k) sum += std::abs(checked.error(n, k)) / K;
        return sum;
    });
}

/// The coefficient of determination, 1 - sum (Y - Yhat)^2 / sum (Y - mean)^2, the mean over the K
/// columns. A constant column, such as any column of a single sample, counts as 1 if it is
/// predicted exactly and as 0 otherwise.
inline double r2(const RegressionPairs& pairs) {
    const detail::CheckedPairs checked(pairs);
    double sum = 0;
    for (Index k = 0; k < checked.columns(); ++k) {
        const double error = checked.root_mean_square_error(k), spread = checked.deviation(k);
        const double ratio = error / spread;
        sum += spread == 0 ? double(error == 0) : 1 - ratio * ratio;
    }
    return sum / double(checked.columns());
}

}  // namespace twolayer
