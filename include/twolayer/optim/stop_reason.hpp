// SPDX-License-Identifier: MIT
// The reasons for which a minimization ends, and their names.
#pragma once

#include <string_view>

namespace twolayer {

/// Why a minimization ended.
enum class StopReason {
    converged,            ///< the gradient is as small as required, or as rounding lets it become:
                          ///< what is left to gain is lost in the last digits of the value
    target_reached,       ///< the value is as low as required
    no_further_progress,  ///< no lower value was found although more was promised; or no lower
                          ///< validation loss for as long as the options allow
    iteration_limit,      ///< all iterations or epochs done
    time_limit,           ///< the time limit was reached
    stopped_by_caller,    ///< the callback or the stop token requested it
    not_finite,           ///< the loss, a derivative or a weight became NaN or infinite
};

constexpr std::string_view describe(StopReason reason) {
    switch (reason) {
        case StopReason::converged:
            return "converged";
        case StopReason::target_reached:
            return "target reached";
        case StopReason::no_further_progress:
            return "no further progress";
        case StopReason::iteration_limit:
            return "iteration limit";
        case StopReason::time_limit:
            return "time limit";
        case StopReason::stopped_by_caller:
            return "stopped by caller";
        case StopReason::not_finite:
            return "not finite";
    }
    return "";
}

}  // namespace twolayer
