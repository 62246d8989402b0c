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
#include <cstdint>
#include <iterator>
#include <optional>
#include <random>
#include <ranges>
#include <span>
#include <vector>

namespace twolayer {

namespace detail {

inline void check_folds(Index folds, Index samples) {
    if (folds < 2 || folds > samples)
        fail("folds is ", folds, ", it must be at least 2 and at most the ", samples, " samples");
}

/// Deals the rows of each group to the folds in turn; each group continues where the previous one
/// ended. The folds differ by one row at most, in total and within each group.
inline std::vector<Split> deal_folds(std::span<std::vector<Index>> groups, Index folds,
                                     std::uint64_t seed) {
    Index samples = 0;
    for (const std::vector<Index>& rows : groups) samples += std::ssize(rows);
    check_folds(folds, samples);
    std::mt19937_64 generator(seed);
    std::vector<Split> splits(static_cast<std::size_t>(folds));
    std::size_t next = 0;
    for (std::vector<Index>& rows : groups) {
        shuffle(rows, generator);
        for (const Index row : rows) {
            for (std::size_t f = 0; f < splits.size(); ++f)
                (f == next ? splits[f].test : splits[f].train).push_back(row);
            next = (next + 1) % splits.size();
        }
    }
    for (Split& split : splits) {
        std::ranges::sort(split.train);
        std::ranges::sort(split.test);
    }
    return splits;
}

}  // namespace detail

/// k disjoint folds of `samples` rows, drawn by the seed: split f has fold f for testing and the
/// others for training. Throws std::invalid_argument for fewer than two folds and for more folds
/// than samples.
inline std::vector<Split> k_folds(Index samples, Index folds, std::uint64_t seed) {
    std::vector<Index> rows = detail::all_rows(samples);
    return detail::deal_folds({&rows, 1}, folds, seed);
}

/// The same, stratified: the rows of each class, given by labels of any type, are spread evenly
/// over the folds, to within one. Throws as above.
template <Labels Range>
std::vector<Split> k_folds(const Range& labels, Index folds, std::uint64_t seed) {
    std::vector<std::vector<Index>> groups = detail::rows_by_class(labels);
    return detail::deal_folds(groups, folds, seed);
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

namespace detail {

/// k folds of the labels (at most 5 if k is left out), drawn repeatedly until a few hundred samples
/// are held out in all: with few samples, a single draw decides by chance.
template <Labels Range>
std::vector<Split> repeated_folds(const Range& labels, std::optional<Index> k, std::uint64_t seed) {
    constexpr Index wanted = 200, most = 10;
    const Index folds = k.value_or(std::min<Index>(5, std::ranges::ssize(labels)));
    const Index repeats = std::clamp<Index>(wanted / std::ranges::ssize(labels), 1, most);
    std::vector<Split> splits;
    for (Index r = 0; r < repeats; ++r)
        std::ranges::copy(k_folds(labels, folds, seed + std::uint64_t(r)),
                          std::back_inserter(splits));
    return splits;
}

}  // namespace detail

}  // namespace twolayer
