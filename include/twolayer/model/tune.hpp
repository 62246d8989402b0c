// SPDX-License-Identifier: MIT
// Searches for the network size and the weight decay with the lowest held-out loss.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace twolayer {

/// A network size and a weight decay, and the loss they reached.
struct Trial {
    Index hidden;
    double weight_decay;
    double validation_loss;  ///< the mean over the folds' held-out samples
};

namespace detail {

/// Searches a grid of sizes and decays,  M = 2^size,  decay = 10^(strength/2) / N, and evaluates
/// each point once.
///
/// The decay falls with N so that the prior does not depend on N: with N samples it weighs as much
/// as a constant number of them.
class Search {
public:
    /// (hidden, decay, enough): may give up and return any loss above `enough` if it finds that it
    /// will not come near it, and none if the search has to end.
    using ValidationLoss = std::function<std::optional<double>(Index, double, double)>;

    /// Finds the best decay for a first size by factors of ten. Then tries, in turn, a decay larger
    /// or smaller by sqrt(10) and a larger or smaller network; a larger one has its own decay and
    /// must be better by 2 %. The first size is 16, or more for many outputs, which few units
    /// cannot separate. No decay is below 1e-6 / N: if the held-out loss keeps falling towards
    /// zero, a smaller decay only takes more time.
    Search(Index samples, Index outputs, ValidationLoss validation_loss)
        : samples_(samples), validation_loss_(std::move(validation_loss)) {
        constexpr int smallest = 1, largest = 7, weakest = -12;
        while (best_.size < largest && 2 * (Index(1) << best_.size) < 3 * outputs) ++best_.size;
        chosen_ = trial_at(best_);
        const auto& [size, strength] = best_;
        improves({size, 0});
        improves({size, improves({size, 2}) ? 4 : -2});
        for (bool moved = true; moved;)
            moved = improves({size, strength + 1}) ||
                    (strength > weakest && improves({size, strength - 1})) ||
                    (size < largest && larger_improves()) ||
                    (size > smallest && improves({size - 1, strength}));
    }

    const std::vector<Trial>& trials() const { return trials_; }
    /// The first point if none has a loss.
    const Trial& chosen() const { return chosen_; }

private:
    struct Point {
        int size, strength;
    };

    /// The trial at a point without its loss.
    Trial trial_at(const Point& point) const {
        return {Index(1) << point.size, std::pow(10.0, 0.5 * point.strength) / double(samples_),
                unbounded};
    }

    double loss_at(const Point& point) {
        Trial trial = trial_at(point);
        for (const Trial& known : trials_)
            if (known.hidden == trial.hidden && known.weight_decay == trial.weight_decay)
                return known.validation_loss;
        const std::optional<double> loss =
            validation_loss_(trial.hidden, trial.weight_decay, lowest_);
        if (!loss)
            return unbounded;
        if (is_finite(*loss))
            lowest_ = (std::min)(lowest_, *loss);
        trial.validation_loss = *loss;
        trials_.push_back(trial);
        return *loss;
    }

    /// Whether the point improves on the best by more than a fraction; if so it becomes the best.
    bool improves(const Point& point, double fraction = 0) {
        const double loss = loss_at(point);
        if (!(is_finite(loss) && loss < chosen_.validation_loss * (1 - fraction)))
            return false;
        best_ = point;
        chosen_ = trial_at(point);
        chosen_.validation_loss = loss;
        return true;
    }

    /// The same for a larger size with its own decay: the best one's or a larger one, since more
    /// weights need more decay.
    bool larger_improves() {
        Point point{best_.size + 1, best_.strength};
        while (loss_at({point.size, point.strength + 1}) < loss_at(point)) ++point.strength;
        return improves(point, 0.02);
    }

    Index samples_;
    ValidationLoss validation_loss_;
    std::vector<Trial> trials_;
    double lowest_ = unbounded;  ///< of all trials
    Point best_{4, 0};
    Trial chosen_{};  ///< at the best point
};

}  // namespace detail

}  // namespace twolayer
