// SPDX-License-Identifier: MIT
// Identifies a fit by everything that its result depends on.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/files/bytes/encoding.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/train/fit_options.hpp>

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer::detail {

/// A number as text from which it can be read back exactly.
template <typename Number>
std::string exact_text(const Number& number) {
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

inline std::string exact_text(bool value) {
    return value ? "true" : "false";
}

template <typename T>
std::string exact_text(const std::optional<T>& value) {
    return value ? exact_text(*value) : "left out";
}

inline std::string exact_text(const std::vector<double>& values) {
    std::string text;
    for (const double value : values) text += (text.empty() ? "" : ", ") + exact_text(value);
    return text.empty() ? "left out" : text;
}

/// Size and checksum of a matrix, independent of its layout in memory.
template <typename Scalar>
std::string exact_text(const MatrixView<const Scalar>& A) {
    Crc64 crc;
    for (Index i = 0; i < A.rows; ++i) {
        std::string row;
        append_little_endian(row, A.middle_rows(i, 1));
        crc.add(row);
    }
    return exact_text(A.rows) + " x " + exact_text(A.cols) + ", check sum " +
           exact_text(crc.value());
}

template <typename Scalar>
std::string exact_text(const VectorView<const Scalar>& a) {
    return a.empty() ? "left out"
                     : exact_text(MatrixView<const Scalar>(a.data, a.size, 1, a.stride, a.size));
}

inline std::string exact_text(const Shape& shape) {
    return exact_text(shape.inputs) + " - " + exact_text(shape.hidden) + " - " +
           exact_text(shape.outputs) + (shape.biases ? " with biases" : " without biases");
}

/// Everything that affects the result of an uninterrupted fit, except the first weights: names and
/// texts. Two fits with equal fingerprints may resume from each other's state.
using FitFingerprint = std::vector<std::pair<std::string, std::string>>;

template <typename Net, typename Loss, typename Method>
FitFingerprint fit_fingerprint(const Shape& shape, const Samples<typename Net::Scalar>& samples,
                               const Method& method, const FitOptions& options,
                               const Samples<typename Net::Scalar>& validation) {
    FitFingerprint result;
    const auto add = [&result](std::string_view name, const auto& value) {
        if constexpr (std::convertible_to<decltype(value), std::string_view>)
            result.emplace_back(name, value);
        else
            result.emplace_back(name, exact_text(value));
    };
    add("network", shape);
    add("scalar", std::same_as<typename Net::Scalar, float> ? "float" : "double");
    add("output", Net::Output::name);
    add("loss", Loss::name);
    add("method", Method::name);
    // A user's method may have a setting of any name.
    method.for_each_setting([&add](std::string_view name, const auto& value) {
        add("method " + std::string(name), value);
    });
    options.for_each_option(add);
    add("X", samples.X);
    add("Y", samples.Y);
    add("sample weights", samples.weights);
    add("validation X", validation.X);
    add("validation Y", validation.Y);
    add("validation weights", validation.weights);
    return result;
}

}  // namespace twolayer::detail
