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
#include <cstdlib>
#include <limits>
#include <numeric>
#include <ranges>
#include <string>
#include <string_view>
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
};

/// What fit_classifier() and fit_regressor() return: auto [model, report] = ...
template <Network Net, typename Label = std::string>
struct FittedModel {
    Model<Net, Label> model;
    ModelReport report;
};

namespace detail {

/// Multiplies the sample weights of the options by those of the classes. Throws
/// std::invalid_argument for sample weights or class weights that do not fit.
inline void weigh_by_class(ModelSearchOptions& options, const std::vector<ClassIndex>& classes,
                           Index K) {
    total_weight<double>(std::ssize(classes), options.sample_weights);
    if (!options.balanced && options.class_weights.empty())
        return;
    if (options.balanced && !options.class_weights.empty())
        fail("class_weights are given and balanced is set: only one of them can hold");
    std::vector<double> weights(classes.size(), 1);
    if (const auto& given = options.sample_weights.values; !given.empty())
        weights = given;
    weigh_classes(weights, options.class_weights, options.balanced, K, [&](Index n) {
        return static_cast<Index>(classes[static_cast<std::size_t>(n)]);
    });
    options.sample_weights = weights;
}

/// The scaling of the columns over the samples that count.
template <Real Scalar, typename Derived>
Standardizer<Scalar> standardizer_of(const Eigen::DenseBase<Derived>& X,
                                     const ModelSearchOptions& options, std::string_view name) {
    const std::vector<double>& w = options.sample_weights.values;
    return Standardizer<Scalar>::fit(X, std::vector<Scalar>(w.begin(), w.end()), name);
}

/// Learns the scaling and the range of the inputs from the samples that count.
template <typename Model, typename Derived>
void learn_inputs(Model& model, const Eigen::DenseBase<Derived>& X,
                  const ModelSearchOptions& options) {
    using Scalar = typename Derived::Scalar;
    model.inputs = standardizer_of<Scalar>(X, options, "X");
    const Matrix<Scalar> rows = X;
    using Limits = std::numeric_limits<Scalar>;
    model.lowest.setConstant(rows.cols(), (Limits::max)());
    model.highest.setConstant(rows.cols(), Limits::lowest());
    widen_range(model, rows, options.sample_weights);
}

/// Chooses size and decay on some of the rows, then trains the network with them on all samples.
/// X is scaled, and Y scaled or one-hot.
template <typename Net, typename Loss>
ModelReport tune_and_fit(Net& result, const Matrix<typename Net::Scalar>& X,
                         const Matrix<typename Net::Scalar>& Y, Loss, const SearchRows& searched,
                         SearchControl& control) {
    using Scalar = typename Net::Scalar;
    const ModelSearchOptions& options = control.options();
    const auto& [rows, weights, splits] = searched;
    FoldRace<Net, Loss> race(select_rows(X, rows), select_rows(Y, rows),
                             {weights.begin(), weights.end()}, splits, control);
    Search search(std::ssize(rows), [&](Index hidden, double weight_decay, double lowest) {
        return race.loss(hidden, weight_decay, lowest);
    });
    tune(search, Y.cols());

    ModelReport report{.tried = search.trials(), .chosen = search.chosen(), .fit = {}};
    report.search_finished = !control.over();
    // So that the prior is as strong on all samples as on those of the search.
    const Index N = X.rows();
    const auto total = [](const std::vector<double>& w, double samples) {
        return w.empty() ? samples : std::accumulate(w.begin(), w.end(), 0.0);
    };
    const std::vector<double>& all = options.sample_weights.values;
    report.chosen.weight_decay *= total(weights, double(rows.size())) / total(all, double(N));
    const Shape shape{.inputs = X.cols(), .hidden = report.chosen.hidden, .outputs = Y.cols()};
    // Two starts of 500 epochs if that takes less than a minute or so. Otherwise one, from the
    // weights of the search.
    const double affordable = 2e11 / gradient_cost(shape, N);
    const bool continues = (affordable < 1000 || !report.search_finished) && race.best_net() &&
                           race.best_net()->shape() == shape;
    result = continues ? *race.best_net() : Net(shape);
    FitOptions last = control.limits(true);
    last.epochs = Index(std::clamp(affordable, 20.0, 500.0));
    last.threads = options.threads;
    last.starts = continues ? 1 : 2;
    if (options.callback)
        last.callback = [&](const FitProgress& p) {
            return control.report(
                {0, shape.hidden, report.chosen.weight_decay, p.epoch, *last.epochs, p.loss});
        };
    const std::vector<Scalar> w(all.begin(), all.end());
    report.fit = fit_scaled<Loss>(result, {X, Y, {w.data(), std::ssize(w), 1}},
                                  report.chosen.weight_decay, options.seed, 1e-5, last);
    report.fit.warnings.clear();  // about outliers in X, which is already standardized
    report.seconds = control.seconds();
    return report;
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
    const Index N = X.rows();
    if (const Index count = Index(std::ranges::size(labels)); count != N)
        fail("the number of labels is ", count, ", expected ", N, ", one for each sample");
    options.validate(N);
    const auto [classes, indexes] = detail::number_labels(labels);
    const Index K = std::ssize(classes);
    if (K < 2)
        fail("all ", N, " samples are of one class, a classifier needs at least two");
    ModelSearchOptions weighted = options;
    detail::weigh_by_class(weighted, indexes, K);
    detail::SearchControl control(weighted);
    Model<Net, detail::LabelOf<Range>> model{
        .net = Net({.inputs = X.cols(), .hidden = 1, .outputs = K}), .class_names = classes};
    detail::learn_inputs(model, X, weighted);
    ModelReport report =
        detail::tune_and_fit(model.net, model.inputs.transform(X), one_hot<Scalar>(indexes, K),
                             CrossEntropy{}, detail::search_rows(indexes, weighted), control);
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
    const Index N = X.rows();
    if (Y.rows() != N)
        fail("the number of rows of Y is ", Y.rows(), ", expected ", N, " as in X");
    options.validate(N);
    if (options.balanced || !options.class_weights.empty())
        fail(options.balanced ? "balanced" : "class_weights",
             " is for classes: use fit_classifier(), or sample_weights");
    detail::total_weight<double>(N, options.sample_weights);
    detail::SearchControl control(options);
    Model<Net> model{.net = Net({.inputs = X.cols(), .hidden = 1, .outputs = Y.cols()}),
                     .targets = detail::standardizer_of<Scalar>(Y, options, "Y")};
    detail::learn_inputs(model, X, options);
    ModelReport report = detail::tune_and_fit(
        model.net, model.inputs.transform(X), model.targets.transform(Y), SquaredError{},
        detail::search_rows(std::vector<ClassIndex>(std::size_t(N)), options), control);
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

/// The same for a regression.
template <typename DerivedX, typename DerivedY>
requires std::integral<typename DerivedX::Scalar>
FittedModel<TwoLayerNet<double, Identity>> fit_regressor(const Eigen::DenseBase<DerivedX>&,
                                                         const Eigen::DenseBase<DerivedY>&,
                                                         const ModelSearchOptions& = {}) {
    detail::same_scalar<double, typename DerivedX::Scalar>();
    std::abort();
}

}  // namespace twolayer
