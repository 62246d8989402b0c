// SPDX-License-Identifier: MIT
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/optim/rprop.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "train/every_method.hpp"

using namespace twolayer;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace twolayer::detail {

TWOLAYER_TEST_FIT(GradientDescent);
TWOLAYER_TEST_FIT(Adam);
TWOLAYER_TEST_FIT(Rprop);
TWOLAYER_TEST_FIT(Lbfgs);
TWOLAYER_TEST_FIT(LevenbergMarquardt);
TWOLAYER_TEST_FIT(NewtonCg);
TWOLAYER_TEST_FIT(BayesianRegularization);

}  // namespace twolayer::detail

namespace {

/// The gradient of L + decay/2 (|W1|^2 + |W2|^2), computed without fit().
Vector<double> slope(const test::Task& p, const Matrix<double>& X, double weight_decay,
                     const std::vector<double>& w = {}) {
    Weights<double> g = loss_and_gradient(p.net, X, p.Y, SquaredError{}, w).gradient;
    g.W1() += weight_decay * p.net.weights().W1();
    g.W2() += weight_decay * p.net.weights().W2();
    return g.theta();
}

}  // namespace

TEMPLATE_TEST_CASE("fit: with weight decay every method ends where its gradient vanishes",
                   "[train][fit]", GradientDescent, Adam, Rprop, Lbfgs, LevenbergMarquardt,
                   NewtonCg, BayesianRegularization) {
    test::Task p;
    p.net.weights().b1().setConstant(0.5);
    const double weight_decay = 3e-4;
    FitOptions options{.epochs = 3000, .weight_decay = weight_decay};
    TestType method;
    double allowed = 1e-6;  // the tolerance of the minimizers
    if constexpr (std::same_as<TestType, GradientDescent>)
        method = {.learning_rate = 2, .momentum = 0.95};
    if constexpr (std::same_as<TestType, Adam>) {
        method = {.learning_rate = 0.05};
        options.anneal = true;
    }
    const double start = slope(p, p.X, weight_decay).cwiseAbs().maxCoeff();
    const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, method, options);
    const Vector<double> end = slope(p, p.X, report.weight_decay);
    INFO(report.method << ", " << report.epochs << " epochs, " << describe(report.stop_reason)
                       << ": |g| " << end.cwiseAbs().maxCoeff() << " of " << start);
    if (!std::same_as<TestType, BayesianRegularization>)
        CHECK(report.weight_decay == weight_decay);
    REQUIRE(start > 1e4 * allowed);
    CHECK(end.cwiseAbs().maxCoeff() < allowed);
    CHECK_THAT(report.gradient_norm, WithinAbs(end.cwiseAbs().maxCoeff(), 1e-15));
    // The decay acts on the weights, not on the biases: the gradient of L alone vanishes only at
    // the biases.
    Weights<double> bare(p.net.shape());
    bare.theta() = slope(p, p.X, 0);
    CHECK(bare.W1().norm() > 20 * allowed);
    CHECK(bare.b1().norm() < 10 * allowed);
    CHECK(bare.b2().norm() < 10 * allowed);
    CHECK(p.net.weights().b2().norm() > 0.01);
    // The reported losses are without the decay.
    CHECK_THAT(report.final_loss, WithinRel(mean_loss(p.net, p.X, p.Y), 1e-13));
}

TEMPLATE_TEST_CASE(
    "fit: for every method an integer weight is a repeated row and zero a removed one",
    "[train][fit]", GradientDescent, Adam, Rprop, Lbfgs, LevenbergMarquardt, NewtonCg,
    BayesianRegularization) {
    test::Task weighted, repeated;
    const auto start = weighted.net;
    std::vector<double> w(23, 1);
    w[0] = 3, w[1] = 0, w[7] = 2;
    weighted.X.row(1).setConstant(std::numeric_limits<double>::quiet_NaN());
    weighted.Y.row(1).setConstant(std::numeric_limits<double>::infinity());
    std::vector<Index> rows;
    for (Index n = 0; n < 23; ++n) rows.insert(rows.end(), std::size_t(w[std::size_t(n)]), n);

    const FitOptions options{.epochs = 6, .weight_decay = 1e-3};
    TestType method;
    if constexpr (requires { method.learning_rate; })
        method.learning_rate = 0.5;
    const FitReport a =
        fit(weighted.net, weighted.X, weighted.Y, SquaredError{}, w, method, options);
    const FitReport b = fit(repeated.net, test::rows_of(repeated.X, rows),
                            test::rows_of(repeated.Y, rows), SquaredError{}, method, options);
    // The rounding error of the first gradient, 1e-16, grows with each step by less than a factor
    // of ten.
    const Vector<double> from = start.weights().theta(), to = weighted.net.weights().theta();
    INFO(a.method << ": moved " << (to - from).norm());
    CHECK(test::relative_distance(to, repeated.net.weights().theta()) < 1e-10);
    CHECK((to - from).norm() > 0.01);
    CHECK(a.epochs == b.epochs);
    CHECK(a.evaluations == b.evaluations);
    CHECK(a.products == b.products);
    CHECK_THAT(a.final_loss, WithinRel(b.final_loss, 1e-10));
    CHECK_THAT(a.gradient_norm, WithinRel(b.gradient_norm, 1e-6));
    CHECK_THAT(a.weight_decay, WithinRel(b.weight_decay, 1e-9));
    CHECK_THAT(a.effective_parameters, WithinRel(b.effective_parameters, 1e-9));

    // Different sample weights lead to different weights.
    test::Task plain;
    fit(plain.net, plain.X, plain.Y, SquaredError{}, method, options);
    CHECK(test::relative_distance(plain.net.weights().theta(), to) > 1e-4);
}

TEMPLATE_TEST_CASE("fit: every method lowers the squared error of a surface", "[train][fit]",
                   GradientDescent, Adam, Rprop, Lbfgs, LevenbergMarquardt, NewtonCg,
                   BayesianRegularization) {
    test::Task p;
    TestType method;
    if constexpr (requires { method.learning_rate; })
        method.learning_rate = std::same_as<TestType, Adam> ? 0.02 : 2;
    const double before = mean_loss(p.net, p.X, p.Y);
    const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, method, {.epochs = 500});
    const double after = mean_loss(p.net, p.X, p.Y);
    INFO(report.method << ": from " << before << " to " << after);
    CHECK(after < before / 3);
    CHECK(report.method == TestType::name);
    CHECK(report.loss == "squared error");
    CHECK(report.choice.empty());
    CHECK(report.epochs == std::ssize(report.losses));
    CHECK(report.evaluations >= report.epochs);
    CHECK_THAT(report.final_loss, WithinRel(after, 1e-13));
    CHECK_THAT(report.largest_weight,
               WithinRel(p.net.weights().theta().cwiseAbs().maxCoeff(), 0.0));
}
