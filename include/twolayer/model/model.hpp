// SPDX-License-Identifier: MIT
// A network with everything needed to predict from raw data or a table: what is saved and used
// later.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/standardizer.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/samples.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer {

/// How one column of a table becomes inputs: a number as it is, text one-hot.
struct InputColumn {
    std::string name;
    std::vector<std::string> categories;  ///< in ascending order, all different; none for numbers

    bool is_text() const { return !categories.empty(); }
    Index width() const { return is_text() ? std::ssize(categories) : 1; }
};

/// The columns of a table that are the inputs of a network, in the order of the inputs.
///
/// A column of numbers is one input. A column of text is one input for each category: one for the
/// category of the row, zero for the others. Text is compared byte by byte, without the blanks
/// around it.
class InputColumns {
public:
    /// From what columns() returned. Throws std::invalid_argument for no columns,
    /// for two columns with the same name, and for categories that are not in ascending order.
    explicit InputColumns(std::vector<InputColumn> columns) : columns_(std::move(columns)) {
        if (columns_.empty())
            fail("there must be at least one input column");
        std::set<std::string_view> seen;
        for (const InputColumn& column : columns_) {
            if (!seen.insert(column.name).second)
                fail("the input column ", detail::in_quotes(column.name), " is given twice");
            if (std::ranges::adjacent_find(column.categories, std::greater_equal<>()) !=
                column.categories.end())
                fail("the categories of the input column ", detail::in_quotes(column.name),
                     " must be all different and in ascending order");
        }
    }

    const std::vector<InputColumn>& columns() const& { return columns_; }
    std::vector<InputColumn> columns() const&& { return columns_; }

    /// What input_columns() accepted but a person should check: a sentence for each column with
    /// more than 50 categories, or with more than 10 that are more than a twentieth of its values.
    const std::vector<std::string>& warnings() const& { return warnings_; }
    std::vector<std::string> warnings() const&& { return warnings_; }

    /// The same columns with these warnings.
    InputColumns with_warnings(std::vector<std::string> warnings) && {
        warnings_ = std::move(warnings);
        return std::move(*this);
    }

    /// Whether a missing cell becomes the mean of its input in the training data,
    /// Model::inputs.mean(), rather than being refused.
    bool fills_missing() const { return fills_missing_; }

    /// The same columns with this choice.
    InputColumns filling_missing(bool fills) && {
        fills_missing_ = fills;
        return std::move(*this);
    }

    /// D, the number of inputs.
    Index width() const {
        Index width = 0;
        for (const InputColumn& column : columns_) width += column.width();
        return width;
    }

    /// The D names of the inputs: `mass` for a column of numbers, `island=Dream` for a category.
    std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const InputColumn& column : columns_) {
            if (!column.is_text())
                names.push_back(column.name);
            for (const std::string& category : column.categories)
                names.push_back(column.name + "=" + category);
        }
        return names;
    }

private:
    std::vector<InputColumn> columns_;
    std::vector<std::string> warnings_;
    bool fills_missing_ = false;
};

/// A network, the scalings of its inputs and targets, and the names of columns and classes. Label
/// is the type of the labels that classify() returns: an integer type, bool, char, an enumeration
/// or std::string.
template <Network Net, typename Label = std::string>
struct Model {
    static_assert(std::same_as<Label, std::string> || !detail::Text<Label>,
                  "labels that are texts are kept as std::string");
    using Scalar = typename Net::Scalar;

    Net net;
    Standardizer<Scalar> inputs{net.shape().inputs};    ///< of raw X, before the network
    Standardizer<Scalar> targets{net.shape().outputs};  ///< of raw Y, undone after it
    std::optional<InputColumns> columns = {};           ///< how a table becomes raw X
    std::vector<Label> class_names = {};                ///< the label of each class, if any
    /// The least and the largest value of each input among the training samples, D each; empty if
    /// they are not known.
    Vector<Scalar> lowest = {}, highest = {};

    /// Yhat, N x K, in the units of Y, for raw X, N x D. Throws std::invalid_argument for a wrong
    /// number of columns.
    Matrix<Scalar> predict(const MatrixArg<Scalar>& X) const {
        return targets.inverse(net.predict(inputs.transform(X)));
    }

    /// Yhat of one raw sample, K values, for x, D values in either orientation. Throws
    /// std::invalid_argument if x has the wrong length.
    Vector<Scalar> predict_one(const VectorArg<Scalar>& x) const {
        Vector<Scalar> yhat = net.predict_one(scaled(x));
        for (Index k = 0; k < yhat.size(); ++k)
            yhat(k) = yhat(k) * targets.deviation()(k) + targets.mean()(k);
        return yhat;
    }

    /// x in the units of the network. Throws as predict_one().
    Vector<Scalar> scaled(const VectorArg<Scalar>& x) const {
        return inputs.transform(MatrixView<const Scalar>(x.data, 1, x.size, 1, x.stride))
            .transpose();
    }

    /// The label of the most likely class of each row of raw X, N x D. Throws std::invalid_argument
    /// as predict() and class_index(), for an entry of X that is not finite, and for a model
    /// without class names.
    std::vector<Label> classify(const MatrixArg<Scalar>& X) const {
        detail::check_label_type<Label>();
        const Index classes = detail::classes_of(net.shape().outputs);
        if (std::ssize(class_names) != classes)
            fail("the model has ", class_names.size(), " class names, expected ", classes,
                 " labels to return: set class_names, or use class_index(model.predict(X))");
        check_finite<Scalar>("X", X);
        std::vector<Label> labels;
        labels.reserve(std::size_t(X.rows));
        for (const ClassIndex c : class_index(predict(X)))
            labels.push_back(class_names[static_cast<std::size_t>(c)]);
        return labels;
    }
};

namespace detail {

/// Widens the range of the model's inputs to the rows of X whose weight is positive (all, without
/// weights).
template <Network Net, typename Label>
void widen_range(Model<Net, Label>& model, const MatrixView<const typename Net::Scalar>& X,
                 const VectorView<const double>& weights = {}) {
    for (Index d = 0; d < model.lowest.size(); ++d)
        for (Index n = 0; n < X.rows; ++n)
            if (weight_of(weights, n) > 0) {
                model.lowest(d) = (std::min)(model.lowest(d), X(n, d));
                model.highest(d) = (std::max)(model.highest(d), X(n, d));
            }
}

/// The same model with other labels.
template <Network Net, typename Old, typename Label>
Model<Net, Label> with_labels(Model<Net, Old> model, std::vector<Label> labels) {
    return {.net = std::move(model.net),
            .inputs = std::move(model.inputs),
            .targets = std::move(model.targets),
            .columns = std::move(model.columns),
            .class_names = std::move(labels),
            .lowest = std::move(model.lowest),
            .highest = std::move(model.highest)};
}

}  // namespace detail

/// What fit_classifier() returns, and what its files hold.
template <Real Scalar, typename Label = std::string>
using Classifier = Model<TwoLayerNet<Scalar, Softmax>, Label>;

/// What fit_regressor() returns, and what its files hold.
template <Real Scalar>
using Regressor = Model<TwoLayerNet<Scalar, Identity>>;

}  // namespace twolayer
