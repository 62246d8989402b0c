// SPDX-License-Identifier: MIT
// The report of a fit: its losses, why it stopped, and what to look at.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/optim/minimizer.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace twolayer {

/// What a fit did. With several starts, the curves and the weights are those of the start that was
/// kept.
struct FitReport {
    std::string_view method;
    std::string_view loss;  ///< the one that was minimized
    std::string choice;     ///< why this method and loss; empty if both were given
    StopReason stop_reason = StopReason::iteration_limit;
    Index epochs = 0;      ///< finished epochs
    Index best_epoch = 0;  ///< the epoch of the network's weights; 0: the initial ones
    /// The loss of each epoch, without weight decay: the mean over its samples, each computed
    /// before its step; for a method that minimizes over all samples, the loss after the iteration.
    std::vector<double> losses;
    std::vector<double> validation_losses;  ///< after each epoch; none without validation data
    /// On the training samples, at the weights that were kept. After a stop request or the time
    /// limit, this and gradient_norm are NaN if half a second is too short to compute them.
    double final_loss = 0;
    double gradient_norm = 0;  ///< largest absolute entry of the gradient of loss and penalty there
    double largest_weight = 0;           ///< its absolute value
    std::vector<Index> saturated_units;  ///< hidden units with |Z - 1/2| > 0.49 on every sample
    std::vector<Index> dead_units;       ///< others whose Z deviates by less than 1e-3
    Index evaluations = 0;               ///< of the loss over all samples, in all starts
    Index products = 0;                  ///< of its curvature with a vector, in all starts
    Index starts = 1;                    ///< the number of starts made
    Index best_start = 0;                ///< the start that was kept; 0: the network's own weights
    double weight_decay = 0;             ///< as given, or as BayesianRegularization chose it
    Index decayed_weights = 0;           ///< P_decayed, the entries of W1 and W2
    double effective_parameters = 0;     ///< gamma of BayesianRegularization
    /// The log evidence (base e) at the end of BayesianRegularization, -unbounded for other
    /// methods.
    double log_evidence = -unbounded;
    std::vector<std::string> warnings;  ///< sentences for the reader of the report
    Index failed_checkpoints = 0;       ///< that could not be written
    double seconds = 0;                 ///< wall-clock time, including that of a FitState
};

}  // namespace twolayer
