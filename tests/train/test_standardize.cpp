// SPDX-License-Identifier: MIT
#include <twolayer/data/standardizer.hpp>
#include <twolayer/train/fit_automatic.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "train/every_method.hpp"

using namespace twolayer;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;

namespace {

template <typename Scalar>
using Curve = TwoLayerNet<Scalar, Identity>;

/// A noisy curve over 0 to 1, in any units, N = 120.
struct Measured {
    Vector<double> u, truth, noisy;

    Measured() : u(120), truth(120), noisy(120) {
        std::mt19937_64 generator(3);
        for (Index n = 0; n < 120; ++n) {
            u(n) = double(n) / 119;
            truth(n) = std::sin(7 * u(n));
            noisy(n) = truth(n) + 0.4 * (uniform(generator) - 0.5);
        }
    }

    /// Distance of the fitted curve from the true one. x and y are in the units given, and shifted
    /// by an offset in units of their deviation.
    template <typename Scalar>
    double error(double x_unit, double y_unit, double offset,
                 const FitOptions& options = {}) const {
        // The deviations are 0.29 and 0.69.
        const Matrix<Scalar> x = (x_unit * (u.array() + 0.29 * offset)).cast<Scalar>();
        const Matrix<Scalar> y = (y_unit * (noisy.array() + 0.69 * offset)).cast<Scalar>();
        Curve<Scalar> net({.inputs = 1, .hidden = 4, .outputs = 1});
        const FitReport report = fit(net, x, y, options);
        CHECK(report.warnings.empty());
        CHECK(report.choice.find("standardized") != std::string::npos);
        const Vector<double> fitted = net.predict(x).template cast<double>() / y_unit;
        return std::sqrt(((fitted - truth).array() - 0.69 * offset).square().mean());
    }
};

/// Two targets of two inputs in units of their own, 1e4 and more apart, N = 50.
struct Units {
    Matrix<double> X{50, 2}, Y{50, 2};
    Vector<double> w{50};
    Curve<double> net{{.inputs = 2, .hidden = 3, .outputs = 2}};

    Units() {
        std::mt19937_64 generator(4);
        const auto number = [&] { return 2 * uniform(generator) - 1; };
        for (Index n = 0; n < 50; ++n) {
            const double a = number(), b = number();
            X.row(n) << 2000 + 10 * a, 1e-3 * b;
            Y.row(n) << 1e4 * (3 + std::sin(2 * a) + 0.1 * number()), 1e-2 * (a * b);
            w(n) = 1 + b;
        }
    }

    double loss() const { return mean_loss(net, X, Y, SquaredError{}, w); }
};

}  // namespace

TEMPLATE_TEST_CASE("standardize: fit() has the same errors in every unit", "[train][standardize]",
                   float, double) {
    const Measured data;
    const FitOptions options{.epochs = 200, .weight_decay = 1e-4};
    const double expected = data.error<double>(1, 1, 0, options);
    CHECK(expected < 0.05);  // the noise deviates by 0.115, of which 13 weights follow a third
    for (const double offset : {0.0, -2000.0})
        for (const double unit : {1e-6, 1.0, 1e6}) {
            INFO(unit << " and offset " << offset);
            CHECK_THAT(data.error<TestType>(unit, 1 / unit, offset, options),
                       WithinRel(expected, 0.1));
            CHECK_THAT(data.error<TestType>(unit, unit, offset, options), WithinRel(expected, 0.1));
        }
}

TEST_CASE("standardize: is training on standardized data, folded into the weights",
          "[train][standardize]") {
    Units p, q;
    const auto inputs = Standardizer<double>::fit(p.X, p.w),
               targets = Standardizer<double>::fit(p.Y, p.w);
    const Matrix<double> X = inputs.transform(p.X), Y = targets.transform(p.Y);
    // Weights that are given are taken over, so both start from the same function.
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
    // 30 steps that each round H by eps (1 + |mean| / deviation) = 350 eps.
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

    // So is the target.
    Units q;
    const double target = 0.02 * detail::loss_of_mean(detail::samples_for(q.net, q.X, q.Y));
    const FitReport report = fit(q.net, q.X, q.Y, {.loss_goal = target});
    CHECK(report.stop_reason == StopReason::target_reached);
    CHECK(mean_loss(q.net, q.X, q.Y) <= target);
    CHECK(report.losses[report.losses.size() - 2] > target);
}

TEST_CASE("standardize: decay does not depend on units, which each column has of its own",
          "[train][standardize]") {
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
    // Other data: the loss before the next step is that of the network as it was.
    const Matrix<double> others = p.X.array() + 1;
    const double expected = mean_loss(p.net, others, p.Y, SquaredError{}, p.w);
    const FitReport report = go_on(others, {.epochs = 201, .standardize = true});
    CHECK_THAT(report.losses[200], WithinRel(expected, 1e-9));
    CHECK(std::abs(expected / before - 1) > 0.01);
}

TEST_CASE("standardize: warns of few values that are far out", "[train][standardize]") {
    const Measured data;
    Matrix<double> X(120, 2);
    X << data.u, data.u;
    const auto warnings = [&] {
        Curve<double> net({.inputs = 2, .hidden = 2, .outputs = 1});
        return fit(net, X, data.noisy, {.epochs = 2}).warnings;
    };
    CHECK(warnings().empty());
    X.col(1).setZero();  // a rare category is no wrong value
    X(7, 1) = 1;
    CHECK(warnings().empty());
    X.col(1) = data.u;
    X(7, 1) = 1e9;
    REQUIRE(warnings().size() == 1);
    CHECK_THAT(warnings()[0], Contains("column 1 of X: few values lie"));
}

TEST_CASE("standardize: a fit without a step leaves the network as it was",
          "[train][standardize]") {
    Units p;
    std::mt19937_64 generator(1);
    p.net.randomize(generator);
    const Vector<double> given = p.net.weights().theta();
    const FitReport report =
        fit(p.net, p.X, p.Y, GradientDescent{}, {.loss_goal = 1e30, .standardize = true});
    CHECK(report.epochs == 0);
    CHECK(p.net.weights().theta() == given);

    // Before the first step the network predicts the same, but for rounding of O(350 eps) in H.
    const Matrix<double> before = p.net.predict(p.X);
    Matrix<double> first;
    fit(p.net, p.X, p.Y, GradientDescent{.learning_rate = 1e-300},
        {.epochs = 1, .standardize = true, .callback = [&](const FitProgress&) {
             first = p.net.predict(p.X);
             return true;
         }});
    CHECK((first - before).cwiseAbs().maxCoeff() < 1e-11 * before.cwiseAbs().maxCoeff());

    // Weights of which the standardized ones have no number.
    p.net.weights().theta().setConstant(1e308);
    CHECK_THROWS_WITH(fit(p.net, p.X, p.Y), Contains("too large"));
}

TEST_CASE("standardize: without biases scales alone are folded", "[train][standardize]") {
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

TEST_CASE("standardize: constant columns and rows of weight zero", "[train][standardize]") {
    Units p;
    Matrix<double> X(50, 4), Y = p.Y;
    X << p.X, Vector<double>::Constant(50, 0.0), Vector<double>::Constant(50, 1e6);
    Y.col(1).setConstant(7);
    p.w(3) = 0;
    X.row(3).setConstant(std::numeric_limits<double>::quiet_NaN());
    Y.row(3).setConstant(std::numeric_limits<double>::quiet_NaN());
    Curve<double> net({.inputs = 4, .hidden = 3, .outputs = 2});
    const FitReport report = fit(net, X, Y, SquaredError{}, p.w, FitOptions{.epochs = 100});
    CHECK(report.warnings.empty());
    X.row(3) = X.row(4);
    const Matrix<double> predicted = net.predict(X);
    CHECK((predicted.col(1).array() - 7).abs().maxCoeff() < 1e-3);
    CHECK((predicted - p.Y).col(0).cwiseAbs().mean() < 0.2e4);  // its deviation is 0.7e4
}

TEST_CASE("standardize: the report warns of data far from unit scale", "[train][standardize]") {
    Units p;
    const FitOptions few{.epochs = 2};
    const auto warnings = [&](const FitOptions& options) {
        Units fresh;
        return fit(fresh.net, fresh.X, fresh.Y, Lbfgs{}, options).warnings;
    };
    const auto raw = warnings(few);
    REQUIRE(raw.size() == 2);
    CHECK_THAT(raw[0], Contains("columns 0, 1 of X") && Contains("standardize"));
    CHECK_THAT(raw[1], Contains("column 0 of Y"));
    CHECK(warnings({.epochs = 2, .standardize = true}).empty());
    test::Task unit;
    CHECK(fit(unit.net, unit.X, unit.Y, Lbfgs{}, few).warnings.empty());
    // Categories as 0 and 1, one of them rare, and a column of ones.
    Matrix<double> X = Matrix<double>::Zero(23, 3);
    X(4, 0) = 1;
    X.col(1).setOnes();
    CHECK(fit(unit.net, X, unit.Y, Lbfgs{}, few).warnings.empty());

    // float cannot tell years that are microseconds apart.
    const Measured data;
    const Matrix<float> x = (data.u.array() * 1e-3 + 1990).cast<float>();
    const Matrix<float> y = data.noisy.cast<float>();
    Curve<float> net({.inputs = 1, .hidden = 2, .outputs = 1});
    const FitReport report = fit(net, x, y, few);
    REQUIRE(report.warnings.size() == 1);
    CHECK_THAT(report.warnings[0], Contains("column 0 of X") && Contains("digits"));
}
