// SPDX-License-Identifier: MIT
#include <twolayer/data/standardizer.hpp>
#include <twolayer/train/fit_automatic.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "train/every_method.hpp"
#include "train/measured.hpp"

using namespace twolayer;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;
using test::Curve, test::Measured, test::Units;

TEMPLATE_TEST_CASE("standardize: fit() has the same errors in every unit", "[train][standardize]",
                   float, double) {
    const Measured data;
    const FitOptions options{.epochs = 200, .weight_decay = 1e-4};
    const double expected = data.error<double>(1, 1, 0, options);
    // The noise has a deviation of 0.115. 13 weights for 120 samples follow a third of it, 0.038.
    CHECK(expected < 0.05);
    for (const double offset : {0.0, -2000.0})
        for (const double unit : {1e-6, 1.0, 1e6}) {
            INFO(unit << " and offset " << offset);
            CHECK_THAT(data.error<TestType>(unit, 1 / unit, offset, options),
                       WithinRel(expected, 0.1));
            CHECK_THAT(data.error<TestType>(unit, unit, offset, options), WithinRel(expected, 0.1));
        }
}

TEST_CASE("standardize: equals training on standardized data, with scales folded into the weights",
          "[train][standardize]") {
    Units p, q;
    const auto inputs = Standardizer<double>::fit(p.X, p.w),
               targets = Standardizer<double>::fit(p.Y, p.w);
    const Matrix<double> X = inputs.transform(p.X), Y = targets.transform(p.Y);
    // Given weights are converted, so both start from the same function.
    std::mt19937_64 generator(1);
    q.net.randomize(generator);
    const detail::TrainingData<double> data = [&] {
        detail::TrainingData<double> all(detail::samples_for(p.net, p.X, p.Y, p.w), {}, {});
        all.work_in(detail::FitUnits<double>::of<Identity>(all.training(), true));
        return all;
    }();
    p.net.weights() = data.units().to_caller(q.net.weights());
    const GradientDescent method{.learning_rate = 0.1};
    const Validation<double> raw{MatrixView(p.X), MatrixView(p.Y), {}};
    const Validation<double> scaled{MatrixView(X), MatrixView(Y), {}};
    const Index batch = GENERATE(as<Index>{}, full_batch, 7);
    FitOptions options{.epochs = 30, .batch_size = batch, .weight_decay = 1e-3};
    const FitReport plain = fit(q.net, X, Y, SquaredError{}, q.w, method, options, scaled);
    options.standardize = true;
    const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, p.w, method, options, raw);
    // Each of 30 steps rounds H by eps (1 + |mean| / deviation) = 350 eps.
    const double allowed = 30 * 350 * 2.2e-16;
    const Matrix<double> expected = q.net.predict(X);
    CHECK((targets.transform(p.net.predict(p.X)) - expected).cwiseAbs().maxCoeff() < allowed);
    CHECK_THAT(report.gradient_norm, WithinRel(plain.gradient_norm, 1e-8));
    CHECK(report.best_epoch == plain.best_epoch);
}

TEST_CASE("standardize: losses are in the caller's units", "[train][standardize]") {
    Units p;
    const Validation<double> same{MatrixView(p.X), MatrixView(p.Y), {p.w.data(), 50}};
    std::vector<double> after;
    FitOptions options{.epochs = 25, .callback = [&](const FitProgress& progress) {
                           after.push_back(p.loss());
                           CHECK_THAT(progress.validation_loss, WithinRel(p.loss(), 1e-9));
                           return true;
                       }};
    const auto check = [&](const FitReport& report) {
        INFO(report.method);
        REQUIRE(report.losses.size() == after.size());
        if (report.method == "Adam")  // the loss before the step
            after.insert(after.begin(), report.losses[0]);
        for (std::size_t i = 0; i < report.losses.size(); ++i)
            CHECK_THAT(report.losses[i], WithinRel(after[i], 1e-9));
        CHECK_THAT(report.final_loss, WithinRel(p.loss(), 1e-9));
        after.clear();
    };
    check(fit(p.net, p.X, p.Y, SquaredError{}, p.w, options, same));
    options.standardize = true;
    check(fit(p.net, p.X, p.Y, SquaredError{}, p.w, Lbfgs{}, options, same));
    check(fit(p.net, p.X, p.Y, SquaredError{}, p.w, Adam{}, options, same));

    // The loss goal is in these units as well.
    Units q;
    const double target = 0.02 * detail::loss_of_mean(detail::samples_for(q.net, q.X, q.Y));
    const FitReport report = fit(q.net, q.X, q.Y, {.loss_goal = target});
    CHECK(report.stop_reason == StopReason::goal_reached);
    CHECK(mean_loss(q.net, q.X, q.Y) <= target);
    CHECK(report.losses[report.losses.size() - 2] > target);
}

TEST_CASE("standardize: decay does not depend on the units of any column", "[train][standardize]") {
    Units p, q;
    const FitOptions options{.epochs = 60, .weight_decay = 0.01};
    fit(p.net, p.X, p.Y, options);
    const Eigen::RowVector2d units(1e-6, 1e6), offsets(-3, 1e5);
    const Matrix<double> X = (q.X * units.asDiagonal()).rowwise() + offsets;
    const Matrix<double> Y = (q.Y * units.asDiagonal()).rowwise() - offsets;
    fit(q.net, X, Y, options);
    const Matrix<double> back =
        (q.net.predict(X).rowwise() + offsets) * units.asDiagonal().inverse();
    for (Index k = 0; k < 2; ++k) {
        const double deviation = Standardizer<double>::fit(p.Y.col(k)).deviation()(0);
        CHECK((back.col(k) - p.net.predict(p.X).col(k)).cwiseAbs().maxCoeff() < 1e-4 * deviation);
    }
    CHECK(p.net.weights().theta().allFinite());
}

TEST_CASE("standardize: a state keeps the units of its first data", "[train][standardize]") {
    Units p;
    FitState<Curve<double>, Adam> state;
    const auto go_on = [&](const Matrix<double>& X, FitOptions options) {
        return fit(p.net, X, p.Y, SquaredError{}, p.w, Adam{}, options, state);
    };
    go_on(p.X, {.epochs = 200, .standardize = true});
    const double before = p.loss();
    CHECK_THROWS_WITH(go_on(p.X, {.epochs = 300}),
                      Contains("trained with standardize") && Contains("set it as before"));
    // With different data, the loss before the next step is that of the unchanged network.
    const Matrix<double> others = p.X.array() + 1;
    const double expected = mean_loss(p.net, others, p.Y, SquaredError{}, p.w);
    const FitReport report = go_on(others, {.epochs = 201, .standardize = true});
    CHECK_THAT(report.losses[200], WithinRel(expected, 1e-9));
    CHECK(std::abs(expected / before - 1) > 0.01);
}

TEST_CASE("standardize: a fit without a step leaves the network unchanged",
          "[train][standardize]") {
    Units p;
    std::mt19937_64 generator(1);
    p.net.randomize(generator);
    const Vector<double> given = p.net.weights().theta();
    const FitReport report =
        fit(p.net, p.X, p.Y, GradientDescent{}, {.loss_goal = 1e30, .standardize = true});
    CHECK(report.epochs == 0);
    CHECK(p.net.weights().theta() == given);

    // Before the first step, the predictions are the same up to a rounding of O(350 eps) in H.
    const Matrix<double> before = p.net.predict(p.X);
    Matrix<double> first;
    fit(p.net, p.X, p.Y, GradientDescent{.learning_rate = 1e-300},
        {.epochs = 1, .standardize = true, .callback = [&](const FitProgress&) {
             first = p.net.predict(p.X);
             return true;
         }});
    CHECK((first - before).cwiseAbs().maxCoeff() < 1e-11 * before.cwiseAbs().maxCoeff());

    // These weights would overflow when standardized.
    p.net.weights().theta().setConstant(1e308);
    CHECK_THROWS_WITH(fit(p.net, p.X, p.Y), Contains("too large"));
}

TEST_CASE("standardize: without biases only scales are folded", "[train][standardize]") {
    const Measured data;
    const auto fitted = [&](double unit) {
        const Matrix<double> X =
            unit * (Matrix<double>(120, 2) << data.u, Vector<double>::Ones(120)).finished();
        const Matrix<double> Y = data.noisy / unit;
        Curve<double> net({.inputs = 2, .hidden = 4, .outputs = 1, .biases = false});
        CHECK(fit(net, X, Y, {.epochs = 100, .weight_decay = 1e-3}).warnings.empty());
        return Matrix<double>(unit * net.predict(X));
    };
    const Matrix<double> expected = fitted(1);
    for (const double unit : {1e-6, 1e6})
        CHECK((fitted(unit) - expected).cwiseAbs().maxCoeff() < 1e-4);
    Curve<double> net({.inputs = 1, .hidden = 2, .outputs = 1, .biases = false});
    const Matrix<double> years = data.u.array() + 1990;
    const FitReport report = fit(net, years, data.noisy, {.epochs = 2});
    REQUIRE(report.warnings.size() == 1);
    CHECK_THAT(report.warnings[0], Contains("column 0 of X") && Contains("biases"));
}
