// SPDX-License-Identifier: MIT
// The samples that a search compares sizes and decays on, and how they are split.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/random.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/cross_validate.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/model/search_options.hpp>
#include <twolayer/policies/samples.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace twolayer::detail {

/// Rows of X with their weights (none for all ones), and splits of their positions.
struct SearchRows {
    std::vector<Index> rows;
    std::vector<double> weights;
    std::vector<Split> splits;
};

/// Adds about 4000 of the rows, drawn by the seed, class by class: enough to choose size and decay.
/// A rare class gets more than its fraction of the rows, with less weight for each, and every class
/// gets one.
inline void add_rows_to_search(SearchRows& searched, const std::vector<Index>& rows,
                               const std::vector<ClassIndex>& classes, std::uint64_t seed) {
    constexpr double most = 4000, enough = 200;
    const double fraction = (std::min)(1.0, most / double(rows.size()));
    std::mt19937_64 generator(seed);
    std::vector<std::vector<Index>> groups = rows_by_class(select_rows(classes, rows));
    const double wanted = (std::min)(enough, most / 2 / double(groups.size()));
    std::vector<double> weights(rows.size());  // zero for rows that are not drawn
    for (std::vector<Index>& group : groups) {
        const auto size = double(group.size());
        if (fraction < 1) {
            shuffle(group, generator);
            const double part = (std::min)(size, (std::max)(fraction * size, wanted));
            group.resize(std::size_t(std::ceil(part - 1e-6)));  // as a product is rounded
        }
        for (const Index position : group)
            weights[std::size_t(position)] =
                groups.size() == 1 ? 1 : fraction * size / double(group.size());
    }
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (weights[i] > 0) {
            searched.rows.push_back(rows[i]);
            searched.weights.push_back(weights[i]);
        }
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
    if (!k && parts < 2)
        fail(groups.empty() ? "only one sample has a weight above 0"
                            : "all samples are of one group",
             ", a search needs at least two");
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

/// Throws std::invalid_argument if a group has rows among those to train on and those held out.
inline void check_groups(const std::vector<ClassIndex>& groups, const std::vector<Index>& rows,
                         const std::vector<Index>& held_out) {
    const auto group = [&](Index row) {
        return static_cast<std::size_t>(groups[std::size_t(row)]);  // below the number of rows
    };
    std::vector<Index> trained(groups.size(), -1);  // a row of each group
    for (const Index row : rows)
        if (trained[group(row)] < 0)
            trained[group(row)] = row;
    for (const Index row : held_out)
        if (trained[group(row)] >= 0)
            fail("rows ", trained[group(row)], " and ", row,
                 " are of one group, but only one of them is among validation_rows: leave all "
                 "rows of a group in or out");
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
    const bool folds = options.validation_rows.empty();
    if (!folds && (rows.empty() || held_out.empty()))
        fail("validation_rows leaves ", rows.size(), " samples to train on and ", held_out.size(),
             " to compare on, expected some on both sides");
    if (!folds && !options.groups.numbers.empty())
        check_groups(options.groups.numbers, rows, held_out);
    SearchRows searched;
    add_rows_to_search(searched, rows, classes, options.seed);
    if (folds) {
        const auto& groups = options.groups.numbers;
        searched.splits =
            repeated_folds(select_rows(classes, searched.rows),
                           groups.empty() ? groups : select_rows(groups, searched.rows),
                           options.folds, options.seed);
    } else {
        const Index training = std::ssize(searched.rows);
        add_rows_to_search(searched, held_out, classes, options.seed);
        Split split{all_rows(training), all_rows(std::ssize(searched.rows) - training)};
        for (Index& position : split.test) position += training;
        searched.splits = {std::move(split)};
    }
    for (std::size_t i = 0; i < searched.rows.size(); ++i)
        searched.weights[i] *= weight_of(weights, searched.rows[i]);
    if (std::ranges::all_of(searched.weights, [](double w) { return w == 1; }))
        searched.weights.clear();
    return searched;
}

}  // namespace twolayer::detail
