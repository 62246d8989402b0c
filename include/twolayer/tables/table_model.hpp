// SPDX-License-Identifier: MIT
// fit_classifier() and fit_regressor() of a table, and predictions for another one.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/model/fit_model.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/model/search_options.hpp>
#include <twolayer/model/use_model.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/tables/check_columns.hpp>
#include <twolayer/tables/classes.hpp>
#include <twolayer/tables/table.hpp>
#include <twolayer/tables/table_inputs.hpp>
#include <twolayer/tables/table_roles.hpp>

#include <concepts>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace twolayer {

namespace detail {

/// Puts the mean of the numbers in a column, which is that of Model::inputs for these sample
/// weights, in place of each NaN.
inline void fill_gaps(Matrix<double>& X, const VectorView<const double>& weights) {
    for (auto x : X.colwise()) {
        const auto weight = [&](Index n) { return is_nan(x(n)) ? 0 : weight_of(weights, n); };
        double total = 0, mean = 0;
        for (Index n = 0; n < x.size(); ++n) total += weight(n);
        for (Index n = 0; n < x.size(); ++n)
            if (const double w = weight(n); w > 0)
                mean += w / total * x(n);
        for (double& value : x) value = is_nan(value) ? mean : value;
    }
}

/// Columns of numbers as a matrix. Throws as numbers().
inline Matrix<double> numbers_of(const Table& table, const std::vector<Index>& columns) {
    Matrix<double> Y(table.rows(), std::ssize(columns));
    for (Index k = 0; k < Y.cols(); ++k) Y.col(k) = numbers(table, columns[std::size_t(k)]);
    return Y;
}

/// Trains a model by `train`, a function of X, on the inputs of a table. `weights` are those of the
/// samples.
template <typename Train>
auto fit_inputs(const TableRoles& roles, const TableOptions& options,
                const VectorView<const double>& weights, Train train) {
    const InputColumns inputs = input_columns(roles.table, roles.inputs, roles.text)
                                    .filling_missing(options.missing == Missing::mean);
    Matrix<double> X = with_gaps(inputs, roles.table);
    auto [constant, warnings] = check_columns(inputs, X);
    if (!constant.empty())
        warnings.push_back(constant_text(constant));
    total_weight<double>(X.rows(), weights);
    fill_gaps(X, weights);
    auto fitted = train(X);
    fitted.model.columns = inputs;
    fitted.report.warnings = std::move(warnings);
    return fitted;
}

/// The targets of a model in the columns of a table: class names, or Y.
template <Network Net>
auto targets_of(const Model<Net>& model, const Table& table, const TargetColumns& targets) {
    const Index K = model.net.shape().outputs;
    const Index expected = regresses<Net> ? K : 1;
    if (std::ssize(targets.names) != expected)
        fail("there are ", targets.names.size(), " target columns, the model has ", expected,
             ": name as many");
    if constexpr (regresses<Net>) {
        const Matrix<double> Y = numbers_of(table, columns_of(table, targets.names));
        return Matrix<typename Net::Scalar>(Y.cast<typename Net::Scalar>());
    } else {
        std::vector<std::string> labels;
        const Index column = table.column(targets.names[0]);
        for (const ClassIndex c : class_indexes(table, column, model.class_names))
            labels.push_back(model.class_names[static_cast<std::size_t>(c)]);
        return labels;
    }
}

}  // namespace detail

/// Trains a classifier of the classes in the column `target` on the other columns of a table, as
/// fit_classifier() of a matrix: text becomes one-hot, class names and columns are kept in the
/// model, so that predict() and classify() find the columns of another table by their names.
///
///     auto [model, report] = fit_classifier(read_csv("iris.csv"), "species");
///
/// Throws std::invalid_argument for a column that does not exist and as fit_classifier(); and
/// std::runtime_error for a target that is not classes and, with file, line and column, for a cell
/// that cannot be used, as input_columns() and encode().
inline FittedModel<TwoLayerNet<double, Softmax>> fit_classifier(
    const Table& table, const TargetColumns& target, const ModelSearchOptions& options = {},
    const TableOptions& columns = {}) {
    const detail::TableRoles roles = detail::roles_of(table, target, columns);
    ModelSearchOptions used = detail::options_of(roles, options, columns, table.rows());
    if (roles.targets.size() > 1)
        fail("there are ", roles.targets.size(), " targets, a classifier has one");
    const Index column = roles.targets.at(0);
    const std::vector<std::string> names = detail::checked_class_names(roles.table, column);
    const std::vector<ClassIndex> classes = class_indexes(roles.table, column, names);
    detail::weigh_by_class(used, classes, std::ssize(names));
    auto fitted =
        detail::fit_inputs(roles, columns, used.sample_weights, [&](const Matrix<double>& X) {
            return detail::train_classifier<double, std::string>(X, {names, classes}, used);
        });
    if (detail::seem_numbers(names))
        fitted.report.warnings.push_back(
            detail::numbers_text(roles.table.name(column), std::ssize(names)) +
            "use fit_regressor()");
    return fitted;
}

/// The same with options for the columns alone: fit_classifier(table, "species", {.missing =
/// Missing::mean}). As a template it leaves {} to the function above.
template <std::same_as<TableOptions> Options = TableOptions>
FittedModel<TwoLayerNet<double, Softmax>> fit_classifier(const Table& table,
                                                         const TargetColumns& target,
                                                         const Options& columns) {
    return fit_classifier(table, target, {}, columns);
}

/// Trains a regression of one or several columns of numbers in the same way: fit_regressor(table,
/// "mass"), fit_regressor(table, {"mass", "length"}).
inline FittedModel<TwoLayerNet<double, Identity>> fit_regressor(
    const Table& table, const TargetColumns& targets, const ModelSearchOptions& options = {},
    const TableOptions& columns = {}) {
    const detail::TableRoles roles = detail::roles_of(table, targets, columns);
    const ModelSearchOptions used = detail::options_of(roles, options, columns, table.rows());
    const Matrix<double> Y = detail::numbers_of(roles.table, roles.targets);
    return detail::fit_inputs(roles, columns, used.sample_weights, [&](const Matrix<double>& X) {
        return detail::train_regressor<double>(X, Y, used);
    });
}

/// The same with options for the columns alone.
template <std::same_as<TableOptions> Options = TableOptions>
FittedModel<TwoLayerNet<double, Identity>> fit_regressor(const Table& table,
                                                         const TargetColumns& targets,
                                                         const Options& columns) {
    return fit_regressor(table, targets, {}, columns);
}

/// Raw X, N x D, of a table. A missing cell is the mean of its input in the training data if the
/// model was trained with Missing::mean. Throws as encode() of columns, and std::invalid_argument
/// for a model without columns.
template <Network Net, typename Label>
Matrix<typename Net::Scalar> encode(const Model<Net, Label>& model, const Table& table,
                                    Unknown unknown = Unknown::refuse) {
    if (!model.columns)
        fail("the model was made from a matrix, expected the columns of ", table.source,
             ": set columns, or pass a matrix");
    const auto& means = model.inputs.mean();
    std::vector<double> missing;
    if (model.columns->fills_missing())
        missing.assign(means.begin(), means.end());
    return encode(*model.columns, table, unknown, missing).template cast<typename Net::Scalar>();
}

/// Yhat, N x K, in the units of Y, for the rows of a table; NaN in rows that Unknown::blank leaves
/// out. Throws as encode().
template <Network Net, typename Label>
Matrix<typename Net::Scalar> predict(const Model<Net, Label>& model, const Table& table,
                                     Unknown unknown = Unknown::refuse) {
    return model.predict(encode(model, table, unknown));
}

/// The label of the most likely class of each row of a table. Throws as encode() and
/// Model::classify().
template <Network Net, typename Label>
std::vector<Label> classify(const Model<Net, Label>& model, const Table& table,
                            Unknown unknown = Unknown::refuse) {
    return model.classify(encode(model, table, unknown));
}

/// Counts the rows of a table with an input outside the range of training. Throws as encode().
template <Network Net, typename Label>
OutsideRange outside_range(const Model<Net, Label>& model, const Table& table,
                           Unknown unknown = Unknown::refuse) {
    return outside_range(model, encode(model, table, unknown));
}

/// The accuracy of a classifier on a table with its classes in a column, or R2 of a regressor whose
/// targets are columns. Throws as encode() and for classes the model does not know. With rows that
/// Unknown::blank leaves out, it throws for a classifier and is NaN for a regressor.
template <Network Net>
double score(const Model<Net>& model, const Table& table, const TargetColumns& targets,
             Unknown unknown = Unknown::refuse) {
    return score(model, encode(model, table, unknown), detail::targets_of(model, table, targets));
}

/// Continues the training on the rows of a table, as update() on a matrix. Throws as score().
template <Network Net>
FitReport update(Model<Net>& model, const Table& table, const TargetColumns& targets,
                 const FitOptions& options = {}, Unknown unknown = Unknown::refuse) {
    return update(model, encode(model, table, unknown), detail::targets_of(model, table, targets),
                  options);
}

}  // namespace twolayer
