// SPDX-License-Identifier: MIT
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/optim/rprop.hpp>
#include <twolayer/train/fit_automatic.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "train/every_method.hpp"

using namespace twolayer;
using Net = test::Task::Net;

namespace {

/// Classes: whether a point is above a line, N = 29.
struct Halves {
    Matrix<double> X, Y{29, 1};
    TwoLayerNet<double> net{{.inputs = 2, .hidden = 3, .outputs = 1}};

    Halves() {
        std::mt19937 generator(3);
        X = test::draw<double>(generator, 29, 2, -1, 1);
        for (Index n = 0; n < 29; ++n) Y(n, 0) = X(n, 0) + 0.5 * X(n, 1) > 0.1 ? 1 : 0;
        net.randomize(generator);
    }
};

}  // namespace

TEMPLATE_TEST_CASE("loss goal: every method stops when it is reached", "[train][loss_goal]",
                   GradientDescent, Adam, Rprop, Lbfgs, LevenbergMarquardt, NewtonCg,
                   BayesianRegularization) {
    TestType method;
    if constexpr (requires { method.learning_rate; })
        method.learning_rate = std::same_as<TestType, Adam> ? 0.02 : 2;
    const Index batch = GENERATE(Index(full_batch), Index(4));
    if (batch != full_batch && !requires { method.learning_rate; })
        return;
    test::Task p;
    const double target = 0.4 * mean_loss(p.net, p.X, p.Y);
    std::vector<double> after;
    const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, method,
                                 {.epochs = 2000,
                                  .loss_goal = target,
                                  .batch_size = batch,
                                  .weight_decay = 1e-5,
                                  .callback = [&](const FitProgress&) {
                                      after.push_back(mean_loss(p.net, p.X, p.Y));
                                      return true;
                                  }});
    INFO(report.method << " after " << report.epochs << " epochs of " << batch);
    CHECK(report.stop_reason == StopReason::goal_reached);
    REQUIRE(report.epochs > 1);
    CHECK(mean_loss(p.net, p.X, p.Y) <= target);
    CHECK(report.final_loss <= target);
    CHECK(after.back() <= target);
    if (batch == full_batch)  // with mini-batches, the loss is checked only when their mean is low
        CHECK(after[after.size() - 2] > target * (1 - 1e-12));  // not an epoch too late
    CHECK(report.best_epoch == report.epochs);
}

TEST_CASE("loss goal: if the initial weights reach it, nothing changes", "[train][loss_goal]") {
    test::Task p;
    const Vector<double> before = p.net.weights().theta();
    const FitReport report =
        fit(p.net, p.X, p.Y, SquaredError{}, GradientDescent{}, {.loss_goal = 10});
    CHECK(report.stop_reason == StopReason::goal_reached);
    CHECK(report.epochs == 0);
    CHECK(p.net.weights().theta() == before);
}

TEST_CASE("loss goal: refers to the loss if one is given", "[train][loss_goal]") {
    Halves p;
    const FitReport report =
        fit(p.net, p.X, p.Y, CrossEntropy{}, Lbfgs{}, {.epochs = 200, .loss_goal = 0.1});
    CHECK(report.stop_reason == StopReason::goal_reached);
    CHECK(mean_loss(p.net, p.X, p.Y, CrossEntropy{}) <= 0.1);
    CHECK(report.losses[report.losses.size() - 2] > 0.1);
}

TEST_CASE("loss goal: refers to the squared error if the loss is chosen", "[train][loss_goal]") {
    const double target = 0.03;
    const auto check = [&](auto fit_by) {
        Halves p;
        const FitReport report = fit_by(p, FitOptions{.epochs = 3000, .loss_goal = target});
        INFO(report.method << " after " << report.epochs);
        CHECK(report.loss == "cross-entropy");
        CHECK(report.stop_reason == StopReason::goal_reached);
        CHECK(mean_loss(p.net, p.X, p.Y, SquaredError{}) <= target);
        CHECK(mean_loss(p.net, p.X, p.Y, CrossEntropy{}) > target);  // still above it
        CHECK(std::abs(report.final_loss - mean_loss(p.net, p.X, p.Y, CrossEntropy{})) < 1e-13);
    };
    check([](Halves& p, const FitOptions& options) { return fit(p.net, p.X, p.Y, options); });
    check([](Halves& p, const FitOptions& options) {
        return fit(p.net, p.X, p.Y, GradientDescent{.learning_rate = 1}, options);
    });
    check([](Halves& p, FitOptions options) {
        options.batch_size = 5;
        return fit(p.net, p.X, p.Y, GradientDescent{.learning_rate = 0.2}, options);
    });
}

TEST_CASE("loss goal: an automatic choice starts again until it is reached", "[train][loss_goal]") {
    // One hidden unit cannot represent exclusive-or: no start reaches the goal.
    const Matrix<double> X{{0, 0}, {0, 1}, {1, 0}, {1, 1}}, Y{{0}, {1}, {1}, {0}};
    const auto starts = [&](Index hidden, FitOptions options) {
        TwoLayerNet<double> net({2, hidden, 1});
        options.loss_goal = 1e-3;
        const FitReport report = fit(net, X, Y, options);
        if (report.stop_reason == StopReason::goal_reached)
            CHECK(mean_loss(net, X, Y) <= 1e-3);
        return report.starts;
    };
    CHECK(starts(1, {}) == 20);
    CHECK(starts(1, {.starts = 3}) == 3);
    CHECK(starts(6, {}) < 20);
    TwoLayerNet<double> net({2, 1, 1});
    CHECK(fit(net, X, Y).starts == 1);
}

TEST_CASE("loss goal: a resumed fit does not confuse the losses before and after a step",
          "[train][loss_goal]") {
    // The steps are so long that some raise the loss. The goal is between the losses before and
    // after such a step.
    const GradientDescent method{.learning_rate = 20, .momentum = 0.9};
    for (const Index batch : {full_batch, Index(12)}) {
        int upwards = 0;
        for (Index epochs = 1; epochs < 30; ++epochs) {
            test::Task p;
            FitState<Net, GradientDescent> state;
            const auto go_on = [&](FitOptions options) {
                options.batch_size = batch;
                return fit(p.net, p.X, p.Y, SquaredError{}, {}, method, options, state);
            };
            const double before = go_on({.epochs = epochs}).losses.back();
            const double after = mean_loss(p.net, p.X, p.Y), target = 0.5 * (before + after);
            if (!(before < target))
                continue;
            ++upwards;
            const FitReport report = go_on({.epochs = epochs + 200, .loss_goal = target});
            CHECK(report.stop_reason == StopReason::goal_reached);
            CHECK(report.epochs >= epochs);
            CHECK(mean_loss(p.net, p.X, p.Y) <= target);
        }
        CHECK(upwards > 3);
    }
}

TEST_CASE("loss goal: a fit continues to a lower one", "[train][loss_goal]") {
    test::Task p;
    FitState<Net, Lbfgs> state;
    const double first = 0.4 * mean_loss(p.net, p.X, p.Y), second = first / 3;
    const auto down_to = [&](double target) {
        return fit(p.net, p.X, p.Y, SquaredError{}, {}, Lbfgs{}, {.loss_goal = target}, state);
    };
    const Index epochs = down_to(first).epochs;
    CHECK(down_to(first).epochs == epochs);
    CHECK(mean_loss(p.net, p.X, p.Y) > second);
    CHECK(down_to(second).epochs > epochs);
    CHECK(mean_loss(p.net, p.X, p.Y) <= second);
}
