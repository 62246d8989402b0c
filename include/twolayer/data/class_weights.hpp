// SPDX-License-Identifier: MIT
// Multiplies sample weights by the weights of their classes.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>

#include <iterator>
#include <vector>

namespace twolayer::detail {

/// Multiplies each of the N weights by the factor of its sample's class, class_of(n), which is
/// below `classes`. If `balanced`, the factors give every class the same total weight. Throws
/// std::invalid_argument for a wrong number of factors and if no weight is left.
template <typename Weights, typename ClassOf>
void weigh_classes(Weights& weights, std::vector<double> factors, bool balanced, Index classes,
                   ClassOf class_of) {
    using Weight = typename Weights::value_type;
    if (balanced) {
        std::vector<double> totals(static_cast<std::size_t>(classes), 0);
        for (Index n = 0; n < std::ssize(weights); ++n)
            totals[static_cast<std::size_t>(class_of(n))] += double(weights[std::size_t(n)]);
        for (const double total : totals) factors.push_back(total > 0 ? 1 / total : 0);
    }
    if (std::ssize(factors) != classes)
        fail("there are ", factors.size(), " class_weights for ", classes, " classes");
    Weight sum(0);
    for (Index n = 0; n < std::ssize(weights); ++n)
        sum += weights[std::size_t(n)] *= Weight(factors[static_cast<std::size_t>(class_of(n))]);
    if (!(Weight(0) < sum))
        fail("class_weights leave no sample to train on");
}

}  // namespace twolayer::detail
