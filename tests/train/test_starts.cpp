// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "train/every_method.hpp"

using namespace twolayer;
using Catch::Matchers::WithinRel;
using Net = test::Task::Net;

namespace {

template <typename Method>
struct Trained {
    FitReport report;
    Vector<double> theta;
};

/// Trains only start number `start`.
template <typename Method>
Trained<Method> alone(const Method& method, FitOptions options, Index start) {
    test::Task p;
    FitState<Net, Method> state;
    state.start = start;
    options.starts = start + 1;
    const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, {}, method, options, state);
    return {report, p.net.weights().theta()};
}

/// Compares a fit of all starts with separate fits of each of them.
template <typename Method>
void check_best_of(const Method& method, FitOptions options, bool validated) {
    const Index count = 4;
    if (validated)
        options.validation_fraction = 0.3;
    std::vector<Trained<Method>> single;
    std::vector<double> scores;
    for (Index i = 0; i < count; ++i) {
        single.push_back(alone(method, options, i));
        const FitReport& report = single.back().report;
        test::Task p;
        p.net.weights().theta() = single.back().theta;
        scores.push_back(validated ? *std::ranges::min_element(report.validation_losses)
                                   : mean_loss(p.net, p.X, p.Y));
    }
    const auto best = std::size_t(std::ranges::min_element(scores) - scores.begin());
    for (std::size_t i = 1; i < scores.size(); ++i) CHECK(single[i].theta != single[0].theta);

    test::Task p;
    options.starts = count;
    const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, method, options);
    INFO(report.method << ": best is " << best << " of " << scores[0] << ", " << scores[1] << ", "
                       << scores[2] << ", " << scores[3]);
    const FitReport& expected = single[best].report;
    CHECK(p.net.weights().theta() == single[best].theta);
    CHECK(report.best_start == Index(best));
    CHECK(report.starts == count);
    CHECK(report.losses == expected.losses);
    CHECK(report.validation_losses == expected.validation_losses);
    CHECK(report.best_epoch == expected.best_epoch);
    CHECK(report.stop_reason == expected.stop_reason);
    CHECK(report.final_loss == expected.final_loss);
    CHECK(report.weight_decay == expected.weight_decay);
    CHECK(report.effective_parameters == expected.effective_parameters);
    Index evaluations = 0;
    for (const auto& one : single) evaluations += one.report.evaluations;
    CHECK(report.evaluations == evaluations);
}

}  // namespace

TEST_CASE("starts: the best of several starts is kept, and each equals a separate fit",
          "[train][starts]") {
    const bool validated = GENERATE(false, true);
    const auto seed = GENERATE(std::uint64_t(1), std::uint64_t(2), std::uint64_t(1) << 40);
    check_best_of(Adam{.learning_rate = 0.01}, {.epochs = 30, .batch_size = 6, .seed = seed},
                  validated);
    check_best_of(Lbfgs{}, {.epochs = 15, .seed = seed}, validated);
    check_best_of(LevenbergMarquardt{}, {.epochs = 60, .seed = seed}, validated);
}

TEST_CASE("starts: with decay, starts are compared by loss and penalty", "[train][starts]") {
    // The steps are negligible. Start 0 has huge weights: the lower loss, but the larger sum of
    // loss and penalty.
    test::Task p;
    FitOptions options{.epochs = 1, .weight_decay = 0.5, .starts = 2};
    const GradientDescent still{.learning_rate = 1e-12};
    p.net.weights().W1() *= 30;
    const double with_large = mean_loss(p.net, p.X, p.Y);
    const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, still, options);
    CHECK(report.best_start == 1);
    CHECK(report.largest_weight < 2);
    INFO(with_large << " against " << report.final_loss);
    CHECK(report.final_loss > 0);
}

TEST_CASE("starts: the report of an earlier start says why that one stopped", "[train][starts]") {
    // Start 0 is already at the minimum; the others have two epochs.
    test::Task p;
    fit(p.net, p.X, p.Y, SquaredError{}, LevenbergMarquardt{}, {.epochs = 100});
    const FitReport limit = fit(p.net, p.X, p.Y, SquaredError{},
                                GradientDescent{.learning_rate = 1e-9}, {.epochs = 2, .starts = 3});
    CHECK(limit.best_start == 0);
    CHECK(limit.starts == 3);
    CHECK(limit.stop_reason == StopReason::iteration_limit);
    CHECK(limit.epochs == 2);
    const FitReport end = fit(p.net, p.X, p.Y, SquaredError{}, Lbfgs{.gradient_tolerance = 1e-2},
                              {.epochs = 2, .starts = 3});
    CHECK(end.best_start == 0);
    CHECK(end.stop_reason == StopReason::converged);
    CHECK(end.epochs == 0);
}

TEST_CASE("starts: a start that is not finite is never the best", "[train][starts]") {
    // The numbers are so large that H is infinite in start 0, or NaN if products are rounded before
    // they are added.
    test::Task p;
    TwoLayerNet<double, Identity> net(p.net.shape());
    net.weights().theta().setConstant(1e308);
    net.weights().W1().row(0) *= -1;
    p.X *= 1e10;
    REQUIRE_FALSE(std::isfinite(mean_loss(net, p.X, p.Y)));
    const FitReport report = fit(net, p.X, p.Y, SquaredError{},
                                 GradientDescent{.learning_rate = 0.1}, {.epochs = 3, .starts = 2});
    CHECK(report.starts == 2);
    CHECK(report.best_start == 1);
    CHECK(std::isfinite(report.final_loss));
    CHECK(report.stop_reason == StopReason::iteration_limit);
}

TEST_CASE("starts: reaching the loss goal ends them", "[train][starts]") {
    test::Task p;
    const double target = 0.9 * mean_loss(p.net, p.X, p.Y);
    const FitReport report =
        fit(p.net, p.X, p.Y, SquaredError{}, Lbfgs{}, {.loss_goal = target, .starts = 5});
    CHECK(report.stop_reason == StopReason::goal_reached);
    CHECK(report.starts == 1);
    CHECK(mean_loss(p.net, p.X, p.Y) <= target);
}

TEST_CASE("starts: the callback receives the number of the start, and its weights",
          "[train][starts]") {
    test::Task p;
    const auto first = p.net;
    std::vector<Index> starts, epochs;
    std::vector<Vector<double>> seen;
    fit(p.net, p.X, p.Y, SquaredError{}, GradientDescent{},
        {.epochs = 2, .starts = 3, .callback = [&](const FitProgress& progress) {
             starts.push_back(progress.start);
             epochs.push_back(progress.epoch);
             seen.push_back(p.net.weights().theta());
             return true;
         }});
    CHECK(starts == std::vector<Index>{0, 0, 1, 1, 2, 2});
    CHECK(epochs == std::vector<Index>{1, 2, 1, 2, 1, 2});
    const auto gradient = loss_and_gradient(first, p.X, p.Y).gradient;
    CHECK(seen[0].isApprox(first.weights().theta() - 0.1 * gradient.theta(), 1e-14));
    CHECK(seen[2] != seen[4]);
}

TEST_CASE("starts: if a later start is interrupted, the best so far is returned",
          "[train][starts]") {
    test::Task p;
    fit(p.net, p.X, p.Y, SquaredError{}, LevenbergMarquardt{}, {.epochs = 100});
    const double best = mean_loss(p.net, p.X, p.Y);
    const FitReport report =
        fit(p.net, p.X, p.Y, SquaredError{}, GradientDescent{.learning_rate = 1e-9},
            {.epochs = 2, .starts = 9, .callback = [](const FitProgress& progress) {
                 return progress.start < 3;
             }});
    CHECK(report.stop_reason == StopReason::stopped_by_caller);
    CHECK(report.starts == 4);
    CHECK(report.best_start == 0);
    CHECK_THAT(mean_loss(p.net, p.X, p.Y), WithinRel(best, 1e-6));
}

TEST_CASE("starts: weights of zero are drawn by the seed, others are kept", "[train][starts]") {
    const auto first_loss = [](bool zero, std::uint64_t seed) {
        test::Task p;
        if (zero)
            p.net.weights().theta().setZero();
        return fit(p.net, p.X, p.Y, SquaredError{}, GradientDescent{}, {.epochs = 1, .seed = seed})
            .losses[0];
    };
    CHECK(first_loss(true, 1) == first_loss(true, 1));
    CHECK(first_loss(true, 1) != first_loss(true, 2));
    CHECK(first_loss(true, 1) != first_loss(true, (std::uint64_t(1) << 32) + 1));
    CHECK(first_loss(false, 1) == first_loss(false, 2));
    const test::Task p;
    CHECK_THAT(first_loss(false, 1), WithinRel(mean_loss(p.net, p.X, p.Y), 1e-14));
}
