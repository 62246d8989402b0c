// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/finite.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/core/samples.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/train/diagnose.hpp>
#include <twolayer/train/first_weights.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/fit_report.hpp>
#include <twolayer/train/fit_state.hpp>
#include <twolayer/train/minimizer_trainer.hpp>
#include <twolayer/train/network_objective.hpp>
#include <twolayer/train/stopwatch.hpp>
#include <twolayer/train/training_data.hpp>

#include <limits>
#include <random>
#include <utility>

namespace twolayer::detail {

/// One fit: starts one after the other, each an epoch at a time, and what is kept of them. Loss is
/// what is minimized, Target what target_loss is about.
template <typename Loss, typename Target, Network Net, typename Method>
class FitRun {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;
    using Objective = NetworkObjective<Loss, Target, Net>;
    using Trainer = typename TrainerOf<Objective, Net, Method>::type;
    using State = FitState<Net, Method>;

public:
    FitRun(Net& net, const TrainingData<Scalar>& data, const Method& method,
           const FitOptions& options, State& state)
        : net_(net),
          data_(data),
          method_(method),
          options_(options),
          state_(state),
          objective_(net, data.training(), options.decay, options.threads),
          trainer_(objective_, method, options, !data.validated()),
          seconds_before_(state.seconds) {
        if (data.validated())
            validation_total_ = total_weight(data.validation().X.rows, data.validation().weights);
    }

    FitReport operator()() {
        if (!state_.current)
            begin_start();
        for (;;) {
            const StopReason reason = finish_start();
            const bool last = reason == StopReason::target_reached || interrupts(reason) ||
                              state_.start + 1 >= options_.restarts.value_or(1);
            if (last)
                return report(reason);
            keep_start();
            ++state_.start;
            begin_start();
        }
    }

private:
    static bool interrupts(StopReason reason) {
        return reason == StopReason::stopped_by_caller || reason == StopReason::time_limit;
    }

    /// Start 0 takes the network's weights, if they are not all zero; the others draw their own.
    void begin_start() {
        // Every start has a generator of its own, so they may run in any order.
        std::seed_seq seeds{std::uint32_t(options_.seed), std::uint32_t(options_.seed >> 32),
                            std::uint32_t(state_.start)};
        std::mt19937_64 generator(seeds);
        Weights weights = net_.weights();
        if (state_.start > 0 || weights.theta().isZero(Scalar(0)))
            draw_first_weights(weights, generator);
        state_.current.emplace(typename State::Start{
            .weights = weights,
            .method = Trainer::new_state(method_, weights.size()),
            .generator = generator,
            .course = {
                .best = weights, .losses = {}, .validation_losses = {}, .decay = options_.decay}});
        if (data_.validated())
            state_.current->course.offer(weights, validation_loss(), 0);
    }

    /// Epochs until there is a reason to stop.
    StopReason finish_start() {
        auto& start = *state_.current;
        auto& course = start.course;
        const Index epochs = options_.epochs.value_or(Trainer::default_epochs);
        for (;;) {
            if (course.stop_reason)
                return *course.stop_reason;
            if (start.target_loss <= options_.target_loss && course.last_is_best())
                return StopReason::target_reached;
            if (std::ssize(course.losses) >= epochs)
                return StopReason::iteration_limit;
            double loss = 0;
            const auto reason = trainer_.epoch(start, loss);
            course.decay = objective_.decay();
            if (reason) {
                if (*reason != StopReason::target_reached)
                    course.stop_reason = reason;
                continue;
            }
            course.losses.push_back(loss);
            const Index epoch = std::ssize(course.losses);
            double validation = std::numeric_limits<double>::quiet_NaN();
            if (options_.callback)
                net_.weights() = start.weights;
            if (data_.validated()) {
                validation = validation_loss();
                course.validation_losses.push_back(validation);
                course.offer(start.weights, validation, epoch);
                if (epoch - course.best_epoch >= options_.patience)
                    course.stop_reason = StopReason::no_further_progress;
            }
            update_seconds();
            if ((options_.callback && !options_.callback({.epoch = epoch,
                                                          .loss = loss,
                                                          .validation_loss = validation,
                                                          .start = state_.start})) ||
                options_.stop.stop_requested())
                return StopReason::stopped_by_caller;
            if (state_.seconds - seconds_before_ >= options_.seconds)
                return StopReason::time_limit;
        }
    }

    double validation_loss() {
        net_.weights() = state_.current->weights;
        return double(
            mean_loss<Loss>(net_, data_.validation(), validation_total_, objective_.workspace()));
    }

    /// The course of the start that has ended, `best` being the weights it is to be kept for, and
    /// `best_loss` by what starts are compared: without validation data the last weights and their
    /// loss and penalty, unless these, which nobody may have seen yet, are not finite, or minus
    /// their evidence.
    FitCourse<Net> ended_course() {
        const auto& start = *state_.current;
        FitCourse<Net> course = start.course;
        if (!data_.validated()) {
            const double last = course.stop_reason == StopReason::not_finite
                                    ? std::numeric_limits<double>::infinity()
                                    : loss_at(start.weights, course.decay);
            if (is_finite(last)) {
                course.best = start.weights;
                course.best_epoch = std::ssize(course.losses);
                course.best_loss = last;
            } else {
                course.stop_reason = StopReason::not_finite;
                course.best_loss = loss_at(course.best, course.decay);
            }
        }
        if constexpr (requires { start.method.effective_parameters(); })
            add_evidence(course);
        return course;
    }

    /// What a method that estimates it says of the evidence where its start has ended.
    void add_evidence(FitCourse<Net>& course) {
        auto& start = *state_.current;
        const auto theta = start.weights.theta();
        course.effective_parameters = start.method.effective_parameters();
        if (course.stop_reason != StopReason::not_finite)
            course.log_evidence =
                start.method.log_evidence(objective_, {theta.data(), theta.size()});
        if (!data_.validated())
            course.best_loss = -course.log_evidence;
    }

    /// The loss and its penalty, infinite where it is not finite.
    double loss_at(const Weights& weights, double decay) {
        objective_.set_decay(decay);
        const auto theta = weights.theta();
        const auto value = double(objective_({theta.data(), theta.size()}));
        return is_finite(value) ? value : std::numeric_limits<double>::infinity();
    }

    bool beats_kept(const FitCourse<Net>& course) const {
        return !state_.kept || course.best_loss < state_.kept->best_loss;
    }

    /// Keeps the start that has ended if it is the best so far.
    void keep_start() {
        FitCourse<Net> course = ended_course();
        state_.evaluations += state_.current->evaluations;
        if (!beats_kept(course))
            return;
        state_.kept = std::move(course);
        state_.kept_start = state_.start;
    }

    /// Gives the network the best weights of all starts and says how they came about.
    FitReport report(StopReason reason) {
        FitCourse<Net> course = ended_course();
        FitReport report;
        report.best_start = state_.start;
        report.evaluations = state_.evaluations + state_.current->evaluations;
        if (reason != StopReason::target_reached && !beats_kept(course)) {
            course = *state_.kept;
            report.best_start = state_.kept_start;
            if (!interrupts(reason))  // a start without one did all its epochs
                reason = course.stop_reason.value_or(StopReason::iteration_limit);
        } else if (course.stop_reason == StopReason::not_finite) {
            reason = StopReason::not_finite;
        }
        net_.weights() = course.best;
        report.method = Method::name;
        report.loss = Loss::name;
        report.stop_reason = reason;
        report.epochs = std::ssize(course.losses);
        report.best_epoch = course.best_epoch;
        report.losses = std::move(course.losses);
        report.validation_losses = std::move(course.validation_losses);
        report.starts = state_.start + 1;
        report.decay = course.decay;
        report.effective_parameters = course.effective_parameters;
        report.log_evidence = course.log_evidence;
        objective_.set_decay(course.decay);
        diagnose(objective_, net_, report);
        update_seconds();
        report.seconds = state_.seconds;
        return report;
    }

    void update_seconds() { state_.seconds = seconds_before_ + watch_.seconds(); }

    Net& net_;
    const TrainingData<Scalar>& data_;
    const Method& method_;
    const FitOptions& options_;
    State& state_;
    Objective objective_;
    Trainer trainer_;
    Accumulator<Scalar> validation_total_{0};
    double seconds_before_;
    Stopwatch watch_;
};

}  // namespace twolayer::detail
