// SPDX-License-Identifier: MIT
// How good a prediction is: errors and R2 of a regression, and the metrics of classes.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/data/class_metrics.hpp>
#include <twolayer/data/class_report.hpp>
#include <twolayer/data/metric_arguments.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/policies/samples.hpp>

#include <cmath>
#include <limits>
#include <vector>

namespace twolayer {

/// What a metric of a regression compares, N x K each; its members are given by name:
/// r2({.target = Y, .prediction = model.predict(X)}).
struct RegressionPairs {
    detail::ByName by_name = detail::ByName();
    detail::NumbersArg target;
    detail::NumbersArg prediction;
    detail::SampleWeights sample_weights = {};
};

namespace detail {

/// sum_n share_n v_n
inline double mean(const Vector<double>& shares, const Vector<double>& values) {
    double sum = 0;
    for (Index n = 0; n < values.size(); ++n) sum += shares(n) * values(n);
    return sum;
}

/// sqrt(sum_n share_n v_n^2). The values are divided by the largest before they are squared, so
/// that neither 1e-200 nor 1e200 leaves the range of double.
inline double root_mean_square(const Vector<double>& shares, const Vector<double>& values) {
    const double largest = values.cwiseAbs().maxCoeff();
    const double scale = largest > 0 && is_finite(largest) ? largest : 1;
    double sum = 0;
    for (Index n = 0; n < values.size(); ++n) {
        const double v = values(n) / scale;
        sum += shares(n) * v * v;
    }
    return scale * std::sqrt(sum);
}

/// Targets and errors of the samples that count, in a unit in which no difference overflows.
struct CheckedPairs {
    Matrix<double> targets, errors;
    Vector<double> shares;  ///< of the total weight
    double unit = 1;

    explicit CheckedPairs(const RegressionPairs& pairs) {
        const Matrix<double>&Y = pairs.target.values, &Yhat = pairs.prediction.values;
        if (Y.rows() != Yhat.rows() || Y.cols() != Yhat.cols() || Y.cols() == 0)
            fail("the target is ", Y.rows(), " x ", Y.cols(), " and the prediction ", Yhat.rows(),
                 " x ", Yhat.cols(),
                 ", expected one shape with at least one column: pass Y and predict(X) of the "
                 "same rows");
        const VectorView<const double> weights = pairs.sample_weights;
        const double total = total_weight(Y.rows(), weights);
        const auto share = [&](Index n) { return weight_of(weights, n) / total; };
        std::vector<Index> rows;
        for (Index n = 0; n < Y.rows(); ++n)
            if (share(n) > 0)
                rows.push_back(n);
        shares = Vector<double>::NullaryExpr(std::ssize(rows),
                                             [&](Index i) { return share(rows[std::size_t(i)]); });
        targets = select_rows(Y, rows);
        errors = select_rows(Yhat, rows);
        // A difference of two numbers near the largest double would overflow.
        constexpr double most = (std::numeric_limits<double>::max)() / 4;
        if (targets.cwiseAbs().maxCoeff() > most || errors.cwiseAbs().maxCoeff() > most)
            unit = 4;
        targets /= unit;
        errors = errors / unit - targets;
    }
};

/// The root mean square of each column of errors.
inline Vector<double> column_errors(const CheckedPairs& pairs) {
    Vector<double> errors(pairs.errors.cols());
    for (Index k = 0; k < errors.size(); ++k)
        errors(k) = root_mean_square(pairs.shares, pairs.errors.col(k));
    return errors;
}

}  // namespace detail

/// Root mean square error over all N x K entries, in the unit of the targets.
inline double rmse(const RegressionPairs& pairs) {
    const detail::CheckedPairs checked(pairs);
    const Vector<double> errors = detail::column_errors(checked);
    const Index K = errors.size();
    return checked.unit *
           detail::root_mean_square(Vector<double>::Constant(K, 1 / double(K)), errors);
}

/// Mean absolute error over all N x K entries, in the unit of the targets.
inline double mae(const RegressionPairs& pairs) {
    const detail::CheckedPairs checked(pairs);
    const Matrix<double>& errors = checked.errors;
    Vector<double> means = Vector<double>::Zero(errors.rows());
    for (Index k = 0; k < errors.cols(); ++k)
        means += errors.col(k).cwiseAbs() / double(errors.cols());
    return checked.unit * detail::mean(checked.shares, means);
}

/// The coefficient of determination, 1 - sum (Y - Yhat)^2 / sum (Y - mean)^2, the mean over the K
/// columns. A constant column, such as any column of a single sample, counts as 1 if it is
/// predicted exactly and as 0 otherwise.
inline double r2(const RegressionPairs& pairs) {
    const detail::CheckedPairs checked(pairs);
    const Vector<double> errors = detail::column_errors(checked);
    double sum = 0;
    for (Index k = 0; k < errors.size(); ++k) {
        // Distances are measured from the first value, so that a constant column has exactly 0.
        Vector<double> distances = checked.targets.col(k).array() - checked.targets(0, k);
        distances.array() -= detail::mean(checked.shares, distances);
        const double spread = detail::root_mean_square(checked.shares, distances);
        const double ratio = errors(k) / spread;
        sum += spread == 0 ? double(errors(k) == 0) : 1 - ratio * ratio;
    }
    return sum / double(errors.size());
}

}  // namespace twolayer
