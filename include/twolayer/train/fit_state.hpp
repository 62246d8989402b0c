// SPDX-License-Identifier: MIT
// The state of a fit between two epochs, from which it can resume.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/train/run/units.hpp>

#include <optional>
#include <random>
#include <vector>

namespace twolayer {

/// The history of one run: its curves, and the best weights it found.
template <Network Net>
struct FitHistory {
    typename Net::Weights best;  ///< with the lowest validation loss, else with the lowest loss
    /// The loss of these weights. After the end of a run without validation data: the loss plus
    /// penalty, or minus the log evidence.
    double best_loss = unbounded;
    Index best_epoch = 0;
    std::vector<double> losses, validation_losses;  ///< as in FitReport
    std::optional<StopReason> stop_reason = {};     ///< none while it can continue
    double weight_decay = 0;                        ///< the last one used in training
    double effective_parameters = 0;                ///< this and the next: as in FitReport
    double log_evidence = -unbounded;

    /// Whether the weights after the last epoch are those that would be returned.
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

/// The training from one start, without the state of the method.
template <Network Net>
struct FitRun {
    typename Net::Weights weights;  ///< after its last epoch
    std::mt19937_64 generator;      ///< of the order of mini-batches
    /// After its last epoch; unbounded if unknown.
    double monitored_loss = unbounded;
    Index evaluations = 0;  ///< of the loss over all samples
    Index products = 0;     ///< of its curvature with a vector
    FitHistory<Net> history;
};

namespace detail {

/// The number of epochs if the options do not say it.
template <typename Method, typename Scalar>
inline constexpr Index default_epochs = GradientMethod<Method, Scalar> ? 100 : 1000;

/// The initial state of a method for `size` weights.
template <typename Scalar, typename Method>
auto new_state(const Method& method, Index size) {
    using State = typename Method::template State<Scalar>;
    if constexpr (GradientMethod<Method, Scalar>)
        return State(size);
    else
        return State(method, size);
}

}  // namespace detail

/// Everything that fit() knows between two epochs. fit() stores it in the state that is passed to
/// it, and resumes from there if the state is passed again. A copy resumes in the same way, bit for
/// bit.
///
/// A new state begins with the network's weights. After that the weights of the network no longer
/// matter: the state has its own and, if it standardizes, they are in the units of the first data.
template <Network Net, typename Method>
struct FitState {
    using Scalar = typename Net::Scalar;

    /// The training from one start.
    struct Run : FitRun<Net> {
        typename Method::template State<Scalar> method;
    };

    std::optional<Run> current = {};           ///< none before the first epoch
    Index start = 0;                           ///< the number of its start
    std::optional<FitHistory<Net>> kept = {};  ///< of the best of the earlier runs
    Index kept_start = 0;
    Index evaluations = 0;  ///< in the earlier runs
    Index products = 0;     ///< in the earlier runs
    double seconds = 0;
    /// The units of all weights, from the first call on; after reading a file, none until the next.
    std::optional<detail::FitUnits<Scalar>> units = {};
};

}  // namespace twolayer
