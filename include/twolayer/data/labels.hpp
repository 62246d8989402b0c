// SPDX-License-Identifier: MIT
// The labels of classes: of any type, as text, as numbers 0, ..., K - 1, and as one-hot rows.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/policies/shape.hpp>

#include <algorithm>
#include <charconv>
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

/// The class of a row of targets or predictions: its largest entry, the first if several are equal;
/// for a single column, 1 if it is above 1/2.
template <Real Scalar>
Index class_of(const MatrixView<const Scalar>& Y, Index n) {
    if (Y.cols == 1)
        return Scalar(0.5) < Y(n, 0) ? 1 : 0;
    Index best = 0;
    for (Index k = 1; k < Y.cols; ++k)
        if (Y(n, best) < Y(n, k))
            best = k;
    return best;
}

/// Throws std::invalid_argument unless the names are none or one for each class.
template <typename Label>
void check_class_names(const std::vector<Label>& names, Index outputs) {
    const Index count = std::ssize(names), classes = classes_of(outputs);
    if (count != 0 && count != classes)
        fail("the number of class names is ", count, ", expected ", classes, " for ", outputs,
             outputs == 1 ? " output" : " outputs");
}

/// The text of a label: a text itself, a character as a text of one, the digits of any other label
/// (0 or 1 for bool).
template <typename Label>
std::string label_text(const Label& label) {
    if constexpr (Text<Label>)
        return std::string(std::string_view(label));
    else if constexpr (std::is_enum_v<Label>)
        return label_text(static_cast<std::underlying_type_t<Label>>(label));
    else if constexpr (std::same_as<Label, char>)
        return std::string(1, label);
    else
        return std::to_string(label);
}

template <typename Label>
std::vector<std::string> label_texts(const std::vector<Label>& labels) {
    std::vector<std::string> texts;
    texts.reserve(labels.size());
    for (const auto& label : labels) texts.push_back(label_text(label));
    return texts;
}

/// The label that has this text, or a different one if none has.
template <typename Label>
Label nearest_label(const std::string& text) {
    if constexpr (std::is_enum_v<Label>) {
        return static_cast<Label>(nearest_label<std::underlying_type_t<Label>>(text));
    } else if constexpr (std::same_as<Label, char>) {
        return text.empty() ? '\0' : text.front();
    } else {
        std::conditional_t<std::unsigned_integral<Label>, unsigned long long, long long> number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        return static_cast<Label>(number);
    }
}

/// The labels with these texts. Throws std::invalid_argument for a text that no label has.
template <typename Label>
std::vector<Label> labels_of(std::vector<std::string> texts) {
    check_label_type<Label>();
    if constexpr (std::same_as<Label, std::string>) {
        return texts;
    } else {
        std::vector<Label> labels;
        labels.reserve(texts.size());
        for (const std::string& text : texts) {
            labels.push_back(nearest_label<Label>(text));
            if (label_text<Label>(labels.back()) != text)
                fail("the class name ", in_quotes(text), " is not a label of the requested type, ",
                     label_kind<Label>(),
                     " in its range: load a Classifier<Scalar>, whose labels are the names");
        }
        return labels;
    }
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
    const MatrixView<const Scalar> Yhat = detail::window_on<Scalar>(prediction, evaluated);
    if (Yhat.cols == 0)
        fail("Yhat is ", Yhat.rows,
             " x 0, expected a column for each class: pass what predict() returns");
    std::vector<ClassIndex> classes;
    for (Index n = 0; n < Yhat.rows; ++n) {
        for (Index k = 0; k < Yhat.cols; ++k)
            if (!is_finite<Scalar>(Yhat(n, k)))
                fail("the prediction for row ", n, " is not finite in column ", k,
                     ", expected a number: look for NaN and infinity in row ", n, " of X");
        classes.push_back(ClassIndex(detail::class_of(Yhat, n)));
    }
    return classes;
}

}  // namespace twolayer
