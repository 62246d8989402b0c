// SPDX-License-Identifier: MIT
// Searches for the network size and the weight decay with the lowest held-out loss.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <vector>

namespace twolayer {

/// A network size and a weight decay, and the loss they reached.
struct Trial {
    Index hidden;
    double weight_decay;
    double validation_loss;  ///< the mean over the folds' held-out samples
};

namespace detail {

/// A point of the grid of sizes and decays:  M = 2^size,  decay = 10^(strength/2) / N.
///
/// The decay falls with N so that the prior does not depend on N: with N samples it weighs as much
/// as a constant number of them.
struct GridPoint {
    int size;
    int strength;

    Index hidden() const { return Index(1) << size; }
    double weight_decay(Index samples) const {
        return std::pow(10.0, 0.5 * strength) / double(samples);
    }

    bool operator==(const GridPoint&) const = default;
};

/// The trials of a search, each evaluated once.
class Search {
public:
    /// `validation_loss(hidden, decay, enough)` may give up and return any loss above `enough` if
    /// it finds that it will not come near it, and none if the search has to end.
    template <typename ValidationLoss>
    Search(Index samples, ValidationLoss validation_loss)
        : ask_([=](const GridPoint& point, double enough) {
              return validation_loss(point.hidden(), point.weight_decay(samples), enough);
          }),
          samples_(samples) {}

    /// The point that is chosen if no other is better.
    void begin_at(const GridPoint& point) {
        best_ = point;
        chosen_ = {point.hidden(), point.weight_decay(samples_), unbounded};
    }

    /// Whether the point improves on the best by more than a share; if so it becomes the best.
    bool improves(const GridPoint& point, double share) {
        const double loss = loss_at(point);
        if (!(is_finite(loss) && loss < lowest_ * (1 - share)))
            return false;
        best_ = point;
        lowest_ = loss;
        chosen_ = {point.hidden(), point.weight_decay(samples_), loss};
        return true;
    }

    /// The same for a larger size with its own decay: the best one's or a larger one, since more
    /// weights need more decay.
    bool larger_improves(double share) {
        GridPoint point{best_.size + 1, best_.strength};
        while (loss_at({point.size, point.strength + 1}) < loss_at(point)) ++point.strength;
        return improves(point, share);
    }

    const GridPoint& best() const { return best_; }
    const std::vector<Trial>& trials() const { return trials_; }
    const Trial& chosen() const { return chosen_; }

private:
    double loss_at(const GridPoint& point) {
        const auto known = std::ranges::find(asked_, point);
        if (known != asked_.end())
            return trials_[std::size_t(known - asked_.begin())].validation_loss;
        const std::optional<double> loss = ask_(point, lowest_seen_);
        if (!loss)
            return unbounded;
        if (is_finite(*loss))
            lowest_seen_ = (std::min)(lowest_seen_, *loss);
        asked_.push_back(point);
        trials_.push_back({point.hidden(), point.weight_decay(samples_), *loss});
        return *loss;
    }

    std::function<std::optional<double>(const GridPoint&, double)> ask_;
    Index samples_;
    std::vector<GridPoint> asked_;  ///< in the order of the trials
    std::vector<Trial> trials_;
    GridPoint best_{0, 0};
    double lowest_ = unbounded;       ///< of the best
    double lowest_seen_ = unbounded;  ///< of all trials
    Trial chosen_{};
};

/// Finds the best decay for a first size by factors of ten. Then tries, in turn, a decay larger or
/// smaller by sqrt(10) and a larger or smaller network; a larger one has its own decay and must be
/// better by 2 %. The first size is 16, or more for many outputs, which few units cannot separate.
/// No decay is below 1e-6 / N: if the held-out loss keeps falling towards zero, a smaller decay
/// only takes more time.
inline void tune(Search& search, Index outputs) {
    constexpr int middle = 4, smallest = 1, largest = 7, weakest = -12;
    int first = middle;
    while (first < largest && 2 * (Index(1) << first) < 3 * outputs) ++first;
    search.begin_at({first, 0});
    search.improves({first, 0}, 0);
    search.improves({first, search.improves({first, 2}, 0) ? 4 : -2}, 0);
    for (bool moved = true; moved;) {
        const auto [size, strength] = search.best();
        moved = search.improves({size, strength + 1}, 0) ||
                (strength > weakest && search.improves({size, strength - 1}, 0)) ||
                (size < largest && search.larger_improves(0.02)) ||
                (size > smallest && search.improves({size - 1, strength}, 0));
    }
}

}  // namespace detail

}  // namespace twolayer
