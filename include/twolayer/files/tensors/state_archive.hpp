// SPDX-License-Identifier: MIT
// Converts the state of a fit to named tensors, and back.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/files/tensors/tensor_file.hpp>
#include <twolayer/optim/stop_reason.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <locale>
#include <optional>
#include <random>
#include <span>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

namespace twolayer::detail {

/// The words of a generator, in the order of its text form.
inline std::vector<std::uint64_t> words_of(const std::mt19937_64& generator) {
    std::stringstream text;
    text.imbue(std::locale::classic());
    text << generator;
    std::vector<std::uint64_t> words;
    for (std::uint64_t word; text >> word;) words.push_back(word);
    return words;
}

/// The generator with these words.
inline std::mt19937_64 generator_of(const std::vector<std::uint64_t>& words) {
    std::stringstream text;
    text.imbue(std::locale::classic());
    for (const std::uint64_t word : words) text << word << ' ';
    std::mt19937_64 generator;
    text >> generator;
    if (!text)
        fail("the words are not those of a random generator");
    return generator;
}

/// The shape of the tensor of a vector, or of a matrix whose columns become rows.
template <typename Part>
std::vector<Index> tensor_shape(const Part& part) {
    if constexpr (requires { requires !Part::IsVectorAtCompileTime; })
        return {part.cols(), part.rows()};
    else
        return {Index(part.size())};
}

/// The name of the part of a state that is written or read: "current.method.m".
class StatePath {
public:
    /// Calls use(), during which the names of all parts follow this one and a dot.
    template <typename Use>
    void within(const std::string& name, Use use) {
        const std::string outer = path_;
        path_ += name + ".";
        use();
        path_ = outer;
    }

protected:
    std::string path_;
};

/// Adds the parts of a state to a file: archive(name, part).
class StateWriter : public StatePath {
public:
    explicit StateWriter(TensorFile& file) : file_(file) {}

    template <typename Part>
    void operator()(const std::string& name, const Part& part) {
        if constexpr (requires { Part::serialize(part, *this); })
            within(name, [&] { Part::serialize(part, *this); });
        else if constexpr (std::floating_point<Part>)
            file_.add<Part>(path_ + name, {}, std::array{part});
        else if constexpr (std::integral<Part>)
            file_.add<std::int64_t>(path_ + name, {}, std::array{part});
        else
            file_.add<std::remove_cvref_t<decltype(*part.data())>>(
                path_ + name, tensor_shape(part), std::span(part.data(), std::size_t(part.size())));
    }

    /// The lower triangle of a matrix, column by column.
    template <typename Matrix>
    void operator()(const std::string& name, Eigen::TriangularView<Matrix, Eigen::Lower> triangle) {
        std::vector<typename Matrix::Scalar> numbers;
        for (Index j = 0; j < triangle.cols(); ++j)
            for (Index i = j; i < triangle.rows(); ++i) numbers.push_back(triangle.coeff(i, j));
        (*this)(name, numbers);
    }

    void operator()(const std::string& name, const std::optional<StopReason>& reason) {
        (*this)(name, reason ? 1 + int(*reason) : 0);
    }

    void operator()(const std::string& name, const std::mt19937_64& generator) {
        (*this)(name, words_of(generator));
    }

private:
    TensorFile& file_;
};

/// Reads the parts of a state from a file: archive(name, part). Throws std::invalid_argument or
/// std::runtime_error if a tensor is missing or has a different type or shape, and for a number
/// that its part cannot have.
class StateReader : public StatePath {
public:
    explicit StateReader(const TensorFile& file) : file_(file) {}

    template <typename Part>
    void operator()(const std::string& name, Part&& part) {
        using T = std::remove_cvref_t<Part>;
        if constexpr (requires { T::serialize(part, *this); })
            within(name, [&] { T::serialize(part, *this); });
        else if constexpr (std::floating_point<T>)
            part = numbers<T>(name, {}).front();
        else if constexpr (std::integral<T>)
            part = static_cast<T>(integer(name, std::same_as<T, bool> ? 1 : most));
        else
            std::ranges::copy(
                numbers<std::remove_cvref_t<decltype(*part.data())>>(name, tensor_shape(part)),
                part.data());
    }

    template <typename Matrix>
    void operator()(const std::string& name, Eigen::TriangularView<Matrix, Eigen::Lower> triangle) {
        const Index size = triangle.rows();
        const auto values = numbers<typename Matrix::Scalar>(name, {size * (size + 1) / 2});
        auto next = values.begin();
        for (Index j = 0; j < size; ++j)
            for (Index i = j; i < size; ++i) triangle.coeffRef(i, j) = *next++;
    }

    void operator()(const std::string& name, std::vector<double>& values) {
        values = numbers<double>(name, {file_.tensor(path_ + name).size()});
    }

    void operator()(const std::string& name, std::optional<StopReason>& reason) {
        const std::int64_t number = integer(name, 1 + int(StopReason::not_finite));
        reason = number == 0 ? std::nullopt : std::optional(StopReason(number - 1));
    }

    void operator()(const std::string& name, std::mt19937_64& generator) {
        generator = generator_of(numbers<std::uint64_t>(name, {std::ssize(words_of(generator))}));
    }

    /// Rejects tensors that have not been read.
    void end() const {
        if (read_ != file_.tensors.size())
            fail("there are ", file_.tensors.size(), " tensors, a checkpoint of this fit has ",
                 read_);
    }

private:
    /// Larger than any number of epochs or samples, and far from overflow.
    static constexpr std::int64_t most = std::int64_t(1) << 53;

    template <TensorNumber T>
    std::vector<T> numbers(const std::string& name, const std::vector<Index>& shape) {
        ++read_;
        return file_.numbers<T>(path_ + name, shape);
    }

    std::int64_t integer(const std::string& name, std::int64_t limit) {
        const auto value = numbers<std::int64_t>(name, {}).front();
        if (value < 0 || value > limit)
            fail(path_, name, " is ", value, ", it must be between 0 and ", limit);
        return value;
    }

    const TensorFile& file_;
    std::size_t read_ = 0;
};

}  // namespace twolayer::detail
