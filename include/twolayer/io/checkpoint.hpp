// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/core/finite.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>
#include <twolayer/io/checkpoint_file.hpp>
#include <twolayer/io/network_tensors.hpp>
#include <twolayer/train/fit.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/fit_report.hpp>
#include <twolayer/train/fit_state.hpp>
#include <twolayer/train/stopwatch.hpp>

#include <filesystem>
#include <limits>
#include <optional>
#include <utility>

namespace twolayer {

/// Where and how often a fit is to write down how it stands.
struct Checkpoints {
    std::filesystem::path path;
    std::optional<Index> every_epochs = {};  ///< in each start; left out: by the seconds alone
    double every_seconds = 60;               ///< since the last, looked at after each epoch
    bool resume = false;                     ///< goes on from the file, which must be there

    /// Throws std::invalid_argument for a setting out of its range.
    void validate() const {
        if (every_epochs.value_or(1) < 1)
            fail("every_epochs is ", *every_epochs, ", it must be at least 1");
        if (is_nan(every_seconds) || !(0 <= every_seconds))
            fail("every_seconds is ", every_seconds, ", it must be at least 0");
    }
};

/// fit() that keeps its FitState in a file, so that, killed at any moment, it can go on from there:
/// the network and the report then are the same, bit for bit, as those of a fit that was never
/// interrupted, but for the seconds. It is written as `checkpoints` say, before the callback is
/// told, and at the end, however that came about.
///
/// Throws as fit() and CheckpointFile do: to go on, data, network, loss, method and options must be
/// the same, but for threads, seconds, callback and stop.
template <SavedNetwork Net, LossFor<typename Net::Output, typename Net::Scalar> Loss,
          SavedMethod<typename Net::Scalar> Method>
FitReport fit(Net& net, const MatrixArg<typename Net::Scalar>& X,
              const MatrixArg<typename Net::Scalar>& Y, Loss loss,
              const VectorArg<typename Net::Scalar>& sample_weights, const Method& method,
              const FitOptions& options, const Checkpoints& checkpoints,
              const Validation<typename Net::Scalar>& validation = {}) {
    checkpoints.validate();
    const CheckpointFile<Net, Method> file(checkpoints.path, net, X, Y, loss, sample_weights,
                                           method, options, validation);
    FitState<Net, Method> state;
    if (checkpoints.resume)
        state = file.load();
    std::optional<detail::Stopwatch> since_last(std::in_place);
    FitOptions with_checkpoints = options;
    with_checkpoints.callback = [&](const FitProgress& progress) {
        if ((checkpoints.every_epochs && progress.epoch % *checkpoints.every_epochs == 0) ||
            since_last->seconds() >= checkpoints.every_seconds) {
            file.save(state);
            since_last.emplace();
        }
        return !options.callback || options.callback(progress);
    };
    FitReport report =
        fit(net, X, Y, loss, sample_weights, method, with_checkpoints, state, validation);
    file.save(state);
    return report;
}

}  // namespace twolayer
