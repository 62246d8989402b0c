// SPDX-License-Identifier: MIT
// fit() that saves its state in a file and can resume from it.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/stopwatch.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/files/bytes/write_file.hpp>
#include <twolayer/files/tensors/checkpoint_file.hpp>
#include <twolayer/files/tensors/model_tensors.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/train/fit.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/fit_state.hpp>

#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace twolayer {

/// Where and how often a fit saves its state.
struct Checkpoints {
    std::filesystem::path path;
    std::optional<Index> every_epochs = {};  ///< in each start; if left out, only the seconds count
    double every_seconds = 60;               ///< since the last one, checked after each epoch
    bool resume = false;                     ///< resumes from the file, which must exist
    std::function<void(const std::string&)> warn = {};  ///< called with the reason if a save fails

    /// Throws std::invalid_argument for a setting out of range.
    void validate() const {
        if (every_epochs.value_or(1) < 1)
            fail("every_epochs is ", *every_epochs, ", it must be at least 1");
        if (is_nan(every_seconds) || !(0 <= every_seconds))
            fail("every_seconds is ", every_seconds, ", it must be at least 0");
    }
};

/// fit() that saves its FitState in a file, so that it can resume even if it is killed at any
/// moment. Network and report are then the same, bit for bit, as those of an uninterrupted fit,
/// except for the seconds. The state is saved as often as `checkpoints` say, before the callback is
/// called, and at the end, whatever the reason for it.
///
/// Throws as fit() and CheckpointFile do, and std::runtime_error if the file cannot be written when
/// the fit begins. If writing fails later, the training continues: the report counts the failures
/// and has a warning with the last reason.
template <SavedNetwork Net, LossOf<Net> Loss, SavedMethod<typename Net::Scalar> Method>
FitReport fit(Net& net, MatrixFor<Net> X, MatrixFor<Net> Y, Loss loss,
              VectorFor<Net> sample_weights, const Method& method, const FitOptions& options,
              const Checkpoints& checkpoints, const ValidationOf<Net>& validation = {}) {
    checkpoints.validate();
    const CheckpointFile<Net, Method> file(checkpoints.path, net, X, Y, loss, sample_weights,
                                           method, options, validation);
    FitState<Net, Method> state;
    if (checkpoints.resume)
        state = file.load();
    check_writable(checkpoints.path);
    Index failures = 0;
    std::string last_failure;
    const auto save = [&] {
#ifdef __cpp_exceptions
        try {
            file.save(state);
        } catch (const std::exception& failure) {
            ++failures;
            last_failure = failure.what();
            if (checkpoints.warn)
                checkpoints.warn(last_failure);
        }
#else
        file.save(state);
#endif
    };
    detail::Stopwatch since_last;
    FitOptions with_checkpoints = options;
    with_checkpoints.callback = [&](const FitProgress& progress) {
        if ((checkpoints.every_epochs && progress.epoch % *checkpoints.every_epochs == 0) ||
            since_last.seconds() >= checkpoints.every_seconds) {
            save();
            since_last = {};
        }
        return !options.callback || options.callback(progress);
    };
    FitReport report =
        fit(net, X, Y, loss, sample_weights, method, with_checkpoints, state, validation);
    save();
    report.failed_checkpoints = failures;
    if (failures > 0)
        report.warnings.push_back(std::to_string(failures) +
                                  (failures == 1 ? " checkpoint was" : " checkpoints were") +
                                  " not written: " + last_failure);
    return report;
}

}  // namespace twolayer
