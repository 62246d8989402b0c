// SPDX-License-Identifier: MIT
#include <twolayer/optim/rprop.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "train/every_method.hpp"

using namespace twolayer;

namespace {

const double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// A user-defined method: `good` steps that halve theta, then one that sets it to `last`.
struct Breaking {
    int good = 5;
    double last = not_a_number;  ///< the last value of theta

    static constexpr std::string_view name = "breaking";
    void validate() const {}

    template <typename Scalar, Index Capacity = Dynamic>
    struct State {
        explicit State(Index) {}
        int steps = 0;
        void step(const Breaking& settings, Theta<Scalar> theta, ConstTheta<Scalar>) {
            if (steps++ < settings.good)
                theta /= 2;
            else
                theta.setConstant(settings.last);
        }
    };
};

/// A minimizer: `good` steps that halve theta, then one that fails without changing it.
struct Refusing {
    int good = 5;

    static constexpr std::string_view name = "refusing";
    void validate() const {}

    template <typename Scalar>
    struct State {
        State(const Refusing&, Index) {}
        Iterate<Scalar> iterate_;
        Iterate<Scalar> iterate() const { return iterate_; }
        template <typename F>
        std::optional<StopReason> step(const Refusing& settings, F&& f, Theta<Scalar> theta) {
            if (iterate_.evaluations == settings.good)
                return StopReason::not_finite;
            theta /= 2;
            iterate_.value = f(theta).total();
            ++iterate_.evaluations;
            return std::nullopt;
        }
    };
};

/// A network whose loss falls when its weights are halved: all targets are zero.
struct Shrinking {
    test::Task p;
    TwoLayerNet<double, Identity> net{p.net.shape()};

    Shrinking() {
        net.weights().theta().setConstant(1.5);
        p.Y.setZero();
    }
};

}  // namespace

TEST_CASE("divergence: the best weights are kept", "[train][divergence]") {
    // Each step halves the weights: the last ones before the failure are the best, 1.5 / 2^5.
    for (const double last : {not_a_number, std::numeric_limits<double>::infinity(), 1e200}) {
        for (const bool validated : {false, true}) {
            Shrinking s;
            const FitOptions options{.epochs = 20, .validation_fraction = validated ? 0.3 : 0};
            const FitReport report =
                fit(s.net, s.p.X, s.p.Y, SquaredError{}, Breaking{.last = last}, options);
            INFO("theta becomes " << last);
            CHECK(report.stop_reason == StopReason::not_finite);
            CHECK(s.net.weights().theta().isConstant(1.5 / 32, 0));
            CHECK(report.best_epoch == 5);
            CHECK(std::isfinite(report.final_loss));
        }
    }
}

TEST_CASE("divergence: a minimizer that fails keeps its last weights", "[train][divergence]") {
    Shrinking s;
    const FitReport report = fit(s.net, s.p.X, s.p.Y, SquaredError{}, Refusing{}, {.epochs = 20});
    CHECK(report.stop_reason == StopReason::not_finite);
    CHECK(report.epochs == 5);
    CHECK(s.net.weights().theta().isConstant(1.5 / 32, 0));
    CHECK(report.best_epoch == 5);
}

TEST_CASE("divergence: it is detected in the last epoch as well", "[train][divergence]") {
    // The weights are finite, the loss is not.
    Shrinking s;
    const FitReport report =
        fit(s.net, s.p.X, s.p.Y, SquaredError{}, Breaking{.last = 1e200}, {.epochs = 6});
    CHECK(report.stop_reason == StopReason::not_finite);
    CHECK(std::isfinite(report.final_loss));
    CHECK(s.net.weights().theta().isConstant(1.5 / 32, 0));
}

TEST_CASE("divergence: it is detected in the last epoch of a start as well",
          "[train][divergence]") {
    Shrinking s;
    const FitReport report = fit(s.net, s.p.X, s.p.Y, SquaredError{}, Breaking{.last = 1e200},
                                 {.epochs = 6, .starts = 2});
    CHECK(report.best_start == 1);  // its first loss is already lower
    CHECK(report.starts == 2);
    CHECK(report.stop_reason == StopReason::not_finite);
    CHECK(report.best_epoch == 5);
    CHECK(s.net.weights().theta().cwiseAbs().maxCoeff() < 3.0 / 32);
}

TEMPLATE_TEST_CASE("divergence: every method that follows the gradient leaves a finite net",
                   "[train][divergence]", GradientDescent, Adam, Rprop) {
    // With an Identity output, the loss grows without bound.
    const Index batch = GENERATE(Index(5), full_batch);
    if (batch != full_batch && std::same_as<TestType, Rprop>)
        return;
    test::Task p;
    TwoLayerNet<double, Identity> net(p.net.shape());
    net.weights() = p.net.weights();
    TestType method;
    if constexpr (std::same_as<TestType, Rprop>)
        method = {.initial_step = 1e160, .max_step = 1e160};
    else
        method.learning_rate = 1e160;
    const double before = mean_loss(net, p.X, p.Y);
    const FitReport report =
        fit(net, p.X, p.Y, SquaredError{}, method, {.epochs = 50, .batch_size = batch});
    INFO(report.method << " after " << report.epochs << " epochs");
    CHECK(report.stop_reason == StopReason::not_finite);
    CHECK(report.epochs < 50);
    CHECK(net.weights().theta().allFinite());
    CHECK(mean_loss(net, p.X, p.Y) <= before);
    CHECK(report.losses.size() == std::size_t(report.epochs));
    CHECK(std::ranges::all_of(report.losses, [](double l) { return std::isfinite(l); }));
}

TEST_CASE("divergence: a diverged fit does not resume", "[train][divergence]") {
    Shrinking s;
    FitState<TwoLayerNet<double, Identity>, Breaking> state;
    const auto go_on = [&] {
        return fit(s.net, s.p.X, s.p.Y, SquaredError{}, {}, Breaking{}, {.epochs = 20}, state);
    };
    const FitReport first = go_on(), second = go_on();
    CHECK(second.stop_reason == StopReason::not_finite);
    CHECK(second.losses == first.losses);
    CHECK(s.net.weights().theta().isConstant(1.5 / 32, 0));
}
