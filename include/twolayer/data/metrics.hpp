// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/core/samples.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>
#include <twolayer/data/labels.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace twolayer {

// Every metric is a mean over samples, weighted by the sample weights (none for all ones), in
// double. All throw std::invalid_argument for shapes that do not fit, for no samples, and for
// weights that are negative, not finite or all zero.

namespace detail {

inline double weight_of(const VectorView<const double>& weights, Index n) {
    return weights.empty() ? 1 : weights(n);
}

inline double checked_pairs(Index expected, Index given, const VectorView<const double>& weights) {
    if (expected != given)
        fail("there are ", given, " predictions for ", expected, " samples");
    return total_weight(expected, weights);
}

/// sum_n w_n f(Y_nk, Yhat_nk) / (K sum_n w_n) over all entries of two N x K matrices.
template <typename A, typename B, typename Function>
double mean_over_entries(const Eigen::DenseBase<A>& targets, const Eigen::DenseBase<B>& prediction,
                         const VectorView<const double>& weights, Function f) {
    Evaluated<A> evaluated_targets;
    Evaluated<B> evaluated_prediction;
    const auto& Y = in_memory(targets, evaluated_targets);
    const auto& Yhat = in_memory(prediction, evaluated_prediction);
    if (Y.cols() != Yhat.cols())
        fail("Y has ", Y.cols(), " columns, the prediction ", Yhat.cols());
    const double total = checked_pairs(Y.rows(), Yhat.rows(), weights);
    double sum = 0;
    for (Index n = 0; n < Y.rows(); ++n)
        if (const double w = weight_of(weights, n); w > 0)
            for (Index k = 0; k < Y.cols(); ++k)
                sum += w * f(double(Y.coeff(n, k)), double(Yhat.coeff(n, k)));
    return sum / (total * double(Y.cols()));
}

}  // namespace detail

/// Row c, column p: the weight of the samples of class c that were predicted as p (their number
/// without weights), classes x classes.
template <Labels Range, Labels Predicted>
Matrix<double> confusion_matrix(const Range& labels, const Predicted& predicted, Index classes,
                                const VectorArg<double>& sample_weights = {}) {
    detail::checked_pairs(std::ranges::ssize(labels), std::ranges::ssize(predicted),
                          sample_weights);
    detail::check_labels(labels, classes);
    detail::check_labels(predicted, classes);
    Matrix<double> confusion = Matrix<double>::Zero(classes, classes);
    for (Index n = 0; n < std::ranges::ssize(labels); ++n)
        confusion(detail::label_at(labels, n), detail::label_at(predicted, n)) +=
            detail::weight_of(sample_weights, n);
    return confusion;
}

/// The share of samples whose prediction is their label.
template <Labels Range, Labels Predicted>
double accuracy(const Range& labels, const Predicted& predicted,
                const VectorArg<double>& sample_weights = {}) {
    const double total = detail::checked_pairs(std::ranges::ssize(labels),
                                               std::ranges::ssize(predicted), sample_weights);
    double right = 0;
    for (Index n = 0; n < std::ranges::ssize(labels); ++n)
        if (detail::label_at(labels, n) == detail::label_at(predicted, n))
            right += detail::weight_of(sample_weights, n);
    return right / total;
}

/// Root mean square error over all entries of Y and Yhat, N x K.
template <typename A, typename B>
double rmse(const Eigen::DenseBase<A>& Y, const Eigen::DenseBase<B>& Yhat,
            const VectorArg<double>& sample_weights = {}) {
    return std::sqrt(detail::mean_over_entries(
        Y, Yhat, sample_weights, [](double y, double p) { return (p - y) * (p - y); }));
}

/// Mean absolute error over all entries of Y and Yhat, N x K.
template <typename A, typename B>
double mae(const Eigen::DenseBase<A>& Y, const Eigen::DenseBase<B>& Yhat,
           const VectorArg<double>& sample_weights = {}) {
    return detail::mean_over_entries(Y, Yhat, sample_weights,
                                     [](double y, double p) { return std::abs(p - y); });
}

/// The coefficient of determination, 1 - sum (Y - Yhat)^2 / sum (Y - mean)^2, the mean over the K
/// columns. A constant column, as any is of a single sample, counts as 1 where it is predicted
/// exactly and as 0 where it is not.
template <typename A, typename B>
double r2(const Eigen::DenseBase<A>& targets, const Eigen::DenseBase<B>& prediction,
          const VectorArg<double>& sample_weights = {}) {
    detail::Evaluated<A> evaluated_targets;
    detail::Evaluated<B> evaluated_prediction;
    const auto& Y = detail::in_memory(targets, evaluated_targets);
    const auto& Yhat = detail::in_memory(prediction, evaluated_prediction);
    if (Y.cols() != Yhat.cols())
        fail("Y has ", Y.cols(), " columns, the prediction ", Yhat.cols());
    double sum = 0;
    for (Index k = 0; k < Y.cols(); ++k) {
        const auto y = Y.col(k);
        const auto mean_of = [&](auto f) {
            return detail::mean_over_entries(y, Yhat.col(k), sample_weights, f);
        };
        double least = std::numeric_limits<double>::infinity(), most = -least;
        const double rounded = mean_of([&](double value, double) {
            least = std::min(least, value);
            most = std::max(most, value);
            return value;
        });
        // Rounding may have carried the mean of a constant column away from it.
        const double mean = std::max(least, std::min(most, rounded));
        const double spread = mean_of([mean](double a, double) { return (a - mean) * (a - mean); });
        const double error = mean_of([](double a, double p) { return (p - a) * (p - a); });
        sum += spread == 0 ? double(error == 0) : 1 - error / spread;
    }
    return sum / double(Y.cols());
}

}  // namespace twolayer
