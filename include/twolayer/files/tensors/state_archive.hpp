// SPDX-License-Identifier: MIT
// Converts the state of a fit to the tensors of a file, and back.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/files/tensors/tensor_file.hpp>
#include <twolayer/optim/stop_reason.hpp>

#include <concepts>
#include <cstdint>
#include <locale>
#include <optional>
#include <random>
#include <span>
#include <sstream>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace twolayer::detail {

/// The numbers of a state in sequence, those of each type in one tensor.
struct StateNumbers {
    std::tuple<std::vector<float>, std::vector<double>, std::vector<std::int64_t>,
               std::vector<std::uint64_t>>
        lists;

    template <TensorNumber T>
    std::vector<T>& list() {
        return std::get<std::vector<T>>(lists);
    }

    /// Calls use(name, list) for each type.
    template <typename Use>
    void for_each(Use use) {
        use("floats", list<float>());
        use("doubles", list<double>());
        use("integers", list<std::int64_t>());
        use("words", list<std::uint64_t>());
    }
};

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

/// Collects the numbers of a state: archive(a, b, ...).
class StateWriter {
public:
    template <typename... Values>
    void operator()(const Values&... values) {
        (put(values), ...);
    }

    /// Adds the collected numbers to a file.
    void add_to(TensorFile& file) {
        numbers_.for_each([&file]<typename T>(const char* name, const std::vector<T>& list) {
            file.add<T>(name, {std::ssize(list)}, list);
        });
    }

private:
    template <typename T>
    void put(const T& value) {
        if constexpr (requires { T::serialize(value, *this); })
            T::serialize(value, *this);
        else if constexpr (std::floating_point<T>)
            numbers_.list<T>().push_back(value);
        else if constexpr (std::integral<T>)
            numbers_.list<std::int64_t>().push_back(value);
        else
            for (Index i = 0; i < value.size(); ++i) put(value.data()[i]);
    }

    void put(const std::vector<double>& values) {
        put(std::ssize(values));
        for (const double value : values) put(value);
    }

    void put(const std::optional<StopReason>& reason) { put(reason ? 1 + int(*reason) : 0); }

    void put(const std::mt19937_64& generator) {
        for (const std::uint64_t word : words_of(generator))
            numbers_.list<std::uint64_t>().push_back(word);
    }

    StateNumbers numbers_;
};

/// Reads the numbers of a state in the same order: archive(a, b, ...). Throws std::invalid_argument
/// if there are too few, or if a number is invalid for its variable.
class StateReader {
public:
    explicit StateReader(const TensorFile& file) {
        numbers_.for_each([this, &file]<typename T>(const char* name, std::vector<T>& list) {
            list = file.numbers<T>(name, {file.tensor(name).size()});
            rest<T>() = list;
        });
        if (file.tensors.size() != std::tuple_size_v<decltype(numbers_.lists)>)
            fail("there are ", file.tensors.size(), " tensors, a checkpoint has ",
                 std::tuple_size_v<decltype(numbers_.lists)>);
    }

    template <typename... Values>
    void operator()(Values&&... values) {
        (get(values), ...);
    }

    /// Rejects numbers that are left over.
    void end() {
        numbers_.for_each([this]<typename T>(const char* name, const std::vector<T>& list) {
            if (!rest<T>().empty())
                fail("there are ", list.size(), " ", name, ", the state has ",
                     list.size() - rest<T>().size());
        });
    }

private:
    /// Larger than any number of epochs or samples, and far from overflow.
    static constexpr std::int64_t most = std::int64_t(1) << 53;

    /// The numbers that have not been read yet.
    template <typename T>
    std::span<const T>& rest() {
        return std::get<std::span<const T>>(rests_);
    }

    template <typename T>
    T next() {
        if (rest<T>().empty())
            fail("the state has more than ", numbers_.list<T>().size(), " numbers of type ",
                 name_of(tensor_type<T>));
        const T number = rest<T>().front();
        rest<T>() = rest<T>().subspan(1);
        return number;
    }

    std::int64_t integer(std::int64_t limit) {
        const auto value = next<std::int64_t>();
        if (value < 0 || value > limit)
            fail("a number of the state is ", value, ", it must be between 0 and ", limit);
        return value;
    }

    template <typename T>
    void get(T& value) {
        if constexpr (requires { T::serialize(value, *this); })
            T::serialize(value, *this);
        else if constexpr (std::floating_point<T>)
            value = next<T>();
        else if constexpr (std::integral<T>)
            value = static_cast<T>(integer(std::same_as<T, bool> ? 1 : most));
        else
            for (Index i = 0; i < value.size(); ++i) get(value.data()[i]);
    }

    void get(std::vector<double>& values) {
        const std::int64_t size = integer(most);
        values.clear();
        for (std::int64_t i = 0; i < size; ++i) values.push_back(next<double>());
    }

    void get(std::optional<StopReason>& reason) {
        const std::int64_t number = integer(1 + int(StopReason::not_finite));
        reason = number == 0 ? std::nullopt : std::optional(StopReason(number - 1));
    }

    void get(std::mt19937_64& generator) {
        std::vector<std::uint64_t> words = words_of(generator);
        for (std::uint64_t& word : words) word = next<std::uint64_t>();
        generator = generator_of(words);
    }

    StateNumbers numbers_;
    std::tuple<std::span<const float>, std::span<const double>, std::span<const std::int64_t>,
               std::span<const std::uint64_t>>
        rests_;
};

}  // namespace twolayer::detail
