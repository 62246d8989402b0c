// SPDX-License-Identifier: MIT
// What a model does besides predicting: derivatives, scores, and training on new samples.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/data/class_metrics.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/metrics.hpp>
#include <twolayer/model/fold_race.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/network/jacobian.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/train/fit_options.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <ranges>
#include <utility>
#include <vector>

namespace twolayer {

namespace detail {

/// Whether models of the network predict numbers rather than classes.
template <typename Net>
inline constexpr bool regresses = std::same_as<typename Net::Output, Identity>;

}  // namespace detail

/// dYhat/dx in the units of Y and X, K x D, for one raw sample x, D values in either orientation.
/// Throws std::invalid_argument if x has a different number of values.
template <Network Net, typename Label>
Matrix<typename Net::Scalar> input_jacobian(const Model<Net, Label>& model,
                                            const VectorArg<typename Net::Scalar>& x) {
    Matrix<typename Net::Scalar> J = input_jacobian(model.net, model.scaled(x));
    for (Index d = 0; d < J.cols(); ++d)
        for (Index k = 0; k < J.rows(); ++k)
            J(k, d) *= model.targets.deviation()(k) / model.inputs.deviation()(d);
    return J;
}

/// How many rows of a matrix have an input outside the range of the training samples.
struct OutsideRange {
    Index rows = 0;               ///< with at least one such input
    std::vector<Index> by_input;  ///< for each input, the rows in which it lies outside
};

/// Counts the rows of raw X, N x D, with an input below the least or above the largest value of
/// training, where a prediction extrapolates; none if the model does not know its ranges. Throws
/// std::invalid_argument for a wrong number of columns.
template <Network Net, typename Label>
OutsideRange outside_range(const Model<Net, Label>& model,
                           const MatrixArg<typename Net::Scalar>& X) {
    detail::check_inputs(model.net.shape(), X.rows, X.cols);
    OutsideRange result{0, std::vector<Index>(std::size_t(X.cols))};
    if (model.lowest.size() == 0)
        return result;
    for (Index n = 0; n < X.rows; ++n) {
        bool outside = false;
        for (Index d = 0; d < X.cols; ++d)
            if (X(n, d) < model.lowest(d) || model.highest(d) < X(n, d)) {
                outside = true;
                ++result.by_input[std::size_t(d)];
            }
        result.rows += outside;
    }
    return result;
}

/// The accuracy of a classifier on raw X, N x D, with N labels. Throws as Model::classify() and
/// accuracy().
template <Network Net, typename Label, Labels Range>
requires(!detail::regresses<Net>)
double score(const Model<Net, Label>& model, const MatrixArg<typename Net::Scalar>& X,
             const Range& labels) {
    return accuracy(labels, model.classify(X));
}

/// R2 of a regressor on raw X, N x D, and Y, N x K. Throws as Model::predict() and r2().
template <Network Net, typename Label, typename Derived>
requires detail::regresses<Net>
double score(const Model<Net, Label>& model, const MatrixArg<typename Net::Scalar>& X,
             const Eigen::DenseBase<Derived>& Y) {
    return r2({.target = Y, .prediction = model.predict(X)});
}

namespace detail {

/// Trains the network of a model on samples in its units, and widens its range to X.
template <typename Loss, typename Net, typename Label>
FitReport update_scaled(Model<Net, Label>& model, const MatrixArg<typename Net::Scalar>& X,
                        const Matrix<typename Net::Scalar>& Y, const FitOptions& options) {
    const Matrix<typename Net::Scalar> scaled = model.inputs.transform(X);
    FitReport report = fit_scaled<Loss>(model.net, {scaled, Y, {}}, options);
    if (report.epochs > 0 && report.stop_reason != StopReason::not_finite)
        widen_range(model, X);
    return report;
}

}  // namespace detail

/// Continues the training of a classifier, from its current weights and with its scalings, on raw
/// X, N x D, with N labels. It forgets what the samples do not show: give old samples with the new
/// ones, or stop early. Throws std::invalid_argument for a label that is not a class of the model,
/// and as fit().
template <Network Net, typename Label, Labels Range>
requires(!detail::regresses<Net>)
FitReport update(Model<Net, Label>& model, const MatrixArg<typename Net::Scalar>& X,
                 const Range& labels, const FitOptions& options = {}) {
    std::vector<ClassIndex> classes;
    classes.reserve(std::size_t(std::ranges::size(labels)));
    for (auto&& given : labels) {
        const auto found = std::ranges::find_if(model.class_names, [&](const auto& name) {
            return detail::same_label<Label, detail::LabelValue<Range>>(name, given);
        });
        if (found == model.class_names.end())
            fail("the label ",
                 detail::in_quotes(detail::label_text<detail::LabelValue<Range>>(given)),
                 " of sample ", classes.size(), " is not a class of the model, which knows ",
                 detail::listed(detail::label_texts(model.class_names)),
                 ": train a new model with fit_classifier()");
        classes.push_back(ClassIndex(found - model.class_names.begin()));
    }
    const Index K = model.net.shape().outputs;
    return detail::update_scaled<CrossEntropy>(model, X, one_hot<typename Net::Scalar>(classes, K),
                                               options);
}

/// Continues the training of a regressor in the same way, on raw X, N x D, and Y, N x K.
template <Network Net, typename Label, typename Derived>
requires detail::regresses<Net>
FitReport update(Model<Net, Label>& model, const MatrixArg<typename Net::Scalar>& X,
                 const Eigen::DenseBase<Derived>& Y, const FitOptions& options = {}) {
    return detail::update_scaled<SquaredError>(model, X, model.targets.transform(Y), options);
}

}  // namespace twolayer
