// SPDX-License-Identifier: MIT
// Splits samples at random into those for training and those for testing.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/random.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/policies/shape.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <random>
#include <ranges>
#include <span>
#include <vector>

namespace twolayer {

/// Two disjoint sets of rows that together contain all rows, each in ascending order.
struct Split {
    std::vector<Index> train;
    std::vector<Index> test;
};

/// A fraction of `samples`, rounded to the nearest integer. Throws std::invalid_argument for a
/// negative number of samples and for a fraction outside [0, 1].
inline Index fraction_of(Index samples, double fraction) {
    if (samples < 0 || !(0 <= fraction && fraction <= 1))
        fail("a fraction of ", fraction, " of ", samples,
             " samples was requested, expected at least 0 samples and a fraction between 0 and 1: "
             "check both");
    // The largest Index is not a double: rounded up, it would not fit.
    const double rows = std::floor(double(samples) * fraction + 0.5);
    return rows < double(samples) ? Index(rows) : samples;
}

namespace detail {

/// 0, 1, ..., samples - 1. Throws std::invalid_argument for a number that is negative or too large.
inline std::vector<Index> all_rows(Index samples) {
    check_size("a list of rows", samples, 1);
    std::vector<Index> rows(static_cast<std::size_t>(samples));
    std::iota(rows.begin(), rows.end(), Index(0));
    return rows;
}

/// 0, 1, ..., count - 1 in an order drawn by the seed.
inline std::vector<Index> shuffled(Index count, std::uint64_t seed) {
    std::vector<Index> order = all_rows(count);
    std::mt19937_64 generator(seed);
    shuffle(order, generator);
    return order;
}

/// The rows of a fold for testing, all others for training.
inline Split split_at(const std::vector<Index>& fold_of_row, Index fold) {
    Split split;
    for (Index row = 0; row < std::ssize(fold_of_row); ++row)
        (fold_of_row[std::size_t(row)] == fold ? split.test : split.train).push_back(row);
    return split;
}

inline void check_test_fraction(double test_fraction) {
    if (!(0 < test_fraction && test_fraction < 1) || !is_finite(test_fraction))
        fail("the test fraction is ", test_fraction, ", it must be above 0 and below 1");
}

/// The same for fold 1. Rejects a fraction that leaves one side empty.
inline Split checked_split(const std::vector<Index>& fold_of_row, double test_fraction) {
    Split split = split_at(fold_of_row, 1);
    if (split.train.empty() || split.test.empty())
        fail("a test fraction of ", test_fraction, " of ", fold_of_row.size(),
             " samples leaves nothing on one side: change it (--test-fraction), or add samples");
    return split;
}

/// Splits each group of rows by the fraction. The number of test rows in the groups so far is
/// always within one half of the fraction of their rows, so the total is right, and each group is
/// right to within one.
inline Split split_groups(std::vector<std::vector<Index>> groups, Index samples,
                          double test_fraction, std::uint64_t seed) {
    check_test_fraction(test_fraction);
    std::mt19937_64 generator(seed);
    std::vector<Index> fold_of_row(static_cast<std::size_t>(samples));
    Index seen = 0, tested = 0;
    for (std::vector<Index>& rows : groups) {
        seen += std::ssize(rows);
        shuffle(rows, generator);
        const Index wanted = fraction_of(seen, test_fraction);
        for (std::size_t i = 0; i < rows.size() && tested < wanted; ++i, ++tested)
            fold_of_row[std::size_t(rows[i])] = 1;
    }
    return checked_split(fold_of_row, test_fraction);
}

/// The rows of each label, in ascending order of the labels.
template <Labels Range>
std::vector<std::vector<Index>> rows_by_class(const Range& labels) {
    const auto numbered = number_labels(labels);
    std::vector<std::vector<Index>> groups(numbered.classes.size());
    for (std::size_t n = 0; n < numbered.indexes.size(); ++n)
        groups[static_cast<std::size_t>(numbered.indexes[n])].push_back(Index(n));
    return groups;
}

/// Throws std::invalid_argument for a row that a matrix or vector does not have.
inline void check_rows(std::span<const Index> rows, Index count, const char* has,
                       const char* what) {
    for (const Index row : rows)
        if (row < 0 || row >= count)
            fail("row ", row, " is out of range: the ", has, " has ", count, what);
}

}  // namespace detail

/// Draws the fraction of `samples` rows for testing, without replacement. Throws
/// std::invalid_argument for a fraction outside (0, 1) and if one side gets no sample.
inline Split train_test_split(Index samples, double test_fraction, std::uint64_t seed) {
    return detail::split_groups({detail::all_rows(samples)}, samples, test_fraction, seed);
}

/// The same, stratified: each class, given by labels of any type, contributes its fraction to
/// within one sample. Throws as above.
template <Labels Range>
Split train_test_split(const Range& labels, double test_fraction, std::uint64_t seed) {
    return detail::split_groups(detail::rows_by_class(labels), std::ranges::ssize(labels),
                                test_fraction, seed);
}

/// Draws whole groups of rows for testing, such as all rows of one patient, up to about the
/// fraction of the rows, but at least one group for each side; no group is on both sides. `groups`
/// has a label of any type for each row. Throws std::invalid_argument for a fraction outside (0, 1)
/// and for fewer than two groups.
template <Labels Range>
Split group_train_test_split(const Range& groups, double test_fraction, std::uint64_t seed) {
    detail::check_test_fraction(test_fraction);
    const std::vector<std::vector<Index>> members = detail::rows_by_class(groups);
    const Index samples = std::ranges::ssize(groups), wanted = fraction_of(samples, test_fraction);
    if (members.size() < 2)
        fail("the number of groups is ", members.size(), ", expected at least 2");
    std::vector<Index> fold_of_row(static_cast<std::size_t>(samples));
    Index tested = 0;
    std::size_t taken = 0;
    const auto test = [&](const std::vector<Index>& rows) {
        for (const Index row : rows) fold_of_row[std::size_t(row)] = 1;
        tested += std::ssize(rows);
        ++taken;
    };
    for (const Index group : detail::shuffled(std::ssize(members), seed))
        if (const auto& rows = members[std::size_t(group)];
            tested + std::ssize(rows) / 2 < wanted && taken + 1 < members.size())
            test(rows);
    if (taken == 0)
        test(*std::ranges::min_element(members, {}, &std::vector<Index>::size));
    return detail::split_at(fold_of_row, 1);
}

/// The given rows of a matrix or vector, in the given order. Throws std::invalid_argument for a row
/// that does not exist.
template <typename Derived>
Matrix<typename Derived::Scalar, Derived::ColsAtCompileTime> select_rows(
    const Eigen::DenseBase<Derived>& A, std::span<const Index> rows) {
    detail::check_rows(rows, A.rows(), "matrix", " rows");
    detail::Evaluated<Derived> evaluated;
    const auto& from = detail::in_memory(A, evaluated);
    Matrix<typename Derived::Scalar, Derived::ColsAtCompileTime> result(std::ssize(rows), A.cols());
    for (Index k = 0; k < A.cols(); ++k)
        for (Index n = 0; n < result.rows(); ++n)
            result(n, k) = from.coeff(rows[std::size_t(n)], k);
    return result;
}

/// The same for a std::vector.
template <typename T>
std::vector<T> select_rows(const std::vector<T>& values, std::span<const Index> rows) {
    detail::check_rows(rows, std::ssize(values), "vector", " entries");
    std::vector<T> result;
    result.reserve(rows.size());
    for (const Index row : rows) result.push_back(values[std::size_t(row)]);
    return result;
}

}  // namespace twolayer
