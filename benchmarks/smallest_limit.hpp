// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "peer.hpp"

namespace benchmark {

/// For programs that can neither be watched nor told a level: the training with the smallest limit
/// on iterations, to 2 %, that reaches it. train(limit) starts from the same weights every time, so
/// the limit is found by doubling and halving, and only that last training's time counts.
template <typename Train>
Outcome smallest_limit(const Task& task, Train&& train) {
    const auto reaches = [&](const Outcome& outcome) {
        return squared_error(outcome.Yhat, task.Y) <= task.level;
    };
    int low = 0, high = 1;
    Outcome best = train(high);
    while (!reaches(best)) {
        // The last try is as long as the time allows.
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
