// SPDX-License-Identifier: MIT
// Cross-validation: splits rows into folds and computes the mean score over them.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/random.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/kernels/parallel.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <ranges>
#include <string_view>
#include <vector>

namespace twolayer {

namespace detail {

inline void check_folds(Index folds, Index most, std::string_view what) {
    if (folds < 2 || folds > most)
        fail("folds is ", folds, ", it must be at least 2 and at most the ", most, " ", what);
}

/// One split for each fold, from the fold of each row.
inline std::vector<Split> splits_of(const std::vector<Index>& fold_of_row, Index folds) {
    std::vector<Split> splits;
    for (Index f = 0; f < folds; ++f) splits.push_back(split_at(fold_of_row, f));
    return splits;
}

/// Deals the rows of each group to the folds in turn; each group continues where the previous one
/// ended. The folds differ by one row at most, in total and within each group.
inline std::vector<Split> deal_folds(std::vector<std::vector<Index>> groups, Index samples,
                                     Index folds, std::uint64_t seed) {
    check_folds(folds, samples, "samples");
    std::mt19937_64 generator(seed);
    std::vector<Index> fold_of_row(static_cast<std::size_t>(samples));
    Index next = 0;
    for (std::vector<Index>& rows : groups) {
        shuffle(rows, generator);
        for (const Index row : rows) fold_of_row[std::size_t(row)] = next++ % folds;
    }
    return splits_of(fold_of_row, folds);
}

}  // namespace detail

/// k disjoint folds of `samples` rows, drawn by the seed: split f has fold f for testing and the
/// others for training. Throws std::invalid_argument for fewer than two folds and for more folds
/// than samples.
inline std::vector<Split> k_folds(Index samples, Index folds, std::uint64_t seed) {
    return detail::deal_folds({detail::all_rows(samples)}, samples, folds, seed);
}

/// The same, stratified: the rows of each class, given by labels of any type, are spread evenly
/// over the folds, to within one. Throws as above.
template <Labels Range>
std::vector<Split> k_folds(const Range& labels, Index folds, std::uint64_t seed) {
    return detail::deal_folds(detail::rows_by_class(labels), std::ranges::ssize(labels), folds,
                              seed);
}

/// k disjoint folds that keep groups of rows together, such as all rows of one patient: no group is
/// on both sides of a split. `groups` has a label of any type for each row. The groups, in an order
/// drawn by the seed but larger ones first, each go to the fold with the fewest rows. Throws
/// std::invalid_argument for fewer than two folds and for more folds than groups.
template <Labels Range>
std::vector<Split> group_k_folds(const Range& groups, Index folds, std::uint64_t seed) {
    const std::vector<std::vector<Index>> members = detail::rows_by_class(groups);
    detail::check_folds(folds, std::ssize(members), "groups");
    std::multimap<std::size_t, Index, std::greater<>> by_size;  // equal ones in the order drawn
    for (const Index group : detail::shuffled(std::ssize(members), seed))
        by_size.emplace(members[std::size_t(group)].size(), group);
    std::vector<Index> fold_of_row(std::size_t(std::ranges::size(groups)));
    std::vector<std::size_t> rows_in_fold(static_cast<std::size_t>(folds));
    for (const auto& [size, group] : by_size) {
        const auto smallest = std::ranges::min_element(rows_in_fold);
        *smallest += size;
        for (const Index row : members[std::size_t(group)])
            fold_of_row[std::size_t(row)] = smallest - rows_in_fold.begin();
    }
    return detail::splits_of(fold_of_row, folds);
}

/// The scores of the folds, their mean and their deviation.
struct CrossValidation {
    std::vector<double> scores;
    double mean;
    double deviation;  ///< sqrt(sum (score - mean)^2 / (folds - 1))
};

/// Calls score(split) for each split; it trains on split.train and returns the score on split.test.
/// With OpenMP, up to `threads` calls run at the same time. Throws std::invalid_argument for fewer
/// than two splits and for less than one thread, and rethrows what the first score that fails has
/// thrown.
template <std::invocable<const Split&> Score>
CrossValidation cross_validate(const std::vector<Split>& splits, Score score, int threads = 1) {
    if (splits.size() < 2)
        fail("there are ", splits.size(), " splits, a spread needs at least 2");
    kernels::check_threads(threads);
    CrossValidation result{.scores = std::vector<double>(splits.size()), .mean = 0, .deviation = 0};
    kernels::for_each_part(std::ssize(splits), threads, [&](Index f, int) {
        result.scores[std::size_t(f)] = score(splits[std::size_t(f)]);
    });
    const double k = double(splits.size());
    for (const double s : result.scores) result.mean += s / k;
    for (const double s : result.scores)
        result.deviation += (s - result.mean) * (s - result.mean) / (k - 1);
    result.deviation = std::sqrt(result.deviation);
    return result;
}

}  // namespace twolayer
