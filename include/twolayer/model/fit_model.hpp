// SPDX-License-Identifier: MIT
// fit_classifier() and fit_regressor(): from raw data to a trained model in one call.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/stopwatch.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/cross_validate.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/kernels/parallel.hpp>
#include <twolayer/model/fold_race.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/model/tune.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/train/fit_options.hpp>

#include <concepts>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

namespace twolayer {

/// How fit_classifier() and fit_regressor() search; every option may be left out.
struct ModelSearchOptions {
    std::uint64_t seed = 1;  ///< of the folds and of all first weights
    /// The folds for comparing sizes and decays. If left out: 5, or one for each sample if fewer.
    std::optional<Index> folds = {};
    int threads = 1;  ///< maximum number; the result does not depend on it
};

/// How a model was chosen and trained.
struct ModelReport {
    std::vector<Trial> tried;  ///< in this order
    Trial chosen;
    FitReport fit;       ///< of the network, on all samples
    double seconds = 0;  ///< in total
};

/// What fit_classifier() and fit_regressor() return: auto [model, report] = ...
template <Network Net, typename Label = std::string>
struct FittedModel {
    Model<Net, Label> model;
    ModelReport report;
};

namespace detail {

/// Chooses size and decay on folds of the given rows, to which `splits` refer, then trains the
/// network with them on all samples. X is scaled, and Y scaled or one-hot.
template <typename Net, typename Loss>
ModelReport tune_and_fit(Net& result, const Matrix<typename Net::Scalar>& X,
                         const Matrix<typename Net::Scalar>& Y, Loss,
                         const std::vector<Index>& rows, const std::vector<Split>& splits,
                         const ModelSearchOptions& options) {
    kernels::check_threads(options.threads);
    FoldRace<Net, Loss> race(select_rows(X, rows), select_rows(Y, rows), splits, options.seed,
                             options.threads);
    Search search(std::ssize(rows), [&](Index hidden, double weight_decay, double lowest) {
        return race.loss(hidden, weight_decay, lowest);
    });
    tune(search, Y.cols());

    ModelReport report{.tried = search.trials(), .chosen = search.chosen(), .fit = {}};
    // So that the prior is as strong on all samples as on those of the search.
    report.chosen.weight_decay *= double(rows.size()) / double(X.rows());
    result = Net({.inputs = X.cols(), .hidden = report.chosen.hidden, .outputs = Y.cols()});
    report.fit = fit_scaled<Loss>(result, {X, Y, {}}, report.chosen.weight_decay, options.seed,
                                  1e-5, {.epochs = 500, .threads = options.threads, .starts = 2});
    report.fit.warnings.clear();  // about outliers in X, which is already standardized
    return report;
}

/// Throws std::invalid_argument for too few samples to hold some out, and for a number of folds out
/// of range.
inline void check_folds(const ModelSearchOptions& options, Index samples) {
    if (samples < 2)
        fail("X has ", samples, " rows, expected at least 2: one to train on and one to test on");
    if (options.folds)
        check_folds(*options.folds, samples);
}

/// At most 4000 of the rows, drawn by the seed, class by class: enough to choose size and decay.
template <Labels Range>
std::vector<Index> rows_to_search(const Range& labels, std::uint64_t seed) {
    constexpr Index most = 4000;
    const Index samples = std::ranges::ssize(labels);
    if (samples > most)
        return train_test_split(labels, double(most) / double(samples), seed).test;
    return all_rows(samples);
}

}  // namespace detail

/// Trains a classifier on raw X, N x D, with the label of each sample: an integer, bool, char,
/// enumerator or text. Scaling, one-hot targets, number of hidden units, weight decay and training
/// are chosen automatically. classify() returns labels of the same type; texts become std::string.
/// model.class_names holds the distinct labels in ascending order.
///
/// Sizes and decays are compared by the cross-entropy of held-out samples, fold by fold; the report
/// lists them. Throws std::invalid_argument for no samples, for a number of labels that is not N,
/// for fewer than two classes, and for entries of X that are not finite.
template <typename Derived, Labels Range>
requires std::floating_point<typename Derived::Scalar>
FittedModel<TwoLayerNet<typename Derived::Scalar, Softmax>, detail::LabelOf<Range>> fit_classifier(
    const Eigen::DenseBase<Derived>& X, const Range& labels,
    const ModelSearchOptions& options = {}) {
    using Scalar = typename Derived::Scalar;
    using Net = TwoLayerNet<Scalar, Softmax>;
    const detail::Stopwatch watch;
    const Index N = X.rows();
    if (const Index count = Index(std::ranges::size(labels)); count != N)
        fail("there are ", count, " labels for ", N, " samples");
    detail::check_folds(options, N);
    const auto [classes, indexes] = detail::number_labels(labels);
    const Index K = std::ssize(classes);
    if (K < 2)
        fail("all ", N, " samples are of one class, a classifier needs at least two");
    Model<Net, detail::LabelOf<Range>> model{
        .net = Net({.inputs = X.cols(), .hidden = 1, .outputs = K}),
        .inputs = Standardizer<Scalar>::fit(X),
        .class_names = classes};
    const std::vector<Index> rows = detail::rows_to_search(indexes, options.seed);
    ModelReport report = detail::tune_and_fit(
        model.net, model.inputs.transform(X), one_hot<Scalar>(indexes, K), CrossEntropy{}, rows,
        detail::repeated_folds(select_rows(indexes, rows), options.folds, options.seed), options);
    report.seconds = watch.seconds();
    return {std::move(model), std::move(report)};
}

/// Trains a regression of raw Y, N x K, on raw X, N x D, in the same way. Sizes and decays are
/// compared by the squared error of standardized targets. predict() returns numbers in the units of
/// Y. Throws std::invalid_argument for no samples, for different numbers of rows, and for entries
/// that are not finite.
template <typename DerivedX, typename DerivedY>
requires std::floating_point<typename DerivedX::Scalar>
FittedModel<TwoLayerNet<typename DerivedX::Scalar, Identity>> fit_regressor(
    const Eigen::DenseBase<DerivedX>& X, const Eigen::DenseBase<DerivedY>& Y,
    const ModelSearchOptions& options = {}) {
    using Scalar = typename DerivedX::Scalar;
    using Net = TwoLayerNet<Scalar, Identity>;
    const detail::Stopwatch watch;
    const Index N = X.rows();
    if (Y.rows() != N)
        fail("Y has ", Y.rows(), " rows, X has ", N);
    detail::check_folds(options, N);
    Model<Net> model{.net = Net({.inputs = X.cols(), .hidden = 1, .outputs = Y.cols()}),
                     .inputs = Standardizer<Scalar>::fit(X),
                     .targets = Standardizer<Scalar>::fit(Y, {}, "Y")};
    const std::vector<Index> rows =
        detail::rows_to_search(std::vector<Index>(std::size_t(N), 0), options.seed);
    ModelReport report = detail::tune_and_fit(
        model.net, model.inputs.transform(X), model.targets.transform(Y), SquaredError{}, rows,
        detail::repeated_folds(std::vector<Index>(rows.size(), 0), options.folds, options.seed),
        options);
    report.seconds = watch.seconds();
    return {std::move(model), std::move(report)};
}

/// For an X of integers: says in a single error what to write instead.
template <typename Derived, Labels Range>
requires std::integral<typename Derived::Scalar>
FittedModel<TwoLayerNet<double, Softmax>, detail::LabelOf<Range>> fit_classifier(
    const Eigen::DenseBase<Derived>&, const Range&, const ModelSearchOptions& = {}) {
    detail::same_scalar<double, typename Derived::Scalar>();
    std::abort();
}
template <typename DerivedX, typename DerivedY>
requires std::integral<typename DerivedX::Scalar>
FittedModel<TwoLayerNet<double, Identity>> fit_regressor(const Eigen::DenseBase<DerivedX>&,
                                                         const Eigen::DenseBase<DerivedY>&,
                                                         const ModelSearchOptions& = {}) {
    detail::same_scalar<double, typename DerivedX::Scalar>();
    std::abort();
}

}  // namespace twolayer
