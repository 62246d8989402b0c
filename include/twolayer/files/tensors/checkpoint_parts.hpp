// SPDX-License-Identifier: MIT
// The parts of a checkpoint: what identifies a fit, and its state as named tensors.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/files/bytes/encoding.hpp>
#include <twolayer/files/tensors/tensor_file.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/train/fit_options.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <locale>
#include <optional>
#include <random>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace twolayer::detail {

/// A setting as text from which it can be read back exactly.
template <typename T>
std::string exact_text(const T& value) {
    if constexpr (std::same_as<T, bool>)
        return value ? "true" : "false";
    else if constexpr (requires { value.has_value(); })
        return value ? exact_text(*value) : "left out";
    else {
        static_assert(std::is_arithmetic_v<T> || std::convertible_to<T, std::string_view>,
                      "a setting of a method must be a number or a text");
        return message(value);
    }
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
    return message(A.rows, " x ", A.cols, ", checksum ", crc.value());
}

template <typename Scalar>
std::string exact_text(const VectorView<const Scalar>& a) {
    return a.empty() ? "left out"
                     : exact_text(MatrixView<const Scalar>(a.data, a.size, 1, a.stride, a.size));
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
        result.emplace_back(name, exact_text(value));
    };
    add("network", message(shape.inputs, " - ", shape.hidden, " - ", shape.outputs,
                           shape.biases ? " with biases" : " without biases"));
    add("scalar", std::same_as<typename Net::Scalar, float> ? "float" : "double");
    add("output", Net::Output::name);
    add("loss", Loss::name);
    add("method", Method::name);
    // A user's method may have a setting of any name.
    method.for_each_setting(
        [&add](std::string_view name, const auto& value) { add(message("method ", name), value); });
    options.for_each_option(add);
    add("X", samples.X);
    add("Y", samples.Y);
    add("sample weights", samples.weights);
    add("validation X", validation.X);
    add("validation Y", validation.Y);
    add("validation weights", validation.weights);
    return result;
}

/// Writes the parts of a state to a file, or reads them if File is const: archive(name, part). Each
/// is a tensor; if it has parts of its own, their names follow its name and a dot.
///
/// Reading throws std::invalid_argument or std::runtime_error if a tensor is missing or has a
/// different type or shape, and for a number that its part cannot have.
template <typename File>
class StateArchive {
    static constexpr bool reads = std::is_const_v<File>;

public:
    explicit StateArchive(File& file) : file_(file) {}

    template <typename Part>
    void operator()(const std::string& name, Part&& part) {
        using T = std::remove_cvref_t<Part>;
        if constexpr (requires { T::serialize(part, *this); }) {
            within(name, [&] { T::serialize(part, *this); });
        } else if constexpr (std::floating_point<T>) {
            numbers(name, {}, std::span(&part, 1));
        } else if constexpr (std::integral<T>) {
            integer(name, part, std::same_as<T, bool> ? 1 : max_integer);
        } else if constexpr (std::same_as<T, std::optional<StopReason>>) {
            int number = part ? 1 + int(*part) : 0;
            integer(name, number, 1 + int(StopReason::not_finite));
            if constexpr (reads)
                part = number == 0 ? std::nullopt : std::optional(StopReason(number - 1));
        } else if constexpr (std::same_as<T, std::mt19937_64>) {
            generator(name, part);
        } else {
            if constexpr (reads && std::same_as<T, std::vector<double>>)  // of any length
                part.resize(std::size_t(file_.tensor(path_ + name).size()));
            std::vector<Index> shape{Index(part.size())};
            if constexpr (requires { requires !T::IsVectorAtCompileTime; })
                shape = {part.cols(), part.rows()};  // columns become rows
            numbers(name, shape, std::span(part.data(), std::size_t(part.size())));
        }
    }

    /// The lower triangle of a matrix, column by column.
    template <typename Matrix>
    void operator()(const std::string& name, Eigen::TriangularView<Matrix, Eigen::Lower> triangle) {
        const Index size = triangle.rows();
        std::vector<typename Matrix::Scalar> packed(std::size_t(size * (size + 1) / 2));
        const auto for_each_pair = [&](auto use) {
            auto next = packed.begin();
            for (Index j = 0; j < size; ++j)
                for (Index i = j; i < size; ++i) use(*next++, i, j);
        };
        if constexpr (!reads)
            for_each_pair([&](auto& x, Index i, Index j) { x = triangle.coeff(i, j); });
        numbers(name, {Index(packed.size())}, std::span(packed));
        if constexpr (reads)
            for_each_pair([&](auto& x, Index i, Index j) { triangle.coeffRef(i, j) = x; });
    }

    /// Calls use(), during which the names of all parts follow this one and a dot.
    template <typename Use>
    void within(const std::string& name, Use use) {
        const std::string outer = path_;
        path_ += name + ".";
        use();
        path_ = outer;
    }

    /// Rejects tensors that have not been read.
    void end() const {
        if (count_ != file_.tensors.size())
            fail("there are ", file_.tensors.size(), " tensors, a checkpoint of this fit has ",
                 count_);
    }

private:
    /// Larger than any number of epochs or samples, and far from overflow.
    static constexpr std::int64_t max_integer = std::int64_t(1) << 53;

    template <typename T>
    void numbers(const std::string& name, const std::vector<Index>& shape, std::span<T> values) {
        using Number = std::remove_const_t<T>;
        ++count_;
        if constexpr (reads)
            std::ranges::copy(file_.template numbers<Number>(path_ + name, shape), values.begin());
        else
            file_.template add<Number>(path_ + name, shape, values);
    }

    template <typename T>
    void integer(const std::string& name, T& value, std::int64_t max) {
        std::int64_t number = value;
        numbers(name, {}, std::span(&number, 1));
        if (number < 0 || number > max)
            fail(path_, name, " is ", number, ", it must be between 0 and ", max);
        if constexpr (reads)
            value = static_cast<T>(number);
    }

    /// The words of a generator, in the order of its text form.
    template <typename T>
    void generator(const std::string& name, T& value) {
        std::stringstream text;
        text.imbue(std::locale::classic());
        text << value;
        using Word = std::istream_iterator<std::uint64_t>;
        std::vector<std::uint64_t> words(Word(text), Word{});
        numbers(name, {Index(words.size())}, std::span(words));
        if constexpr (reads) {
            text.clear();
            for (const std::uint64_t word : words) text << word << ' ';
            if (!(text >> value))
                fail("the words are not those of a random generator");
        }
    }

    File& file_;
    std::string path_;
    std::size_t count_ = 0;
};

}  // namespace twolayer::detail
