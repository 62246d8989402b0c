// SPDX-License-Identifier: MIT
// The samples that a search compares sizes and decays on, and how they are split.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/cross_validate.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/model/search_options.hpp>
#include <twolayer/policies/samples.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <optional>
#include <vector>

namespace twolayer::detail {

/// Rows of X, and splits of their positions.
struct SearchRows {
    std::vector<Index> rows;
    std::vector<Split> splits;
};

/// At most 4000 of the rows, drawn by the seed, class by class: enough to choose size and decay.
inline std::vector<Index> rows_to_search(const std::vector<Index>& rows,
                                         const std::vector<ClassIndex>& classes,
                                         std::uint64_t seed) {
    constexpr double most = 4000;
    if (double(rows.size()) <= most)
        return rows;
    return select_rows(
        rows, train_test_split(select_rows(classes, rows), most / double(rows.size()), seed).test);
}

/// k folds (at most 5 if k is left out), drawn repeatedly until a few hundred samples are held out
/// in all: with few samples, a single draw decides by chance. Rows of one of the `groups`, if any,
/// stay together.
inline std::vector<Split> repeated_folds(const std::vector<ClassIndex>& classes,
                                         const std::vector<ClassIndex>& groups,
                                         std::optional<Index> k, std::uint64_t seed) {
    constexpr Index wanted = 200, most = 10;
    const Index samples = std::ssize(classes);
    const Index parts = groups.empty() ? samples : std::ssize(number_labels(groups).classes);
    const Index folds = k.value_or(std::min<Index>(5, parts));
    const Index repeats = std::clamp<Index>(wanted / samples, 1, most);
    std::vector<Split> splits;
    for (Index r = 0; r < repeats; ++r) {
        const std::uint64_t draw = seed + std::uint64_t(r);
        std::ranges::copy(
            groups.empty() ? k_folds(classes, folds, draw) : group_k_folds(groups, folds, draw),
            std::back_inserter(splits));
    }
    return splits;
}

/// The rows and splits for samples of these classes (all the same for a regression). Throws
/// std::invalid_argument if the options leave nothing on one side.
inline SearchRows search_rows(const std::vector<ClassIndex>& classes,
                              const ModelSearchOptions& options) {
    const VectorView<const double> weights = options.sample_weights;
    std::vector<bool> validates(classes.size());
    for (const Index row : options.validation_rows) validates[std::size_t(row)] = true;
    std::vector<Index> rows, held_out;
    for (std::size_t n = 0; n < classes.size(); ++n)
        if (weight_of(weights, Index(n)) > 0)
            (validates[n] ? held_out : rows).push_back(Index(n));
    if (options.validation_rows.empty()) {
        rows = rows_to_search(rows, classes, options.seed);
        const auto& groups = options.groups.numbers;
        return {rows, repeated_folds(select_rows(classes, rows),
                                     groups.empty() ? groups : select_rows(groups, rows),
                                     options.folds, options.seed)};
    }
    if (rows.empty() || held_out.empty())
        fail("validation_rows leaves ", rows.size(), " samples to train on and ", held_out.size(),
             " to compare on, expected some on both sides");
    rows = rows_to_search(rows, classes, options.seed);
    held_out = rows_to_search(held_out, classes, options.seed);
    Split split{all_rows(std::ssize(rows)), all_rows(std::ssize(held_out))};
    for (Index& position : split.test) position += std::ssize(rows);
    rows.insert(rows.end(), held_out.begin(), held_out.end());
    return {std::move(rows), {std::move(split)}};
}

}  // namespace twolayer::detail
