// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "peer.hpp"

namespace benchmark {

/// For programs that can neither be observed nor stopped at a level: finds, to 2 %, the smallest
/// iteration limit that reaches the level. train(limit) always starts from the same weights, so the
/// limit is doubled and then bisected. Only the time of the training with that limit counts.
template <typename Train>
Outcome smallest_limit(const Task& task, Train&& train) {
    const auto reaches = [&](const Outcome& outcome) {
        return squared_error(outcome.Yhat, task.Y) <= task.level;
    };
    int low = 0, high = 1;
    Outcome best = train(high);
    while (!reaches(best)) {
        // The last attempt takes as long as the time limit allows.
        const double longer = 1.02 * task.limit_seconds / best.seconds;
        if (longer <= 1.02 || high > (1 << 28))
            return best;
        low = high;
        high = std::max(high + 1, int(high * std::min(2.0, longer)));
        best = train(high);
    }
    while (high - low > std::max(1, high / 50)) {
        const int middle = low + (high - low) / 2;
        Outcome outcome = train(middle);
        if (reaches(outcome)) {
            high = middle;
            best = std::move(outcome);
        } else {
            low = middle;
        }
    }
    return best;
}

}  // namespace benchmark
