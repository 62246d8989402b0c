// SPDX-License-Identifier: MIT
// fit_classifier() and fit_regressor(): from raw data to a trained model in one call.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/model/fold_race.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/model/search_options.hpp>
#include <twolayer/model/search_rows.hpp>
#include <twolayer/model/tune.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/train/fit_options.hpp>

#include <algorithm>
#include <concepts>
#include <iterator>
#include <limits>
#include <numeric>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace twolayer {

/// How a model was chosen and trained.
struct ModelReport {
    std::vector<Trial> tried;  ///< in this order
    Trial chosen;
    bool search_finished = true;  ///< false if a limit or the caller ended it
    FitReport fit;                ///< of the network, on all samples
    double seconds = 0;           ///< in total
    /// Sentences about columns of a table that a person should check: identifiers, constant columns
    /// and text with many categories.
    std::vector<std::string> warnings = {};
};

/// What fit_classifier() and fit_regressor() return: auto [model, report] = ...
template <Network Net, typename Label = std::string>
struct FittedModel {
    Model<Net, Label> model;
    ModelReport report;
};

namespace detail {

/// Moves the class weights of the options into the sample weights. Throws std::invalid_argument for
/// sample weights or class weights that do not fit.
inline void weigh_by_class(ModelSearchOptions& options, const std::vector<ClassIndex>& classes,
                           Index K) {
    total_weight<double>(std::ssize(classes), options.sample_weights);
    if (!options.balanced && options.class_weights.empty())
        return;
    if (options.balanced && !options.class_weights.empty())
        fail("class_weights are given and balanced is set: give only one of them");
    std::vector<double>& weights = options.sample_weights.values;
    if (weights.empty())
        weights.assign(classes.size(), 1);
    weigh_classes(weights, options.class_weights, options.balanced, K,
                  [&](Index n) { return static_cast<Index>(classes[std::size_t(n)]); });
    options.class_weights.clear();
    options.balanced = false;
}

/// The scaling of the columns over the samples that count.
template <Real Scalar>
Standardizer<Scalar> standardizer_of(const MatrixView<const Scalar>& X,
                                     const std::vector<double>& weights, std::string_view name) {
    return Standardizer<Scalar>::fit(X, std::vector<Scalar>(weights.begin(), weights.end()), name);
}

/// Learns the scaling and the range of the inputs from the samples that count.
template <Network Net, typename Label>
void learn_inputs(Model<Net, Label>& model, const MatrixView<const typename Net::Scalar>& X,
                  const std::vector<double>& weights) {
    using Limits = std::numeric_limits<typename Net::Scalar>;
    model.inputs = standardizer_of(X, weights, "X");
    model.lowest.setConstant(X.cols, (Limits::max)());
    model.highest.setConstant(X.cols, Limits::lowest());
    widen_range(model, X, {weights.data(), std::ssize(weights), 1});
}

/// Trains a model on raw X and on Y, scaled or one-hot: chooses size and decay on some of the rows,
/// then trains the network with them on all samples. `classes` are those of the samples, all the
/// same for a regression.
template <typename Loss, typename Net, typename Label>
ModelReport train_model(Model<Net, Label>& model, const MatrixView<const typename Net::Scalar>& raw,
                        const Matrix<typename Net::Scalar>& Y,
                        const std::vector<ClassIndex>& classes, SearchControl& control) {
    using Scalar = typename Net::Scalar;
    const ModelSearchOptions& options = control.options();
    const std::vector<double>& all = options.sample_weights.values;
    learn_inputs(model, raw, all);
    const Matrix<Scalar> X = model.inputs.transform(raw);

    const auto [rows, weights, splits] = search_rows(classes, options);
    FoldRace<Net, Loss> race(select_rows(X, rows), select_rows(Y, rows),
                             {weights.begin(), weights.end()}, splits, control);
    const Search search(std::ssize(rows), Y.cols(),
                        [&](Index hidden, double weight_decay, double lowest) {
                            return race.loss(hidden, weight_decay, lowest);
                        });
    ModelReport report{.tried = search.trials(), .chosen = search.chosen(), .fit = {}};
    report.search_finished = !control.over();
    // So that the prior is as strong on all samples as on those of the search.
    const Index N = X.rows();
    const auto total = [](const std::vector<double>& w, double samples) {
        return w.empty() ? samples : std::accumulate(w.begin(), w.end(), 0.0);
    };
    report.chosen.weight_decay *= total(weights, double(rows.size())) / total(all, double(N));
    const Shape shape{.inputs = X.cols(), .hidden = report.chosen.hidden, .outputs = Y.cols()};
    // Two starts of 500 epochs if each takes less than half a minute or so. Otherwise one, from the
    // weights of the search.
    const double affordable = 1e11 / gradient_cost(shape, N);
    const bool continues = (affordable < 500 || !report.search_finished) && race.best_net() &&
                           race.best_net()->shape() == shape;
    model.net = continues ? *race.best_net() : Net(shape);
    FitOptions last = control.fit_options(report.chosen.weight_decay, true);
    last.epochs = Index(std::clamp(affordable, 20.0, 500.0));
    last.threads = options.threads;
    last.starts = continues ? 1 : 2;
    if (options.callback)
        last.callback = [&](const FitProgress& p) {
            return control.report(
                {0, shape.hidden, report.chosen.weight_decay, p.epoch, *last.epochs, p.loss});
        };
    const std::vector<Scalar> w(all.begin(), all.end());
    report.fit = fit_scaled<Loss>(model.net, {X, Y, {w.data(), std::ssize(w), 1}}, last, 1e-5);
    report.fit.warnings.clear();  // about outliers in X, which is already standardized
    report.seconds = control.seconds();
    return report;
}

/// Trains a classifier on raw X and the class of each sample.
template <Real Scalar, typename Label>
FittedModel<TwoLayerNet<Scalar, Softmax>, Label> train_classifier(const MatrixArg<Scalar>& X,
                                                                  NumberedLabels<Label> labels,
                                                                  ModelSearchOptions options) {
    const Index N = X.rows, K = std::ssize(labels.classes);
    options.validate(N);
    if (K < 2)
        fail("all ", N, " samples are of one class, a classifier needs at least two");
    weigh_by_class(options, labels.indexes, K);
    SearchControl control(options);
    Classifier<Scalar, Label> model{
        .net = TwoLayerNet<Scalar, Softmax>({.inputs = X.cols, .hidden = 1, .outputs = K}),
        .class_names = std::move(labels.classes)};
    ModelReport report = train_model<CrossEntropy>(model, X, one_hot<Scalar>(labels.indexes, K),
                                                   labels.indexes, control);
    return {std::move(model), std::move(report)};
}

/// Trains a regression of raw Y on raw X.
template <Real Scalar>
FittedModel<TwoLayerNet<Scalar, Identity>> train_regressor(const MatrixArg<Scalar>& X,
                                                           const MatrixArg<Scalar>& Y,
                                                           const ModelSearchOptions& options) {
    const Index N = X.rows;
    if (Y.rows != N)
        fail("the number of rows of Y is ", Y.rows, ", expected ", N, " as in X");
    options.validate(N);
    if (options.balanced || !options.class_weights.empty())
        fail(options.balanced ? "balanced" : "class_weights",
             " is for classes: use fit_classifier(), or sample_weights");
    total_weight<double>(N, options.sample_weights);
    SearchControl control(options);
    Regressor<Scalar> model{
        .net = TwoLayerNet<Scalar, Identity>({.inputs = X.cols, .hidden = 1, .outputs = Y.cols}),
        .targets = standardizer_of<Scalar>(Y, options.sample_weights.values, "Y")};
    ModelReport report = train_model<SquaredError>(
        model, X, model.targets.transform(Y), std::vector<ClassIndex>(std::size_t(N)), control);
    return {std::move(model), std::move(report)};
}

/// The scalar type of a model of X. Integers are refused when X is converted to it.
template <typename Derived>
using ModelScalar =
    std::conditional_t<std::integral<typename Derived::Scalar>, double, typename Derived::Scalar>;

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
FittedModel<TwoLayerNet<detail::ModelScalar<Derived>, Softmax>, detail::LabelOf<Range>>
fit_classifier(const Eigen::DenseBase<Derived>& X, const Range& labels,
               const ModelSearchOptions& options = {}) {
    if (const Index count = Index(std::ranges::size(labels)); count != X.rows())
        fail("the number of labels is ", count, ", expected ", X.rows(), ", one for each sample");
    return detail::train_classifier<detail::ModelScalar<Derived>>(X, detail::number_labels(labels),
                                                                  options);
}

/// Trains a regression of raw Y, N x K, on raw X, N x D, in the same way. Sizes and decays are
/// compared by the squared error of standardized targets. predict() returns numbers in the units of
/// Y. Throws std::invalid_argument for no samples, for different numbers of rows, and for entries
/// that are not finite.
template <typename DerivedX, typename DerivedY>
FittedModel<TwoLayerNet<detail::ModelScalar<DerivedX>, Identity>> fit_regressor(
    const Eigen::DenseBase<DerivedX>& X, const Eigen::DenseBase<DerivedY>& Y,
    const ModelSearchOptions& options = {}) {
    return detail::train_regressor<detail::ModelScalar<DerivedX>>(X, Y, options);
}

}  // namespace twolayer
