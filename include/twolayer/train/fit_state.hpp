// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/finite.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/optim/stop_reason.hpp>
#include <twolayer/train/fit_units.hpp>

#include <optional>
#include <random>
#include <vector>

namespace twolayer {

/// How one start went: its curves, and the best weights it met.
template <Network Net>
struct FitHistory {
    typename Net::Weights best;  ///< of the lowest validation loss, else of the lowest loss met
    /// Of these weights; where the start has ended without validation data with its penalty, or
    /// minus the log evidence.
    double best_loss = unbounded;
    Index best_epoch = 0;
    std::vector<double> losses, validation_losses;  ///< as FitReport has them
    std::optional<StopReason> stop_reason = {};     ///< none while it can go on
    double weight_decay = 0;                        ///< by which it was trained at last
    double effective_parameters = 0;                ///< as FitReport has it and the next
    double log_evidence = -unbounded;

    /// Whether the weights after the last epoch are those that would be given back.
    bool last_is_best() const {
        return validation_losses.empty() || best_epoch == std::ssize(losses);
    }

    void offer(const typename Net::Weights& weights, double loss, Index epoch) {
        if (!(is_finite(loss) && loss < best_loss))
            return;
        best = weights;
        best_loss = loss;
        best_epoch = epoch;
    }
};

/// All that fit() knows between two epochs. One that is handed to fit() is written there, and goes
/// on where it stands when it is handed over again; a copy goes on in the same way, bit for bit.
///
/// One that is new begins with the network's weights. After that the weights of the network no
/// longer matter: the state has its own, and if it standardizes, in the units of the first data.
template <Network Net, typename Method>
struct FitState {
    using Scalar = typename Net::Scalar;

    /// The start that is being trained.
    struct Start {
        typename Net::Weights weights;                   ///< after its last epoch
        typename Method::template State<Scalar> method;  ///< what the method remembers
        std::mt19937_64 generator;                       ///< of the order of mini-batches
        /// After its last epoch; unbounded if it is not known.
        double monitored_loss = unbounded;
        Index evaluations = 0;  ///< of the loss over all samples
        Index products = 0;     ///< of its curvature and a vector
        FitHistory<Net> history;
    };

    std::optional<Start> current = {};         ///< none before the first epoch
    Index start = 0;                           ///< its number
    std::optional<FitHistory<Net>> kept = {};  ///< the best of the starts before
    Index kept_start = 0;
    Index evaluations = 0;  ///< in the starts before
    Index products = 0;     ///< in the starts before
    double seconds = 0;
    /// In which all weights are, from the first call on; read from a file, none until the next.
    std::optional<detail::FitUnits<Scalar>> units = {};
};

}  // namespace twolayer
