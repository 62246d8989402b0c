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
#include <twolayer/policies/samples.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <span>
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

/// sum_n fraction_n v_n
inline double mean(const std::vector<double>& fractions, std::span<const double> values) {
    double sum = 0;
    for (std::size_t n = 0; n < values.size(); ++n) sum += fractions[n] * values[n];
    return sum;
}

/// sqrt(sum_n fraction_n v_n^2). The values are divided by the largest before they are squared, so
/// that neither 1e-200 nor 1e200 leaves the range of double.
inline double root_mean_square(const std::vector<double>& fractions,
                               std::span<const double> values) {
    double largest = 0;
    for (const double v : values) largest = (std::max)(largest, std::abs(v));
    const double scale = largest > 0 && is_finite(largest) ? largest : 1;
    double sum = 0;
    for (std::size_t n = 0; n < values.size(); ++n) {
        const double v = values[n] / scale;
        sum += fractions[n] * v * v;
    }
    return scale * std::sqrt(sum);
}

/// Targets and errors of the samples that count, in a unit in which no difference overflows.
struct CheckedPairs {
    Matrix<double> targets, errors;
    std::vector<double> fractions;  ///< of the total weight
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
        std::vector<Index> rows;
        for (Index n = 0; n < Y.rows(); ++n)
            if (const double fraction = weight_of(weights, n) / total; fraction > 0) {
                rows.push_back(n);
                fractions.push_back(fraction);
            }
        // A difference of two numbers near the largest double would overflow.
        constexpr double most = (std::numeric_limits<double>::max)() / 4;
        for (Index k = 0; k < Y.cols(); ++k)
            for (const Index n : rows)
                if (std::abs(Y(n, k)) > most || std::abs(Yhat(n, k)) > most)
                    unit = 4;
        targets.resize(std::ssize(rows), Y.cols());
        errors.resize(targets.rows(), targets.cols());
        for (Index k = 0; k < targets.cols(); ++k)
            for (Index i = 0; i < targets.rows(); ++i) {
                const Index n = rows[std::size_t(i)];
                targets(i, k) = Y(n, k) / unit;
                errors(i, k) = Yhat(n, k) / unit - targets(i, k);
            }
    }
};

/// Column k of a matrix.
inline std::span<const double> column(const Matrix<double>& A, Index k) {
    return {A.data() + k * A.rows(), std::size_t(A.rows())};
}

}  // namespace detail

/// Root mean square error over all N x K entries, in the unit of the targets.
inline double rmse(const RegressionPairs& pairs) {
    const detail::CheckedPairs checked(pairs);
    std::vector<double> errors;
    for (Index k = 0; k < checked.errors.cols(); ++k)
        errors.push_back(
            detail::root_mean_square(checked.fractions, detail::column(checked.errors, k)));
    const std::vector<double> fractions(errors.size(), 1 / double(errors.size()));
    return checked.unit * detail::root_mean_square(fractions, errors);
}

/// Mean absolute error over all N x K entries, in the unit of the targets.
inline double mae(const RegressionPairs& pairs) {
    const detail::CheckedPairs checked(pairs);
    const Matrix<double>& errors = checked.errors;
    std::vector<double> means(checked.fractions.size());
    for (Index k = 0; k < errors.cols(); ++k)
        for (std::size_t n = 0; n < means.size(); ++n)
            means[n] += std::abs(errors(Index(n), k)) / double(errors.cols());
    return checked.unit * detail::mean(checked.fractions, means);
}

/// The coefficient of determination, 1 - sum (Y - Yhat)^2 / sum (Y - mean)^2, the mean over the K
/// columns. A constant column, such as any column of a single sample, counts as 1 if it is
/// predicted exactly and as 0 otherwise.
inline double r2(const RegressionPairs& pairs) {
    const detail::CheckedPairs checked(pairs);
    double sum = 0;
    for (Index k = 0; k < checked.targets.cols(); ++k) {
        const std::span<const double> y = detail::column(checked.targets, k);
        // Distances are measured from the first value, so that a constant column has exactly 0.
        std::vector<double> distances;
        for (const double value : y) distances.push_back(value - y[0]);
        const double center = detail::mean(checked.fractions, distances);
        for (double& distance : distances) distance -= center;
        const double spread = detail::root_mean_square(checked.fractions, distances),
                     error = detail::root_mean_square(checked.fractions,
                                                      detail::column(checked.errors, k));
        sum += spread == 0 ? double(error == 0) : 1 - (error / spread) * (error / spread);
    }
    return sum / double(checked.targets.cols());
}

}  // namespace twolayer
