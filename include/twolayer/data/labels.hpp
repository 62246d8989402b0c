// SPDX-License-Identifier: MIT
// The labels of classes: of any type, as numbers 0, ..., K - 1, and as one-hot rows.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/policies/shape.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <ranges>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace twolayer {

/// The number of a class, 0, ..., K - 1: a column of Yhat. It is a type of its own, so that it is
/// never taken for a label; `static_cast<Index>(c)` is the number.
enum class ClassIndex : Index {};

/// One label for each sample: std::vector, std::span, an array, an Eigen vector. Labels are
/// integers, bool, char, enumerators or texts (std::string, std::string_view, const char*).
template <typename T>
concept Labels = std::ranges::random_access_range<T> && std::ranges::sized_range<T>;

namespace detail {

template <typename T>
concept Text = std::convertible_to<const T&, std::string_view>;

/// What labels of a type are called in messages; empty if the type cannot be a label.
template <typename Label>
constexpr std::string_view label_kind() {
    if (Text<Label>)
        return "texts";
    if (std::same_as<Label, ClassIndex>)
        return "class indexes";
    if (std::is_enum_v<Label>)
        return "enumerators";
    if (std::same_as<Label, bool>)
        return "bools";
    if (std::same_as<Label, char>)
        return "characters";
    return std::integral<Label> ? "integers" : "";
}

template <Labels Range>
using LabelValue = std::ranges::range_value_t<Range>;

/// The type that stores the labels of a range: that of its values, std::string for texts.
template <Labels Range>
using LabelOf =
    std::conditional_t<Text<LabelValue<Range>>, std::string, std::remove_cv_t<LabelValue<Range>>>;

template <typename Label>
constexpr void check_label_type() {
    static_assert(!std::floating_point<Label>,
                  "labels cannot be floating-point numbers: use labels.cast<int>() for whole "
                  "numbers in an Eigen vector, or fit_regressor() for a regression");
    static_assert(std::floating_point<Label> || !label_kind<Label>().empty(),
                  "labels must be integers, bool, char, enumerators or texts");
}

/// The classes that occur among labels, ascending, and the class of each sample.
template <typename Label>
struct NumberedLabels {
    std::vector<Label> classes;
    std::vector<ClassIndex> indexes;
};

template <Labels Range>
NumberedLabels<LabelOf<Range>> number_labels(const Range& labels) {
    using Label = LabelOf<Range>;
    using Key = std::conditional_t<std::same_as<Label, std::string>, std::string_view, Label>;
    check_label_type<Label>();
    std::set<Label, std::less<>> classes;
    for (auto&& label : labels)
        if (const Key key(label); !classes.contains(key))
            classes.emplace(key);
    NumberedLabels<Label> result{{classes.begin(), classes.end()}, {}};
    result.indexes.reserve(std::size_t(std::ranges::size(labels)));
    for (auto&& label : labels) {
        const auto found = std::ranges::lower_bound(result.classes, Key(label), std::less<>());
        result.indexes.push_back(ClassIndex(found - result.classes.begin()));
    }
    return result;
}

/// The number of classes for a number of outputs: a single output separates two.
constexpr Index classes_of(Index outputs) {
    return outputs == 1 ? 2 : outputs;
}

/// Multiplies each of the N weights by the factor of its sample's class, class_of(n), which is
/// below `classes`. If `balanced`, the factors give every class the same total weight. Throws
/// std::invalid_argument for a wrong number of factors and if no weight is left.
template <typename Weights, typename ClassOf>
void weigh_classes(Weights& weights, std::vector<double> factors, bool balanced, Index classes,
                   ClassOf class_of) {
    using Weight = typename Weights::value_type;
    if (balanced) {
        std::vector<double> totals(static_cast<std::size_t>(classes), 0);
        for (Index n = 0; n < std::ssize(weights); ++n)
            totals[static_cast<std::size_t>(class_of(n))] += double(weights[std::size_t(n)]);
        for (const double total : totals) factors.push_back(total > 0 ? 1 / total : 0);
    }
    if (std::ssize(factors) != classes)
        fail("there are ", factors.size(), " class_weights for ", classes, " classes");
    Weight sum(0);
    for (Index n = 0; n < std::ssize(weights); ++n)
        sum += weights[std::size_t(n)] *= Weight(factors[static_cast<std::size_t>(class_of(n))]);
    if (!(Weight(0) < sum))
        fail("class_weights leave no sample to train on");
}

/// Throws std::invalid_argument unless the names are none or one for each class.
template <typename Label>
void check_class_names(const std::vector<Label>& names, Index outputs) {
    const Index count = std::ssize(names), classes = classes_of(outputs);
    if (count != 0 && count != classes)
        fail("the number of class names is ", count, ", expected ", classes, " for ", outputs,
             outputs == 1 ? " output" : " outputs");
}

}  // namespace detail

/// Y, N x classes: a one in the column of each sample's class, zeros elsewhere, from class numbers
/// 0, ..., classes - 1 (integers or ClassIndex). Throws std::invalid_argument for any other number.
template <Real Scalar, Labels Range>
Matrix<Scalar> one_hot(const Range& numbers, Index classes) {
    using Value = detail::LabelValue<Range>;
    static_assert(std::integral<Value> || std::same_as<Value, ClassIndex>,
                  "class numbers must be integers 0, ..., K - 1 or ClassIndex: fit_classifier() "
                  "takes labels of any kind");
    using Number = std::conditional_t<std::unsigned_integral<Value>, std::uint64_t, Index>;
    const Index N = Index(std::ranges::size(numbers));
    if (classes < 1)
        fail("one_hot() was called for ", classes,
             " classes, expected at least 1: pass K, the number of classes");
    detail::check_size("Y", N, classes);
    Matrix<Scalar> Y = Matrix<Scalar>::Zero(N, classes);
    for (Index n = 0; n < N; ++n) {
        const Number number = static_cast<Number>(std::ranges::begin(numbers)[n]);
        if (std::cmp_less(number, 0) || std::cmp_greater_equal(number, classes))
            fail("the class number of sample ", n, " is ", number,
                 ", it must be at least 0 and below ", classes,
                 ": number the classes from 0, or use fit_classifier(), which takes any labels");
        Y(n, static_cast<Index>(number)) = Scalar(1);
    }
    return Y;
}

/// The most likely class of each row of Yhat, N x K, the first if several are equal. For K = 1,
/// class 1 if Yhat is above 1/2, else class 0. The inverse of one_hot():
///
///     accuracy(class_index(Y), class_index(net.predict(X)))
///
/// Throws std::invalid_argument for a row with an entry that is not finite, and for K = 0.
template <typename Derived>
std::vector<ClassIndex> class_index(const Eigen::DenseBase<Derived>& prediction) {
    using Scalar = typename Derived::Scalar;
    static_assert(!std::integral<Scalar>,
                  "class_index() takes predictions, Yhat: labels need no class_index()");
    detail::Evaluated<Derived> evaluated;
    const auto& Yhat = detail::in_memory(prediction, evaluated);
    if (Yhat.cols() == 0)
        fail("Yhat is ", Yhat.rows(),
             " x 0, expected a column for each class: pass what predict() returns");
    std::vector<ClassIndex> classes(std::size_t(Yhat.rows()));
    for (Index n = 0; n < Yhat.rows(); ++n) {
        Index best = 0;
        for (Index k = 0; k < Yhat.cols(); ++k) {
            if (!is_finite<Scalar>(Yhat.coeff(n, k)))
                fail("the prediction for row ", n, " is not finite in column ", k,
                     ", expected a number: look for NaN and infinity in row ", n, " of X");
            if (Yhat.coeff(n, best) < Yhat.coeff(n, k))
                best = k;
        }
        if (Yhat.cols() == 1)
            best = Scalar(0.5) < Yhat.coeff(n, 0) ? 1 : 0;
        classes[std::size_t(n)] = ClassIndex(best);
    }
    return classes;
}

}  // namespace twolayer
