// SPDX-License-Identifier: MIT
// How good a classifier is: accuracy and confusion matrix of labels of any type.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/data/label_text.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/policies/samples.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <map>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace twolayer {

// Every metric is a mean over samples, weighted by the sample weights (none for all ones), in
// double. All throw std::invalid_argument for shapes that do not fit, for no samples or columns,
// and for weights that are negative, not finite or all zero.

namespace detail {

inline double weight_of(const VectorView<const double>& weights, Index n) {
    return weights.empty() ? 1 : weights(n);
}

inline double checked_total(Index expected, Index given, const VectorView<const double>& weights) {
    if (expected != given)
        fail("there are ", given, " predictions for ", expected,
             " samples, expected one for each: "
             "predict the rows whose labels are given");
    return total_weight(expected, weights);
}

/// Sample weights as a parameter that outlives the call: a copy of any vector; empty for all ones.
struct SampleWeights {
    std::vector<double> values;

    SampleWeights() = default;

    template <typename Given>
    requires std::constructible_from<VectorArg<double>, const Given&>
    SampleWeights(const Given& weights) : values(copied(weights)) {}

    operator VectorView<const double>() const { return {values.data(), std::ssize(values), 1}; }

private:
    static std::vector<double> copied(const VectorArg<double>& weights) {
        std::vector<double> values(std::size_t(weights.size));
        for (Index n = 0; n < weights.size; ++n) values[std::size_t(n)] = weights(n);
        return values;
    }
};

/// A unique address for each type.
template <typename T>
inline constexpr char type_tag = 0;

/// The first member of a parameter whose other members must be named.
struct ByName {
    explicit ByName() = default;
};

/// Labels of any type as a parameter: as values to sort by and as text.
struct LabelsArg {
    using Label = std::pair<double, std::string>;  ///< the number, 0 for texts; the text

    std::vector<Label> labels;
    std::string_view kind;
    const char* enumeration = nullptr;  ///< the address for their type, if they are enumerators

    LabelsArg() = default;

    template <Labels Range>
    LabelsArg(const Range& range) : kind(label_kind<LabelValue<Range>>()) {
        using Value = LabelValue<Range>;
        check_label_type<Value>();
        if (std::is_enum_v<Value>)
            enumeration = &type_tag<Value>;
        labels.reserve(std::size_t(std::ranges::size(range)));
        for (auto&& label : range)
            if constexpr (Text<Value>)
                labels.emplace_back(0, label_text<Value>(label));
            else
                labels.emplace_back(static_cast<double>(Value(label)), label_text<Value>(label));
    }
};

}  // namespace detail

/// What confusion_matrix() compares; its members are given by name. Labels are of any type, the
/// same for all three.
struct ClassPairs {
    detail::ByName by_name = detail::ByName();
    detail::LabelsArg actual;
    detail::LabelsArg predicted;
    detail::SampleWeights sample_weights = {};
    detail::LabelsArg labels =
        {};  ///< of rows and columns; if left out, those that occur, ascending
};

/// How often each label was predicted as each.
struct ConfusionMatrix {
    std::vector<std::string> labels;  ///< as text: of the rows (actual) and columns (predicted)
    Matrix<double> counts;            ///< the weights of the samples, their number without weights

    /// The count for two labels. Throws std::invalid_argument for a label that has no row.
    template <typename Actual, typename Predicted>
    double count(const Actual& actual, const Predicted& predicted) const {
        return counts(position(detail::label_text(actual)),
                      position(detail::label_text(predicted)));
    }

private:
    Index position(const std::string& label) const {
        const auto found = std::ranges::find(labels, label);
        if (found == labels.end())
            fail("the label ", detail::in_quotes(label), " has no row, expected one of ",
                 detail::listed(labels), ": name all labels in .labels");
        return found - labels.begin();
    }
};

/// The confusion matrix of classes: confusion_matrix({.actual = labels, .predicted =
/// model.classify(X)}). Also throws for labels of different kinds, and for a label that is missing
/// in `.labels` or occurs twice there.
inline ConfusionMatrix confusion_matrix(const ClassPairs& pairs) {
    using Label = detail::LabelsArg::Label;
    const auto& [by_name, actual, predicted, weights, rows] = pairs;
    const auto check_kind = [&first = actual](std::string_view name,
                                              const detail::LabelsArg& other) {
        if (first.kind != other.kind || first.enumeration != other.enumeration)
            fail(".actual holds ", first.kind, " and ", name, " ", other.kind,
                 first.kind == other.kind ? " of another type" : "",
                 ", expected labels of one type: compare labels with model.classify(X), "
                 "class_index(Y) with "
                 "class_index(Yhat)");
    };
    check_kind(".predicted", predicted);
    detail::checked_total(std::ssize(actual.labels), std::ssize(predicted.labels), weights);
    std::map<Label, Index> places;
    std::vector<Label> labels = rows.labels;
    if (labels.empty()) {
        for (const auto* side : {&actual, &predicted})
            for (const Label& label : side->labels) places.emplace(label, 0);
        for (const auto& [label, place] : places) labels.push_back(label);
    } else {
        check_kind(".labels", rows);
    }
    places.clear();
    ConfusionMatrix result;
    for (const auto& label : labels) {
        if (!places.emplace(label, std::ssize(places)).second)
            fail("the label ", detail::in_quotes(label.second),
                 " is twice in .labels, expected "
                 "each once: leave one out");
        result.labels.push_back(label.second);
    }
    const auto place_of = [&places, &result](const Label& label, std::size_t n) {
        const auto found = places.find(label);
        if (found == places.end())
            fail("the label ", detail::in_quotes(label.second), " of sample ", n,
                 " is not in "
                 ".labels, expected one of ",
                 detail::listed(result.labels), ": add it");
        return found->second;
    };
    result.counts.setZero(std::ssize(labels), std::ssize(labels));
    for (std::size_t n = 0; n < actual.labels.size(); ++n)
        result.counts(place_of(actual.labels[n], n), place_of(predicted.labels[n], n)) +=
            detail::weight_of(weights, Index(n));
    return result;
}

/// The fraction of samples whose prediction is their label: accuracy(labels, model.classify(X)).
/// For a bare network: accuracy(class_index(Y), class_index(net.predict(X))).
template <Labels Range, Labels Predicted>
double accuracy(const Range& labels, const Predicted& predicted,
                const VectorArg<double>& sample_weights = {}) {
    const Index N = Index(std::ranges::size(labels));
    const double total =
        detail::checked_total(N, Index(std::ranges::size(predicted)), sample_weights);
    double right = 0;
    for (Index n = 0; n < N; ++n)
        if (detail::same_label<detail::LabelValue<Range>, detail::LabelValue<Predicted>>(
                std::ranges::begin(labels)[n], std::ranges::begin(predicted)[n]))
            right += detail::weight_of(sample_weights, n);
    return right / total;
}

}  // namespace twolayer
