// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/files/checkpoint.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/refusal.hpp"
#include "train/every_method.hpp"

namespace twolayer::test {

/// A fit of two starts that is stopped in the second, and its checkpoint file.
template <typename Method>
struct Stopped {
    Task p;
    std::vector<double> w = std::vector<double>(23, 1.5);
    Method method = {};
    FitOptions options{.epochs = 6, .weight_decay = 1e-3, .validation_fraction = 0.3, .starts = 2};
    FitState<Task::Net, Method> state;

    Stopped() {
        FitOptions stopping = options;
        stopping.callback = [](const FitProgress& progress) {
            return progress.start == 0 || progress.epoch < 4;
        };
        fit(p.net, p.X, p.Y, SquaredError{}, w, method, stopping, state);
        REQUIRE(state.kept);
    }

    CheckpointFile<Task::Net, Method> file() const {
        return {"f", p.net, p.X, p.Y, SquaredError{}, w, method, options};
    }

    std::string bytes() const { return file().bytes(state); }

    /// The error message for these bytes.
    std::string refusal_of(const std::string& bytes) const {
        return refusal([&] { file().from_bytes(bytes); });
    }

    /// The changed file with a valid checksum.
    template <typename Change>
    std::string changed(Change change) const {
        detail::TensorFile tensors = detail::parse_tensor_file(bytes());
        change(tensors);
        tensors.seal();
        return detail::tensor_file_bytes(tensors);
    }

    /// The error message for writing a state that change(state) has corrupted.
    template <typename Change>
    std::string refusal_of_state(Change change) const {
        Stopped other = *this;
        change(other.state);
        return refusal<std::invalid_argument>([&] { other.bytes(); });
    }

    /// The file with one integer replaced by `number`.
    std::string with_number(const std::string& name, std::int64_t number) const {
        return changed([&](detail::TensorFile& file) {
            file.numbers<std::int64_t>(name, {});  // throws if there is no such integer
            file.add<std::int64_t>(name, {}, std::vector{number});
        });
    }
};

}  // namespace twolayer::test
