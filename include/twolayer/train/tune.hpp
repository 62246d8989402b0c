// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/finite.hpp>
#include <twolayer/core/types.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace twolayer {

/// A network size and a weight decay, and how they did.
struct Trial {
    Index hidden;
    double decay;
    double validation_loss;  ///< the mean over the folds' held-out samples
};

namespace detail {

/// A point of the grid of sizes and decays:  M = 2^size,  decay = 10^(strength/2) / N.
///
/// A decay that falls with N is a prior that does not: with N samples it weighs as a constant
/// number of them.
struct GridPoint {
    int size;
    int strength;

    Index hidden() const { return Index(1) << size; }
    double decay(Index samples) const { return std::pow(10.0, 0.5 * strength) / double(samples); }

    bool operator==(const GridPoint&) const = default;
};

/// The trials of a search, each asked for once.
class Search {
public:
    /// `validation_loss(hidden, decay, enough)` may give up, and give any loss above `enough`,
    /// where it sees that it will not come near it.
    template <typename ValidationLoss>
    Search(Index samples, ValidationLoss validation_loss)
        : ask_([=](const GridPoint& point, double enough) {
              return validation_loss(point.hidden(), point.decay(samples), enough);
          }),
          samples_(samples) {}

    /// Whether the point is better than the best by more than a share; if so it is the best.
    bool improves(const GridPoint& point, double share) {
        if (std::ranges::find(asked_, point) != asked_.end())
            return false;
        asked_.push_back(point);
        const double loss = ask_(point, lowest_);
        trials_.push_back({point.hidden(), point.decay(samples_), loss});
        if (!(is_finite(loss) && loss < lowest_ * (1 - share)))
            return false;
        best_ = point;
        lowest_ = loss;
        chosen_ = trials_.back();
        return true;
    }

    const GridPoint& best() const { return best_; }
    const std::vector<Trial>& trials() const { return trials_; }
    const Trial& chosen() const { return chosen_; }

private:
    std::function<double(const GridPoint&, double)> ask_;
    Index samples_;
    std::vector<GridPoint> asked_;
    std::vector<Trial> trials_;
    GridPoint best_{0, 0};
    double lowest_ = unbounded;
    Trial chosen_{};
};

/// The best decay for a middle size, by factors of ten; then in turn a larger or smaller network,
/// as long as it is better by 2 %, and a decay larger or smaller by sqrt(10).
inline void tune(Search& search) {
    constexpr int middle = 4, smallest = 1, largest = 7;
    for (const int strength : {0, 2, -2, 4}) search.improves({middle, strength}, 0);
    for (bool moved = true; moved;) {
        const auto [size, strength] = search.best();
        moved = search.improves({size, strength + 1}, 0) ||
                search.improves({size, strength - 1}, 0) ||
                (size < largest && search.improves({size + 1, strength}, 0.02)) ||
                (size > smallest && search.improves({size - 1, strength}, 0));
    }
}

}  // namespace detail

}  // namespace twolayer
