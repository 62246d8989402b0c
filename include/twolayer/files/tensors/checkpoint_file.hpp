// SPDX-License-Identifier: MIT
// Saves the state of a fit to a file, and loads it for the same fit only.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/version.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/files/bytes/read_file.hpp>
#include <twolayer/files/bytes/write_file.hpp>
#include <twolayer/files/tensors/checkpoint_parts.hpp>
#include <twolayer/files/tensors/model_tensors.hpp>
#include <twolayer/files/tensors/tensor_file.hpp>
#include <twolayer/files/tensors/tensors.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/train/fit.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/fit_state.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace twolayer {

/// A method whose state a file can hold.
template <typename Method, typename Scalar>
concept SavedMethod = TrainingMethod<Method, Scalar> && requires(const Method& method) {
    method.for_each_setting([](std::string_view, const auto&) {});
};

/// The file that keeps the FitState of one fit, bit for bit, with a fingerprint of everything that
/// its result depends on: the version of the library, network, loss, method, options and data. It
/// is a safetensors file with a checksum.
template <SavedNetwork Net, SavedMethod<typename Net::Scalar> Method>
class CheckpointFile {
    using Scalar = typename Net::Scalar;
    using State = FitState<Net, Method>;

public:
    /// Takes the arguments of fit(). Reads all of the data once, and keeps no reference to it.
    template <LossOf<Net> Loss>
    CheckpointFile(std::filesystem::path path, const Net& net, const MatrixArg<Scalar>& X,
                   const MatrixArg<Scalar>& Y, Loss, const VectorArg<Scalar>& sample_weights,
                   const Method& method, const FitOptions& options,
                   const Validation<Scalar>& validation = {})
        : path_(std::move(path)),
          shape_(net.shape()),
          method_(method),
          options_(options),
          validated_(options.validation_fraction > 0 || validation.X.rows > 0),
          fingerprint_(detail::fit_fingerprint<Net, Loss>(shape_, {X, Y, sample_weights}, method,
                                                          options, validation)) {}

    /// Writes a state of the fit, by write_atomically(). Throws std::invalid_argument for a state
    /// that has not begun or has a different shape, and std::runtime_error if the file cannot be
    /// written.
    void save(const State& state) const { write_atomically(path_, bytes(state)); }

    /// Reads what save() wrote. Nothing in the file is trusted, and apart from the fit itself,
    /// memory grows in proportion to the size of the file. Throws std::runtime_error with path and
    /// reason if the file cannot be read, is not a checkpoint, is damaged, was written by a
    /// different version of the library, or belongs to a different fit; the message says what
    /// differs.
    ///
    /// Threads, seconds, callback and stop may differ. Epochs may differ if an uninterrupted fit
    /// with that many would have reached the same state: not with anneal, not after the first of
    /// several starts, and not below the number of epochs done.
    State load() const { return from_bytes(detail::read_file(path_)); }

    /// What save() writes.
    std::string bytes(const State& state) const {
        if (!state.current)
            fail("the fit has not begun, there is nothing to save");
        detail::check_same("state", state.current->weights.shape(), shape_);
        validate(state);
        detail::TensorFile file;
        detail::StateArchive archive(file);
        serialize(archive, state);
        file.metadata.emplace(version_key, library_version());
        for (const auto& [name, text] : fingerprint_) file.metadata.emplace(name, text);
        file.seal();
        return detail::tensor_file_bytes(file);
    }

    /// The state in what save() wrote.
    State from_bytes(std::string bytes) const {
        const std::string source = path_.string();
        return detail::made_from(source, [&] {
            const auto file = detail::parse_tensor_file(std::move(bytes));
            check_metadata(file);
            State state;
            detail::StateArchive archive(file);
            serialize(archive, state);
            archive.end();
            validate(state);
            check_epochs(file.text(epochs_key), state);
            return state;
        });
    }

private:
    /// In files of version 0.1.0 its text is 1.
    static constexpr std::string_view version_key = "twolayer_checkpoint";
    static constexpr std::string_view epochs_key = "epochs";  ///< of the fingerprint

    void check_metadata(const detail::TensorFile& file) const {
        using detail::in_quotes;
        std::string version = file.text(version_key);
        if (version == "1")
            version = "0.1.0";
        if (version != library_version())
            fail("it was written by version ", in_quotes(version),
                 " of twolayer, only the same version can resume it. This is version ",
                 in_quotes(library_version()), ": use the other one, or start the training again");
        file.check_seal();
        for (const auto& [name, text] : fingerprint_)
            if (const std::string found = file.text(name); found != text && name != epochs_key)
                fail("it is the checkpoint of another fit: its ", name, " is ", in_quotes(found),
                     ", here it is ", in_quotes(text));
        if (file.metadata.size() != fingerprint_.size() + 2)
            fail("it has metadata that no checkpoint of this fit has");
    }

    /// Throws std::invalid_argument if a fit of this many epochs, rather than `found`, would not
    /// have reached this state.
    void check_epochs(const std::string& found, const State& state) const {
        const std::string wanted = detail::exact_text(options_.epochs);
        const Index done = std::ssize(state.current->history.losses);
        if (found == wanted)
            return;
        const auto refuse = [&](std::string_view how, auto... why) {
            fail("its epochs is ", detail::in_quotes(found), ", here it is ",
                 detail::in_quotes(wanted), ", but ", why...,
                 ": resume with the same number, or start anew", how);
        };
        if (options_.anneal)
            refuse(", with --method lbfgs (without anneal in C++) if more epochs may follow",
                   "the rate of each epoch depends on the number of epochs (anneal)");
        if (state.start > 0)
            refuse("", state.start, " of its starts ended after their epochs");
        if (done > options_.epochs.value_or(detail::default_epochs<Method, Scalar>))
            refuse("", done, " epochs are done already");
    }

    /// Writes a state to an archive, or reads it from one.
    template <typename Archive, typename SomeState>
    void serialize(Archive& archive, SomeState& state) const {
        archive("start", state.start);
        archive("kept_start", state.kept_start);
        archive("evaluations", state.evaluations);
        archive("products", state.products);
        archive("seconds", state.seconds);
        if constexpr (!std::is_const_v<SomeState>) {
            const FitHistory<Net> none{
                .best = typename Net::Weights(shape_), .losses = {}, .validation_losses = {}};
            state.current =
                typename State::Run{{.weights = none.best, .generator = {}, .history = none},
                                    detail::new_state<Scalar>(method_, shape_.size())};
            if (state.start > 0)
                state.kept = none;
        }
        archive.within("current", [&] {
            auto& current = *state.current;
            archive("theta", current.weights.theta());
            archive("method", current.method);
            archive("generator", current.generator);
            archive("monitored_loss", current.monitored_loss);
            archive("evaluations", current.evaluations);
            archive("products", current.products);
            archive.within("history", [&] { serialize_history(archive, current.history); });
        });
        if (state.kept)
            archive.within("kept", [&] { serialize_history(archive, *state.kept); });
    }

    template <typename Archive, typename History>
    static void serialize_history(Archive& archive, History& history) {
        archive("best.theta", history.best.theta());
        archive("best_loss", history.best_loss);
        archive("best_epoch", history.best_epoch);
        archive("losses", history.losses);
        archive("validation_losses", history.validation_losses);
        archive("stop_reason", history.stop_reason);
        archive("weight_decay", history.weight_decay);
        archive("effective_parameters", history.effective_parameters);
        archive("log_evidence", history.log_evidence);
    }

    /// Throws std::invalid_argument if parts of a state do not match each other or the fit.
    void validate(const State& state) const {
        if (const Index starts = options_.starts.value_or(1); state.start >= starts)
            fail("it is at start ", state.start, " of ", starts, ", counted from 0");
        if (state.kept ? state.kept_start >= state.start : state.start > 0)
            fail("start ", state.kept_start, " cannot be kept at start ", state.start);
        if (!(is_finite(state.seconds) && 0 <= state.seconds))
            fail("it has taken ", state.seconds, " seconds");
        check_history(state.current->history);
        if (state.kept)
            check_history(*state.kept);
    }

    void check_history(const FitHistory<Net>& history) const {
        const Index epochs = std::ssize(history.losses), validated = validated_ ? epochs : 0;
        // The validation of the last epoch may have been interrupted.
        const Index missing = validated - std::ssize(history.validation_losses);
        if (history.best_epoch > epochs || missing < 0 || missing > std::min<Index>(validated, 1))
            fail("of ", epochs, " epochs it has ", history.validation_losses.size(),
                 " validation losses, and epoch ", history.best_epoch, " as the best");
    }

    std::filesystem::path path_;
    Shape shape_;
    Method method_;
    FitOptions options_;
    bool validated_;
    detail::FitFingerprint fingerprint_;
};

}  // namespace twolayer
