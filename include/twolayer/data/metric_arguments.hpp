// SPDX-License-Identifier: MIT
// Numbers, labels and weights of any type as parameters of metrics, which outlive the call.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/data/labels.hpp>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace twolayer::detail {

/// Numbers of any type as a parameter: an Eigen matrix or expression, row_by_row(), or a range of
/// numbers, which is one column.
struct NumbersArg {
    Matrix<double> values;

    template <typename Derived>
    NumbersArg(const Eigen::DenseBase<Derived>& A) : values(A.derived().template cast<double>()) {}

    template <typename T>
    NumbersArg(const MatrixView<T>& A) : values(A.rows, A.cols) {
        for (Index k = 0; k < A.cols; ++k)
            for (Index n = 0; n < A.rows; ++n) values(n, k) = static_cast<double>(A(n, k));
    }

    template <std::ranges::contiguous_range Range>
    requires std::is_arithmetic_v<std::ranges::range_value_t<Range>> &&
             (!std::derived_from<Range, Eigen::EigenBase<Range>>)
    NumbersArg(const Range& range)
        : NumbersArg(
              MatrixView(std::ranges::data(range), Index(std::ranges::size(range)), 1, 1, 1)) {}
};

/// Sample weights as a parameter: a copy of any vector; empty for all ones.
struct SampleWeights {
    std::vector<double> values;

    SampleWeights() = default;

    template <typename Given>
    requires std::constructible_from<VectorArg<double>, const Given&>
    SampleWeights(const Given& weights) : values(copied(weights)) {}

    operator VectorView<const double>() const { return {values.data(), std::ssize(values), 1}; }

private:
    static std::vector<double> copied(const VectorArg<double>& weights) {
        std::vector<double> values;
        for (Index n = 0; n < weights.size; ++n) values.push_back(weights(n));
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

    /// Throws std::invalid_argument if `other`, the labels that a call names `name`, are not of the
    /// same type as these, the actual ones.
    void check_type(std::string_view name, const LabelsArg& other) const {
        if (kind != other.kind || enumeration != other.enumeration)
            fail(".actual holds ", kind, " and ", name, " ", other.kind,
                 kind == other.kind ? " of another type" : "",
                 ", expected labels of one type: compare labels with model.classify(X), "
                 "class_index(Y) with class_index(Yhat)");
    }
};

}  // namespace twolayer::detail
