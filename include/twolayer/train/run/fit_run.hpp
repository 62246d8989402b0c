// SPDX-License-Identifier: MIT
// Runs the starts of one fit, in parallel if that pays, and keeps the best.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/stopwatch.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/kernels/parallel.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/network/tile_sum.hpp>
#include <twolayer/optim/stop_reason.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/fit_report.hpp>
#include <twolayer/train/fit_state.hpp>
#include <twolayer/train/run/diagnose.hpp>
#include <twolayer/train/run/interruption.hpp>
#include <twolayer/train/run/loss_functions.hpp>
#include <twolayer/train/run/start_comparison.hpp>
#include <twolayer/train/run/start_trainer.hpp>
#include <twolayer/train/run/training_data.hpp>

#include <algorithm>
#include <atomic>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace twolayer::detail {

/// One fit: its starts, one after the other or in parallel, and the best of them.
template <Network Net, typename Method>
class FitRun {
    using Scalar = typename Net::Scalar;
    using State = FitState<Net, Method>;
    using Start = typename State::Start;
    using Trainer = StartTrainer<Net, Method>;
    using Ended = EndedStart<Net, Method>;

public:
    FitRun(Net& net, const LossFunctions<Net>& functions, const TrainingData<Scalar>& data,
           const Method& method, const FitOptions& options, State& state)
        : net_(net),
          functions_(functions),
          data_(data),
          method_(method),
          options_(options),
          state_(state),
          starts_((std::max)(options.starts.value_or(1), state.start + 1)),
          at_once_(starts_at_once()),
          trainers_(std::size_t(at_once_)),
          seconds_before_(state.seconds),
          given_(net.weights()) {
        trainer(0);
    }

    FitReport operator()() {
        if (!state_.current)
            state_.current = trainer(0).begin(state_.start, net_.weights());
        for (;;) {
            for (std::optional<Ended>& ended : train_round()) {
                if (ended->start)
                    state_.current = std::move(ended->start);
                if (ends_the_fit(ended->reason) || state_.start + 1 == starts_)
                    return report(std::move(*ended));
                keep_start(state_, std::move(*ended));
            }
            state_.current = trainer(0).begin(state_.start, net_.weights());
        }
    }

private:
    /// How many starts run in parallel: as many as threads if at least as many remain as there are
    /// parts in a gradient; otherwise one, and all threads share each gradient. With a callback or
    /// a time limit, starts run one after the other.
    Index starts_at_once() const {
        if (!kernels::parallel || options_.callback || limited())
            return 1;
        const Index size = net_.weights().size();
        Index most = std::min<Index>(options_.threads, starts_ - state_.start);
        if constexpr (requires { method_.template states_within_limit<Scalar>(size); })
            most = (std::min)(most, method_.template states_within_limit<Scalar>(size));
        if (most == 1)
            return 1;
        const Index samples = (std::min)(options_.batch_size, data_.training().X.rows);
        const Index parts = Workspace<Net>::for_one_call(net_.shape(), samples).parts_of(samples);
        return most < std::min<Index>(options_.threads, parts) ? 1 : most;
    }

    /// Created by the thread that uses it.
    Trainer& trainer(int thread) {
        auto& trainer = trainers_[std::size_t(thread)];
        if (!trainer)
            trainer.emplace(net_, functions_, data_, method_, options_,
                            at_once_ > 1 ? 1 : options_.threads);
        return *trainer;
    }

    /// Trains the current start and, in parallel, some of the following ones. Entries after the
    /// start that ended the fit are empty.
    std::vector<std::optional<Ended>> train_round() {
        // More starts than threads, so that no thread idles; not all of them, to bound the memory
        // for their histories.
        const Index most = at_once_ == 1 ? 1 : 4 * at_once_;
        std::vector<std::optional<Ended>> round(
            std::size_t((std::min)(most, starts_ - state_.start)));
        last_ = (std::numeric_limits<Index>::max)();
        kernels::for_each_part(std::ssize(round), int(at_once_), [&](Index i, int thread) {
            const Index number = state_.start + i;
            if (number > last_)
                return;
            auto& ended = round[std::size_t(i)];
            if (i == 0) {
                ended = train(trainer(thread), number, *state_.current);
                return;
            }
            Start start = trainer(thread).begin(number, net_.weights());
            ended = train(trainer(thread), number, start);
            if (ends_the_fit(ended->reason) || number + 1 == starts_)
                ended->start = std::move(start);
        });
        return round;
    }

    Ended train(Trainer& trainer, Index number, Start& start) {
        const EveryEighth looks_at_clock;
        const Interruption watch([&](bool slow) {
            return reason_to_stop(number, [&] { return slow || looks_at_clock(); });
        });
        const auto after_epoch = [&](const Start& at) { return after(at, number); };
        const bool never = at_once_ == 1 && !options_.stop.stop_possible() && !limited();
        const StopReason reason = trainer.train(start, never ? nullptr : &watch, after_epoch);
        if (ends_the_fit(reason))
            for (Index last = last_; number < last && !last_.compare_exchange_weak(last, number);) {
            }
        const Hurry hurry;
        return {reason, trainer.ended_history(start, hurry.watch(urgent(reason))),
                start.evaluations, start.products};
    }

    /// After an epoch of a start: a reason to stop, if any.
    std::optional<StopReason> after(const Start& start, Index number) {
        if (options_.callback && !told(start))
            return StopReason::stopped_by_caller;
        return reason_to_stop(number, [] { return true; });
    }

    /// A reason to stop a start, if any; `looks_at_clock` returns whether to check the time now.
    template <typename LooksAtClock>
    std::optional<StopReason> reason_to_stop(Index number, LooksAtClock looks_at_clock) const {
        if (options_.stop.stop_requested() || last_ < number)
            return StopReason::stopped_by_caller;
        if (limited() && looks_at_clock() && watch_.seconds() >= options_.time_limit)
            return StopReason::time_limit;
        return std::nullopt;
    }

    bool limited() const { return options_.time_limit < unbounded; }

    /// Whether the caller is waiting for the end.
    bool urgent(StopReason reason) const {
        return reason == StopReason::time_limit || options_.stop.stop_requested();
    }

    /// Calls the callback and returns its answer.
    bool told(const Start& start) {
        const auto& history = start.history;
        net_.weights() = data_.units().to_caller(start.weights);
        state_.seconds = seconds();
        return options_.callback({.epoch = Index(history.losses.size()),
                                  .loss = history.losses.back(),
                                  .validation_loss = data_.validated()
                                                         ? history.validation_losses.back()
                                                         : std::numeric_limits<double>::quiet_NaN(),
                                  .start = state_.start});
    }

    /// Gives the network the best weights of all starts, and reports how they were found.
    FitReport report(Ended&& last) {
        FitReport report;
        Net trained = net_;
        trained.weights() = choose_start(state_, std::move(last), report);
        report.method = Method::name;
        report.loss = functions_.name;
        auto& objective = trainer(0).objective();
        objective.set_weight_decay(report.weight_decay);
        const Hurry hurry;
        trainer(0).watched(hurry.watch(urgent(report.stop_reason)),
                           [&] { diagnose(objective, trained, report); });
        net_.weights() = data_.units().to_caller(trained.weights(), given_);
        report.seconds = state_.seconds = seconds();
        return report;
    }

    double seconds() const { return seconds_before_ + watch_.seconds(); }

    Net& net_;
    const LossFunctions<Net>& functions_;
    const TrainingData<Scalar>& data_;
    const Method& method_;
    const FitOptions& options_;
    State& state_;
    Index starts_;   ///< in total
    Index at_once_;  ///< how many of them run in parallel
    std::vector<std::optional<Trainer>> trainers_;
    std::atomic<Index> last_{0};  ///< the first start of the round that has ended the fit
    double seconds_before_;
    typename Net::Weights given_;
    Stopwatch watch_;
};

}  // namespace twolayer::detail
