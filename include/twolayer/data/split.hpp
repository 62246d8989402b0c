// SPDX-License-Identifier: MIT
// Splits samples at random into those for training and those for testing.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/random.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/policies/shape.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <span>
#include <utility>
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

inline void check_test_fraction(double test_fraction) {
    if (!(is_finite(test_fraction) && 0 < test_fraction && test_fraction < 1))
        fail("the test fraction is ", test_fraction, ", it must be above 0 and below 1");
}

/// The split with its rows in ascending order. Rejects one with an empty side.
inline Split sorted(Split split, double test_fraction) {
    if (split.train.empty() || split.test.empty())
        fail("a test fraction of ", test_fraction, " of ", split.train.size() + split.test.size(),
             " samples leaves nothing on one side");
    std::ranges::sort(split.train);
    std::ranges::sort(split.test);
    return split;
}

/// Splits each group of rows by the fraction. The number of test rows in the groups so far is
/// always within one half of the fraction of their rows, so the total is right, and each group is
/// right to within one.
inline Split split_groups(std::span<std::vector<Index>> groups, double test_fraction,
                          std::uint64_t seed) {
    check_test_fraction(test_fraction);
    std::mt19937_64 generator(seed);
    Split split;
    Index seen = 0;
    for (std::vector<Index>& rows : groups) {
        seen += std::ssize(rows);
        shuffle(rows, generator);
        const Index wanted = fraction_of(seen, test_fraction) - std::ssize(split.test);
        const auto cut = rows.begin() + std::min<Index>(wanted, std::ssize(rows));
        split.test.insert(split.test.end(), rows.begin(), cut);
        split.train.insert(split.train.end(), cut, rows.end());
    }
    return sorted(std::move(split), test_fraction);
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

}  // namespace detail

/// Draws the fraction of `samples` rows for testing, without replacement. Throws
/// std::invalid_argument for a fraction outside (0, 1) and if one side gets no sample.
inline Split train_test_split(Index samples, double test_fraction, std::uint64_t seed) {
    std::vector<Index> rows = detail::all_rows(samples);
    return detail::split_groups({&rows, 1}, test_fraction, seed);
}

/// The same, stratified: each class, given by labels of any type, contributes its fraction to
/// within one sample. Throws as above.
template <Labels Range>
Split train_test_split(const Range& labels, double test_fraction, std::uint64_t seed) {
    std::vector<std::vector<Index>> groups = detail::rows_by_class(labels);
    return detail::split_groups(groups, test_fraction, seed);
}

/// Draws whole groups of rows for testing, such as all rows of one patient, up to about the
/// fraction of the rows; no group is on both sides. `groups` has a label of any type for each row.
/// Throws std::invalid_argument for a fraction outside (0, 1) and if one side gets no group.
template <Labels Range>
Split group_train_test_split(const Range& groups, double test_fraction, std::uint64_t seed) {
    const std::vector<std::vector<Index>> members = detail::rows_by_class(groups);
    detail::check_test_fraction(test_fraction);
    const Index wanted = fraction_of(std::ranges::ssize(groups), test_fraction);
    Split split;
    for (const Index group : detail::shuffled(std::ssize(members), seed)) {
        const std::vector<Index>& rows = members[std::size_t(group)];
        const bool fits = std::ssize(split.test) + std::ssize(rows) / 2 < wanted;
        std::vector<Index>& side = fits ? split.test : split.train;
        side.insert(side.end(), rows.begin(), rows.end());
    }
    return detail::sorted(std::move(split), test_fraction);
}

/// The given rows of a matrix or vector, in the given order. Throws std::invalid_argument for a row
/// that does not exist.
template <typename Derived>
Matrix<typename Derived::Scalar, Derived::ColsAtCompileTime> select_rows(
    const Eigen::DenseBase<Derived>& A, std::span<const Index> rows) {
    Matrix<typename Derived::Scalar, Derived::ColsAtCompileTime> result(Index(rows.size()),
                                                                        A.cols());
    for (Index n = 0; n < result.rows(); ++n) {
        const Index row = rows[std::size_t(n)];
        if (row < 0 || row >= A.rows())
            fail("row ", row, " is out of range: the matrix has ", A.rows(), " rows");
        result.row(n) = A.derived().row(row);
    }
    return result;
}

/// The same for a std::vector.
template <typename T>
std::vector<T> select_rows(const std::vector<T>& values, std::span<const Index> rows) {
    std::vector<T> result;
    result.reserve(rows.size());
    for (const Index row : rows) {
        if (row < 0 || row >= std::ssize(values))
            fail("row ", row, " is out of range: the vector has ", values.size(), " entries");
        result.push_back(values[std::size_t(row)]);
    }
    return result;
}

}  // namespace twolayer
