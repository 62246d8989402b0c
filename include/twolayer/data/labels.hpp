// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>

#include <concepts>
#include <iterator>
#include <ranges>
#include <string>
#include <vector>

namespace twolayer {

/// Class numbers 0, 1, ..., one for each sample.
template <typename T>
concept Labels = std::ranges::random_access_range<T> && std::ranges::sized_range<T> &&
    std::integral<std::ranges::range_value_t<T>>;

namespace detail {

template <Labels Range>
Index label_at(const Range& labels, Index n) {
    return Index(std::ranges::begin(labels)[n]);
}

/// Throws std::invalid_argument for a label that is not one of 0, ..., classes - 1.
template <Labels Range>
void check_labels(const Range& labels, Index classes) {
    for (Index n = 0; n < std::ranges::ssize(labels); ++n)
        if (const Index label = label_at(labels, n); label < 0 || label >= classes)
            fail("the label of sample ", n, " is ", label, ", it must be at least 0 and below ",
                 classes);
}

/// Throws std::invalid_argument for names that are neither none nor one for each class: as many as
/// there are outputs, or the two that a single output tells apart.
inline void check_class_names(const std::vector<std::string>& names, Index outputs) {
    const Index count = std::ssize(names), classes = outputs == 1 ? 2 : outputs;
    if (count != 0 && count != classes)
        fail("there are ", count, " class names for ", outputs, " outputs, there must be ",
             classes);
}

}  // namespace detail

/// Y, N x classes: a one in the column of each sample's label, zeros elsewhere. Throws
/// std::invalid_argument for a label that is not one of 0, ..., classes - 1.
template <Real Scalar, Labels Range>
Matrix<Scalar> one_hot(const Range& labels, Index classes) {
    if (classes < 1)
        fail("there must be at least one class, not ", classes);
    detail::check_labels(labels, classes);
    Matrix<Scalar> Y = Matrix<Scalar>::Zero(std::ranges::ssize(labels), classes);
    for (Index n = 0; n < Y.rows(); ++n) Y(n, detail::label_at(labels, n)) = Scalar(1);
    return Y;
}

/// The likeliest class of each row of Yhat, N x K, the first of equals; for K = 1 class 1 where
/// Yhat is above 1/2, else class 0.
template <typename Derived>
std::vector<Index> classify(const Eigen::DenseBase<Derived>& prediction) {
    using Scalar = typename Derived::Scalar;
    detail::Evaluated<Derived> evaluated;
    const auto& Yhat = detail::in_memory(prediction, evaluated);
    std::vector<Index> labels(std::size_t(Yhat.rows()));
    for (Index n = 0; n < Yhat.rows(); ++n) {
        Index& label = labels[std::size_t(n)];
        if (Yhat.cols() == 1)
            label = Scalar(0.5) < Yhat.coeff(n, 0) ? 1 : 0;
        else
            Yhat.row(n).maxCoeff(&label);
    }
    return labels;
}

}  // namespace twolayer
