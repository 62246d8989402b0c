// SPDX-License-Identifier: MIT
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/train/fit_automatic.hpp>

#include <cmath>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "train/every_method.hpp"

using namespace twolayer;
using Catch::Matchers::WithinRel;
using Net = test::Task::Net;

namespace {

/// A learning rate so small that no weight changes.
constexpr GradientDescent still{.learning_rate = 1e-300};

}  // namespace

TEST_CASE("fit report: gradient, loss and largest weight are those of the returned network",
          "[train][fit_report]") {
    const bool validated = GENERATE(false, true);
    test::Task p;
    std::vector<double> w(23, 1);
    w[4] = 5;
    const FitOptions options{.epochs = 60,
                             .weight_decay = 0.01,
                             .validation_fraction = validated ? 0.3 : 0.0,
                             .patience = 5};
    const FitReport report =
        fit(p.net, p.X, p.Y, SquaredError{}, w, Adam{.learning_rate = 0.1}, options);
    const detail::TrainingData<double> data(detail::samples_for(p.net, p.X, p.Y, w), {}, options);
    const VectorArg<double> used(data.training().weights);
    auto [L, g] = loss_and_gradient(p.net, p.X, p.Y, SquaredError{}, used);
    g.W1() += 0.01 * p.net.weights().W1();
    g.W2() += 0.01 * p.net.weights().W2();
    CHECK_THAT(report.final_loss, WithinRel(L, 1e-12));
    CHECK_THAT(report.gradient_norm, WithinRel(g.theta().cwiseAbs().maxCoeff(), 1e-10));
    CHECK(report.largest_weight == p.net.weights().theta().cwiseAbs().maxCoeff());
    CHECK(report.largest_weight > 0.5);
    CHECK(report.weight_decay == 0.01);
    CHECK(report.effective_parameters == 0);
    CHECK((report.best_epoch < report.epochs) == validated);
}

TEST_CASE("fit report: saturated and dead units are named", "[train][fit_report]") {
    // Inputs -2, -1, 1, 2. Z of each unit:
    //   0: 1, always: saturated            1: sigma(0.3), always: dead
    //   2: 0 or 1, by the sign: saturated  3: sigma(x), moves
    //   4: deviates by 1/4 0.0024 sqrt(2.5) = 0.95e-3: dead      5: by 0.0028, 1.1e-3: moves
    //   6: sigma(+-4.55) = 1/2 +- 0.4895 for +-1, not saturated: moves
    //   7: deviates by 0.0034: moves
    const Matrix<double> X{{-2}, {-1}, {1}, {2}}, Y{{0.1}, {0.2}, {0.3}, {0.4}};
    TwoLayerNet<double> net({1, 8, 1});
    net.weights().W1() << 0, 0, 100, 1, 0.0024, 0.0028, 4.55, 0.0086;
    net.weights().b1() << 10, 0.3, 0, 0, 0, 0, 0, 0;
    net.weights().W2().setConstant(0.1);
    auto weighted = net;
    FitReport report = fit(net, X, Y, SquaredError{}, still, {.epochs = 1});
    CHECK(report.saturated_units == std::vector<Index>{0, 2});
    CHECK(report.dead_units == std::vector<Index>{1, 4});

    // The inputs are 1 once and 2 three times. Unit 2 is constant, but counts as saturated, not as
    // dead. Unit 5 deviates less, and unit 7 by 1/4 0.0086 sqrt(3/16) = 0.93e-3.
    const std::vector<double> right{0, 0, 1, 3};
    report = fit(weighted, X, Y, SquaredError{}, right, still, {.epochs = 1});
    CHECK(report.saturated_units == std::vector<Index>{0, 2});
    CHECK(report.dead_units == std::vector<Index>{1, 4, 5, 7});
}

TEST_CASE("fit report: evaluations are those of the loss over all samples", "[train][fit_report]") {
    const auto evaluations = [](const auto& method, const FitOptions& options) {
        test::Task p;
        return fit(p.net, p.X, p.Y, SquaredError{}, method, options).evaluations;
    };
    CHECK(evaluations(Adam{}, {.epochs = 13}) == 13);
    CHECK(evaluations(Adam{}, {.epochs = 13, .batch_size = 3}) == 13);
    CHECK(evaluations(Adam{}, {.epochs = 13, .starts = 3}) == 39);

    // A minimizer reports its evaluations; here the function counts them as well.
    test::Task p;
    const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, Lbfgs{}, {.epochs = 10});
    test::Task other;
    Index count = 0;
    const auto f = [&](ConstTheta<double> theta, Theta<double> gradient) {
        ++count;
        other.net.weights().theta() = theta;
        const auto [L, g] = loss_and_gradient(other.net, other.X, other.Y);
        gradient = g.theta();
        return L;
    };
    Vector<double> theta = other.net.weights().theta();
    const Lbfgs settings;
    Lbfgs::State<double> state(settings, theta.size());
    for (int k = 0; k < 10; ++k) state.step(settings, f, theta);
    CHECK(report.evaluations == count);
}

TEST_CASE("fit report: losses are those of the network, however large the penalty",
          "[train][fit_report]") {
    // With weights of 100 and a decay of 1, the penalty is 10^5. In float, a loss of 1 added to it
    // is rounded to steps of 0.01. The report sums the same terms as mean_loss(), in double, and
    // rounds once.
    std::mt19937_64 generator(7);
    Matrix<float> X(30, 3), Y(30, 1);
    for (float& x : X.reshaped()) x = float(2 * uniform(generator) - 1);
    for (Index n = 0; n < 30; ++n) Y(n, 0) = X(n, 0) > 0;
    TwoLayerNet<float> start({.inputs = 3, .hidden = 4, .outputs = 1});
    start.randomize(generator);
    start.weights().theta() *= 100;
    const auto check = [&]<typename Loss>(Loss loss, const auto& method, bool after_the_step) {
        INFO(method.name << ", " << Loss::name);
        const auto near = [](double reported, double L) {
            return std::abs(reported - L) <= double(std::numeric_limits<float>::epsilon()) * L;
        };
        auto net = start;
        const auto report =
            fit(net, X, Y, loss, method,
                {.epochs = 20, .weight_decay = 1, .callback = [&](const FitProgress& now) {
                     CHECK(now.loss >= 0);
                     CHECK((!after_the_step || near(now.loss, mean_loss(net, X, Y, loss))));
                     return true;
                 }});
        CHECK(report.epochs > 0);
        CHECK(near(report.final_loss, mean_loss(net, X, Y, loss)));
    };
    check(SquaredError{}, Lbfgs{}, true);
    check(SquaredError{}, NewtonCg{}, true);
    check(SquaredError{}, LevenbergMarquardt{}, true);
    check(SquaredError{}, BayesianRegularization{}, true);
    check(SquaredError{}, Adam{}, false);
    check(CrossEntropy{}, Lbfgs{}, true);
    check(CrossEntropy{}, NewtonCg{}, true);
    check(CrossEntropy{}, Adam{}, false);
}

TEST_CASE("fit report: converged means the same in all units", "[train][fit_report]") {
    // Noise remains, so the loss does not vanish. The weights match the units: W1 is divided by
    // that of X, W2 and b2 are multiplied by that of Y. So the gradient is not small at the start
    // because of a unit, nor large at a solution.
    std::mt19937_64 generator(5);
    const Matrix<double> X =
        Matrix<double>::NullaryExpr(60, 2, [&] { return 4 * uniform(generator) - 2; });
    Matrix<double> Y(60, 1);
    for (Index n = 0; n < 60; ++n)
        Y(n, 0) = std::sin(2 * X(n, 0)) + X(n, 1) + uniform(generator) - 0.5;
    using Regression = TwoLayerNet<double, Identity>;
    Regression start({.inputs = 2, .hidden = 3, .outputs = 1});
    start.randomize(generator);
    const auto fitted = [&](const auto& method, double of_X, double of_Y, Regression net) {
        net.weights().W1() /= of_X;
        net.weights().W2() *= of_Y;
        net.weights().b2() *= of_Y;
        const Matrix<double> X_unit = of_X * X, Y_unit = of_Y * Y;
        FitReport report = fit(net, X_unit, Y_unit, SquaredError{}, method, {.epochs = 5000});
        report.final_loss /= of_Y * of_Y;
        net.weights().W1() *= of_X;
        net.weights().W2() /= of_Y;
        net.weights().b2() /= of_Y;
        return std::pair(report, net);
    };
    const auto check = [&](const auto& method) {
        const auto [usual, solution] = fitted(method, 1, 1, start);
        CHECK(usual.stop_reason == StopReason::converged);
        for (const auto& [of_X, of_Y] : {std::pair(1.0, 1e-8), std::pair(1.0, 1e8),
                                         std::pair(1e-3, 1.0), std::pair(1e3, 1.0)}) {
            INFO(method.name << ", units " << of_X << ", " << of_Y);
            const auto [report, net] = fitted(method, of_X, of_Y, start);
            CHECK(report.stop_reason != StopReason::no_further_progress);
            // The fit is better than a constant; which minimum it finds may depend on the unit.
            CHECK(report.final_loss < 0.95 * (Y.array() - Y.mean()).square().mean() / 2);
            // From the solution, it converges at once, in any unit.
            const auto [again, same] = fitted(method, of_X, of_Y, solution);
            CHECK(again.stop_reason == StopReason::converged);
            CHECK(again.epochs <= 2);
        }
    };
    check(Lbfgs{});
    check(NewtonCg{});
    check(LevenbergMarquardt{.gradient_tolerance = 1e-6});
}

TEST_CASE("fit report: products with the curvature are counted", "[train][fit_report]") {
    test::Task p, q;
    const FitReport newton = fit(p.net, p.X, p.Y, SquaredError{}, NewtonCg{}, {.epochs = 10});
    CHECK(newton.products >= newton.epochs);
    CHECK(newton.products <= 100 * newton.evaluations);
    CHECK(fit(q.net, q.X, q.Y, SquaredError{}, Lbfgs{}, {.epochs = 10}).products == 0);
}

TEST_CASE("fit report: the choice is empty unless something was chosen", "[train][fit_report]") {
    test::Task p;
    const FitOptions few{.epochs = 2};
    CHECK_FALSE(fit(p.net, p.X, p.Y, few).choice.empty());
    CHECK_FALSE(fit(p.net, p.X, p.Y, SquaredError{}, few).choice.empty());
    CHECK(fit(p.net, p.X, p.Y, Lbfgs{}, few).choice == "the squared error of numbers");
    CHECK(fit(p.net, p.X, p.Y, SquaredError{}, Lbfgs{}, few).choice.empty());
    CHECK(fit(p.net, p.X, p.Y, LevenbergMarquardt{}, few).choice.empty());  // has no other loss
}
