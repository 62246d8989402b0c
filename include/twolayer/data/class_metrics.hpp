// SPDX-License-Identifier: MIT
// How good a classifier is: accuracy and confusion matrix of labels of any type.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/metric_arguments.hpp>
#include <twolayer/policies/samples.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <map>
#include <ranges>
#include <set>
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

inline double checked_total(Index expected, Index given, const VectorView<const double>& weights) {
    if (expected != given)
        fail("there are ", given, " predictions for ", expected,
             " samples, expected one for each: predict the rows whose labels are given");
    return total_weight(expected, weights);
}

/// Whether two labels are the same. Integers of different types compare by value.
template <typename A, typename B>
bool same_label(const A& a, const B& b) {
    check_label_type<A>();
    check_label_type<B>();
    constexpr bool one_kind =
        label_kind<A>() == label_kind<B>() && (!std::is_enum_v<A> || std::same_as<A, B>);
    constexpr bool has_index = std::same_as<A, ClassIndex> || std::same_as<B, ClassIndex>;
    static_assert(one_kind || !has_index,
                  "labels and class indexes do not compare: compare labels with "
                  "model.classify(X), and class_index(Y) with class_index(Yhat)");
    static_assert(one_kind || has_index,
                  "labels of different types do not compare: convert them to one type, or load "
                  "the model with its label type, as in load<Classifier<double, int>>(path)");
    if constexpr (!one_kind)
        return false;
    else if constexpr (Text<A>)
        return std::string_view(a) == std::string_view(b);
    else if constexpr (std::same_as<A, B>)
        return a == b;
    else
        return std::cmp_equal(a, b);
}

/// The place of each label in a list, such as that of the rows of a confusion matrix. Throws
/// std::invalid_argument for a label that is twice in the list.
class LabelPlaces {
public:
    using Label = LabelsArg::Label;

    explicit LabelPlaces(const std::vector<Label>& labels) {
        for (const Label& label : labels) {
            if (!places_.emplace(label, std::ssize(places_)).second)
                fail("the label ", in_quotes(label.second),
                     " is twice in .labels, expected each once: leave one out");
            texts_.push_back(label.second);
        }
    }

    const std::vector<std::string>& texts() const { return texts_; }

    /// Throws std::invalid_argument if the label of sample n is not in the list.
    Index of(const Label& label, std::size_t n) const {
        const auto found = places_.find(label);
        if (found == places_.end())
            fail("the label ", in_quotes(label.second), " of sample ", n,
                 " is not in .labels, expected one of ", listed(texts_), ": add it");
        return found->second;
    }

private:
    std::map<Label, Index> places_;
    std::vector<std::string> texts_;
};

}  // namespace detail

/// What confusion_matrix() compares; its members are given by name. Labels are of any type, the
/// same for all three.
struct ClassPairs {
    detail::ByName by_name = detail::ByName();
    detail::LabelsArg actual;
    detail::LabelsArg predicted;
    detail::SampleWeights sample_weights = {};
    /// Of rows and columns. If left out, those that occur, in ascending order.
    detail::LabelsArg labels = {};
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
    const std::vector<Label>& actual = pairs.actual.labels;
    const std::vector<Label>& predicted = pairs.predicted.labels;
    const VectorView<const double> weights = pairs.sample_weights;
    pairs.actual.check_type(".predicted", pairs.predicted);
    detail::checked_total(std::ssize(actual), std::ssize(predicted), weights);
    std::vector<Label> labels = pairs.labels.labels;
    if (labels.empty()) {
        std::set<Label> occurring(actual.begin(), actual.end());
        occurring.insert(predicted.begin(), predicted.end());
        labels.assign(occurring.begin(), occurring.end());
    } else {
        pairs.actual.check_type(".labels", pairs.labels);
    }
    const detail::LabelPlaces places(labels);
    ConfusionMatrix result{places.texts(),
                           Matrix<double>::Zero(std::ssize(labels), std::ssize(labels))};
    for (std::size_t n = 0; n < actual.size(); ++n)
        result.counts(places.of(actual[n], n), places.of(predicted[n], n)) +=
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
