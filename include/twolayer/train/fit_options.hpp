// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/optim/stop_reason.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>
#include <vector>

namespace twolayer {

/// The batch that holds all samples.
inline constexpr Index full_batch = std::numeric_limits<Index>::max();

/// What a callback is told after each epoch; the network then holds the weights of its end.
struct FitProgress {
    Index epoch;  ///< 1, 2, ...
    double loss;  ///< as FitReport::losses has it
};

struct FitOptions {
    Index epochs = 100;        ///< passes over the training data, or iterations
    Index batch = full_batch;  ///< samples in a step
    std::uint64_t seed = 1;    ///< of the order in which mini-batches are drawn
    double decay = 0;          ///< minimizes L + decay/2 (|W1|^2 + |W2|^2); the biases are free
    /// Lowers the rate from epoch to epoch along half a cosine, from the method's rate towards
    /// zero: Loshchilov and Hutter 2017, "SGDR: Stochastic gradient descent with warm restarts",
    /// equation 5.
    bool anneal = false;
    std::function<bool(const FitProgress&)> callback = {};  ///< after each epoch; false stops

    /// Throws std::invalid_argument for an option out of its range.
    void check() const {
        if (epochs < 1)
            fail("epochs is ", epochs, ", it must be at least 1");
        if (batch < 1)
            fail("batch is ", batch, ", it must be at least 1");
        if (!(0 <= decay && decay < std::numeric_limits<double>::infinity()))
            fail("decay is ", decay, ", it must be finite and at least 0");
    }
};

/// What a fit did.
struct FitReport {
    std::string_view method;
    StopReason stop_reason = StopReason::iteration_limit;
    Index epochs = 0;    ///< those that were finished
    double seconds = 0;  ///< of wall-clock time
    /// The loss, without decay, of each epoch: the mean over its samples, each as met before its
    /// step; for a method that minimizes over all samples, the loss after the iteration.
    std::vector<double> losses;
};

}  // namespace twolayer
