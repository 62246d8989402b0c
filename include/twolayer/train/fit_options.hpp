// SPDX-License-Identifier: MIT
// The options of fit(), what its callback receives, and its report.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/standard_library.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/optim/minimizer.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace twolayer {

/// The batch that holds all samples.
inline constexpr Index full_batch = (std::numeric_limits<Index>::max)();

/// The argument of the callback after each epoch. The network then holds the weights after it.
struct FitProgress {
    Index epoch;             ///< 1, 2, ... of this start
    double loss;             ///< as in FitReport::losses
    double validation_loss;  ///< NaN without validation data
    Index start;             ///< 0, 1, ...: the number of the start
};

/// How long to train and on what; every option may be left out.
struct FitOptions {
    /// Passes over the training samples, or iterations, in all: a fit that resumes from a FitState
    /// counts those already done. If left out: 100 for methods that follow the gradient, 1000 for
    /// methods that minimize over all samples.
    std::optional<Index> epochs = {};
    /// Stops if the training loss, without weight decay, is this low at the weights that would be
    /// returned: with validation data, after an epoch with the lowest validation loss so far. With
    /// mini-batches it is computed only once the mean over an epoch is this low.
    double loss_goal = -unbounded;
    /// Time limit of the call in seconds of wall-clock time. Like a stop request, it takes effect
    /// within an epoch, between two tiles of a sum. The unfinished epoch is discarded, and the
    /// report takes at most half a second. Without exceptions, both take effect after an epoch.
    double time_limit = unbounded;
    Index batch_size = full_batch;  ///< samples per step
    std::uint64_t seed = 1;         ///< of mini-batches, of the split and of further starts
    /// Maximum number of threads; the result does not depend on it. Starts are trained in parallel
    /// if a gradient alone would not keep the threads busy, but one after the other with a callback
    /// or a time limit. If a stop is requested while several starts run, only the earliest counts.
    int threads = 1;
    /// Minimizes L + weight_decay/2 (|W1|^2 + |W2|^2); the biases do not decay.
    double weight_decay = 0;
    /// Standardizes X, and Y for an Identity, as their rows enter a tile: to mean zero and
    /// deviation one over the training samples or, without biases, to root mean square one. First
    /// weights and weight decay are in these units. The scalings are folded into the weights at the
    /// end and before each callback, so the network takes and predicts numbers in the caller's
    /// units. Losses are in the caller's units, too. If fit() chooses the method, it always
    /// standardizes.
    bool standardize = false;
    /// Lowers the learning rate from epoch to epoch along half a cosine, from the method's rate
    /// towards zero: Loshchilov and Hutter 2017, "SGDR: Stochastic gradient descent with warm
    /// restarts", equation 5. Rejected for a method, given or chosen, without a rate; a chosen Adam
    /// always anneals.
    bool anneal = false;
    /// The sample weight of each class, a factor on the given sample weights: K of them, or
    /// two for K = 1. The class of a row of Y is its largest entry; for K = 1, whether it is above
    /// 1/2.
    std::vector<double> class_weights = {};
    bool balanced = false;           ///< class weights that give every class the same total weight
    double validation_fraction = 0;  ///< of the samples, drawn by the seed and not trained on
    /// With validation data: stops after this many epochs without a lower validation loss.
    Index patience = 20;
    /// The number of starts: first the present weights, then weights drawn by the seed. The start
    /// that ends with the lowest validation loss is kept; without validation data, the one with the
    /// lowest loss and penalty; for BayesianRegularization, whose starts have different penalties,
    /// the one with the highest evidence. If left out: 1, or, if the method is chosen and there is
    /// a loss goal, as many as it needs, at most 20.
    std::optional<Index> starts = {};
    std::function<bool(const FitProgress&)> callback = {};  ///< after each epoch; false stops
    detail::StopToken stop = {};                            ///< ends the fit as `time_limit` does

    /// Calls visit(name, value) for each option that affects the result of an uninterrupted fit:
    /// all but threads, time_limit, callback and stop.
    template <typename Visit>
    void for_each_option(Visit visit) const {
        visit("epochs", epochs);
        visit("loss_goal", loss_goal);
        visit("batch_size", batch_size);
        visit("seed", seed);
        visit("weight_decay", weight_decay);
        visit("standardize", standardize);
        visit("anneal", anneal);
        visit("class_weights", class_weights);
        visit("balanced", balanced);
        visit("validation_fraction", validation_fraction);
        visit("patience", patience);
        visit("starts", starts);
    }

    /// Throws std::invalid_argument for an option out of range.
    void validate() const {
        const auto at_least_one = [](const char* name, Index value) {
            if (value < 1)
                fail(name, " is ", value, ", it must be at least 1");
        };
        at_least_one("epochs", epochs.value_or(1));
        at_least_one("batch_size", batch_size);
        at_least_one("threads", threads);
        at_least_one("patience", patience);
        at_least_one("starts", starts.value_or(1));
        if (is_nan(loss_goal))
            fail("loss_goal is ", loss_goal, ", it must be a number");
        if (is_nan(time_limit) || !(0 < time_limit))
            fail("time_limit is ", time_limit, ", it must be positive, in seconds");
        if (!(is_finite(weight_decay) && 0 <= weight_decay))
            fail("weight_decay is ", weight_decay, ", it must be finite and at least 0");
        if (!(is_finite(validation_fraction) && 0 <= validation_fraction &&
              validation_fraction < 1))
            fail("validation_fraction is ", validation_fraction,
                 ", it must be at least 0 and below 1");
        if (balanced && !class_weights.empty())
            fail("class_weights are given and balanced is set: give only one of them");
        for (std::size_t k = 0; k < class_weights.size(); ++k)
            if (!(is_finite(class_weights[k]) && 0 <= class_weights[k]))
                fail("class_weights[", k, "] is ", class_weights[k],
                     ", it must be finite and at least 0");
    }
};

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
