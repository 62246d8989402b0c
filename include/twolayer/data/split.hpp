// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/core/finite.hpp>
#include <twolayer/core/random.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/data/labels.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <random>
#include <span>
#include <utility>
#include <vector>

namespace twolayer {

/// Two disjoint sets of rows that together are all, each in ascending order.
struct Split {
    std::vector<Index> train;
    std::vector<Index> test;
};

/// A share of so many samples, to the nearest whole one.
inline Index share_of(Index samples, double share) {
    return Index(std::floor(double(samples) * share + 0.5));
}

namespace detail {

/// Splits each group of rows by the share. The test rows of the groups so far are always the share
/// of their rows to within one half, so the whole is right and each group to within one.
inline Split split_groups(std::span<std::vector<Index>> groups, double test_share,
                          std::uint64_t seed) {
    if (!(is_finite(test_share) && 0 < test_share && test_share < 1))
        fail("the test share is ", test_share, ", it must be above 0 and below 1");
    std::mt19937_64 generator(seed);
    Split split;
    Index seen = 0;
    for (std::vector<Index>& rows : groups) {
        seen += std::ssize(rows);
        shuffle(rows, generator);
        const Index wanted = share_of(seen, test_share) - std::ssize(split.test);
        const auto cut = rows.begin() + std::min<Index>(wanted, std::ssize(rows));
        split.test.insert(split.test.end(), rows.begin(), cut);
        split.train.insert(split.train.end(), cut, rows.end());
    }
    if (split.train.empty() || split.test.empty())
        fail("a test share of ", test_share, " of ", seen, " samples leaves nothing on one side");
    std::ranges::sort(split.train);
    std::ranges::sort(split.test);
    return split;
}

/// The rows of each label, in ascending order of the labels. Throws std::invalid_argument for a
/// negative label.
template <Labels Range>
std::vector<std::vector<Index>> rows_by_class(const Range& labels) {
    std::map<Index, std::vector<Index>> rows_of;
    for (Index n = 0; n < std::ranges::ssize(labels); ++n)
        rows_of[detail::label_at(labels, n)].push_back(n);
    if (!rows_of.empty() && rows_of.begin()->first < 0)
        fail("the label of sample ", rows_of.begin()->second.front(), " is ",
             rows_of.begin()->first, ", it must be at least 0");
    std::vector<std::vector<Index>> groups;
    groups.reserve(rows_of.size());
    for (auto& [label, rows] : rows_of) groups.push_back(std::move(rows));
    return groups;
}

}  // namespace detail

/// Draws the share of `samples` rows for testing, without replacement. Throws std::invalid_argument
/// for a share outside (0, 1) and when one side gets no sample.
inline Split train_test_split(Index samples, double test_share, std::uint64_t seed) {
    std::vector<Index> rows(std::size_t(std::max<Index>(samples, 0)));
    std::iota(rows.begin(), rows.end(), Index(0));
    return detail::split_groups({&rows, 1}, test_share, seed);
}

/// The same, stratified: each class gives its share, to within one sample. Throws as above, and for
/// a negative label.
template <Labels Range>
Split train_test_split(const Range& labels, double test_share, std::uint64_t seed) {
    std::vector<std::vector<Index>> groups = detail::rows_by_class(labels);
    return detail::split_groups(groups, test_share, seed);
}

/// The given rows of a matrix or vector, in the given order. Throws std::invalid_argument for a row
/// that is not there.
template <typename Derived>
Matrix<typename Derived::Scalar, Derived::ColsAtCompileTime> select_rows(
    const Eigen::DenseBase<Derived>& A, std::span<const Index> rows) {
    Matrix<typename Derived::Scalar, Derived::ColsAtCompileTime> result(Index(rows.size()),
                                                                        A.cols());
    for (Index n = 0; n < result.rows(); ++n) {
        const Index row = rows[std::size_t(n)];
        if (row < 0 || row >= A.rows())
            fail("row ", row, " is wanted of a matrix of ", A.rows(), " rows");
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
            fail("row ", row, " is wanted of a vector of ", values.size(), " entries");
        result.push_back(values[std::size_t(row)]);
    }
    return result;
}

}  // namespace twolayer
