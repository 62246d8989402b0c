// SPDX-License-Identifier: MIT
// The report of a classifier on samples that it has not seen: scores of each class and of all.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/data/class_metrics.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/metric_arguments.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/policies/samples.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace twolayer {

/// What classification_report() compares; its members are given by name.
struct ClassProbabilities {
    detail::ByName by_name = detail::ByName();
    detail::LabelsArg actual;
    /// N x K, what predict() returns, or N x 1: the probability of the second of two classes.
    detail::NumbersArg probability;
    /// The label of each class, in the order of the columns: model.class_names. May be left out if
    /// `.actual` holds class indexes, as class_index(Y) returns them.
    detail::LabelsArg labels = {};
    detail::SampleWeights sample_weights = {};
};

/// The scores of one class. TP is the weight of its samples that are predicted as this class. A
/// score is NaN if it would be 0 / 0.
struct ClassScore {
    std::string label;     ///< as text
    double support = 0;    ///< the weight of its samples, their number without weights
    double predicted = 0;  ///< the weight of the samples that are predicted as this class
    double precision = 0;  ///< TP / predicted, NaN for a class that is never predicted
    double recall = 0;     ///< TP / support, NaN for a class without samples
    double f1 = 0;         ///< 2 TP / (support + predicted), the harmonic mean of the two
    /// The probability that a sample of the class gets a higher probability of the class than a
    /// sample of another class: the area under the ROC curve. Equal probabilities count half. NaN
    /// if all samples or none are of the class. Mann and Whitney 1947; Hanley and McNeil 1982.
    double roc_auc = 0;
};

/// What classification_report() returns. All sums and means are weighted by the sample weights;
/// w_n is the weight of sample n, p_nk the probability of class k, c_n its class.
struct ClassificationReport {
    std::vector<ClassScore> classes;  ///< in the order of the columns of the probabilities
    ConfusionMatrix confusion;        ///< in the same order
    double total = 0;                 ///< the weight of all samples, N without weights
    double accuracy = 0;              ///< the fraction of samples whose class is the most likely
    double balanced_accuracy = 0;     ///< the mean recall of the classes that have samples
    /// The mean roc_auc of the classes that have samples, each against all others; NaN if only one
    /// has. For two classes, both have the same. Hand and Till 2001 discuss such means.
    double roc_auc = 0;
    /// - sum_n w_n log p_n,c_n / sum_n w_n. Probabilities below 2.2e-16 count as 2.2e-16.
    double log_loss = 0;
    /// 1/2 sum_n w_n sum_k (p_nk - [k = c_n])^2 / sum_n w_n, between 0 and 1: for two classes the
    /// mean square of 1 - p_n,c_n. Brier 1950, halved.
    double brier = 0;
    /// The fraction of the largest class: the accuracy of a classifier that always predicts it.
    double baseline = 0;
    std::string largest_class;
};

namespace detail {

/// The samples of a report with a weight above zero, and what is known of them.
struct CheckedProbabilities {
    std::vector<std::string> labels;
    Matrix<double> probability;  ///< a column for each class
    std::vector<Index> actual, predicted;
    std::vector<double> weights;

    explicit CheckedProbabilities(const ClassProbabilities& given) {
        const Matrix<double>& P = given.probability.values;
        const Index N = P.rows(), K = classes_of(P.cols());
        if (P.cols() == 0)
            fail("the probabilities are ", N,
                 " x 0, expected a column for each class: pass what predict() returns");
        checked_total(std::ssize(given.actual.labels), N, given.sample_weights);
        const LabelPlaces places(labels_of_columns(given, K));
        labels = places.texts();
        if (std::ssize(labels) != K)
            fail("there are ", labels.size(), " labels for ", P.cols(),
                 " columns of probabilities, expected ", K, ": pass model.class_names");
        std::vector<Index> rows;
        for (Index n = 0; n < N; ++n)
            if (weight_of<double>(given.sample_weights, n) > 0)
                rows.push_back(n);
        probability.resize(std::ssize(rows), K);
        for (Index i = 0; i < probability.rows(); ++i) {
            const Index n = rows[std::size_t(i)];
            for (Index k = 0; k < P.cols(); ++k) {
                if (!(is_finite(P(n, k)) && -rounding <= P(n, k) && P(n, k) <= 1 + rounding))
                    fail("the probability in row ", n, ", column ", k, " is ", P(n, k),
                         ", expected a number between 0 and 1: pass what predict() of a network "
                         "with the output Softmax or Sigmoid returns");
                probability(i, K - P.cols() + k) = P(n, k);
            }
            if (P.cols() < K)
                probability(i, 0) = 1 - P(n, 0);
            weights.push_back(weight_of<double>(given.sample_weights, n));
            actual.push_back(places.of(given.actual.labels[std::size_t(n)], std::size_t(n)));
        }
        for (const ClassIndex c : class_index(probability))
            predicted.push_back(static_cast<Index>(c));
    }

private:
    static constexpr double rounding = 1e-6;

    static std::vector<LabelsArg::Label> labels_of_columns(const ClassProbabilities& given,
                                                           Index K) {
        if (!given.labels.labels.empty()) {
            given.actual.check_type(".labels", given.labels);
            return given.labels.labels;
        }
        std::vector<ClassIndex> columns;
        for (Index k = 0; k < K; ++k) columns.push_back(ClassIndex(k));
        const LabelsArg numbers(columns);
        if (given.actual.kind != numbers.kind)
            fail(".labels is empty and .actual holds ", given.actual.kind,
                 ", expected the label of each column of .probability: pass model.class_names");
        return numbers.labels;
    }
};

/// ClassScore::roc_auc of class k, whose samples are ranked by `scores`.
inline double roc_auc(const CheckedProbabilities& samples, Index k, const double* scores) {
    std::vector<Index> order = all_rows(samples.probability.rows());
    std::ranges::sort(order, {}, [&](Index n) { return scores[n]; });
    // Without weights, these are whole numbers and exact.
    const double unit = *std::ranges::max_element(samples.weights);
    double inside = 0, below = 0, won = 0;  // weights in the class and in others; won pairs
    for (std::size_t i = 0; i < order.size();) {
        double ties[2] = {0, 0};  // the weights of equal scores in other classes and in this one
        const double score = scores[order[i]];
        for (; i < order.size() && scores[order[i]] == score; ++i)
            ties[samples.actual[std::size_t(order[i])] == k] +=
                samples.weights[std::size_t(order[i])] / unit;
        won += ties[1] * (below + ties[0] / 2);
        below += ties[0];
        inside += ties[1];
    }
    return won / (inside * below);
}

}  // namespace detail

/// Scores the probabilities that a classifier gives to samples with known labels:
///
///     classification_report({.actual = labels,
///                            .probability = model.predict(X),
///                            .labels = model.class_names})
///
/// A class is predicted where it is the most likely one, as classify() does. Throws
/// std::invalid_argument as confusion_matrix(), for labels that are not one for each class, and for
/// probabilities that are not between 0 and 1. Samples of weight zero are left out.
inline ClassificationReport classification_report(const ClassProbabilities& given) {
    const detail::CheckedProbabilities samples(given);
    const Matrix<double>& P = samples.probability;
    const Index N = P.rows(), K = P.cols();
    ClassificationReport report;
    report.confusion.labels = samples.labels;
    Matrix<double>& counts = report.confusion.counts;
    counts.setZero(K, K);
    report.total = std::accumulate(samples.weights.begin(), samples.weights.end(), 0.0);
    for (Index n = 0; n < N; ++n) {
        const Index actual = samples.actual[std::size_t(n)];
        const double w = samples.weights[std::size_t(n)], fraction = w / report.total;
        counts(actual, samples.predicted[std::size_t(n)]) += w;
        const double p = (std::max)(P(n, actual), std::numeric_limits<double>::epsilon());
        report.log_loss -= fraction * std::log(p);
        for (Index k = 0; k < K; ++k) {
            const double error = P(n, k) - double(k == actual);
            report.brier += fraction * error * error / 2;
        }
    }
    double all_found = 0;
    double recalls = 0, aucs = 0, present = 0;  // over the classes that have samples; their number
    for (Index k = 0; k < K; ++k) {
        double support = 0, predicted = 0;
        for (Index other = 0; other < K; ++other) {
            support += counts(k, other);
            predicted += counts(other, k);
        }
        const double found = counts(k, k);
        // One column ranks both of two classes, so that rounding cannot tell them apart.
        const Index ranked = K == 2 ? 1 : k;
        const double auc = detail::roc_auc(samples, ranked, P.data() + ranked * N);
        all_found += found;
        report.classes.push_back({samples.labels[std::size_t(k)], support, predicted,
                                  found / predicted, found / support,
                                  2 * found / (support + predicted), auc});
        if (support > 0) {
            recalls += found / support;
            aucs += auc;
            ++present;
        }
    }
    const ClassScore& largest = *std::ranges::max_element(report.classes, {}, &ClassScore::support);
    report.largest_class = largest.label;
    report.baseline = largest.support / report.total;
    report.accuracy = all_found / report.total;
    report.balanced_accuracy = recalls / present;
    report.roc_auc = aucs / present;
    return report;
}

}  // namespace twolayer
