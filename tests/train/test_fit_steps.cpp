// SPDX-License-Identifier: MIT
//
// The steps that fit() takes: their gradients, rates, batches and weight decay.
#include <twolayer/optim/gradient_descent.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/train/fit.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "train/rings.hpp"

using namespace twolayer;
using Catch::Matchers::Equals;
using Catch::Matchers::WithinRel;
using test::Rings;

TEST_CASE("fit steps: a full batch of plain gradient descent is theta <- theta - rate dL/dtheta",
          "[train][fit_steps]") {
    auto p = Rings<>::randomized();
    auto expected = p.net;
    std::vector<double> losses;
    for (int epoch = 0; epoch < 3; ++epoch) {
        const auto [L, gradient] = loss_and_gradient(expected, p.X, p.Y, CrossEntropy{});
        losses.push_back(L);
        expected.weights().theta() -= 0.5 * gradient.theta();
    }
    const FitReport report =
        fit(p.net, p.X, p.Y, CrossEntropy{}, GradientDescent{.learning_rate = 0.5}, {.epochs = 3});
    CHECK(p.net.weights().theta().isApprox(expected.weights().theta(), 1e-14));
    REQUIRE(report.losses.size() == 3);
    for (std::size_t e = 0; e < 3; ++e) CHECK_THAT(report.losses[e], WithinRel(losses[e], 1e-13));
    CHECK(report.epochs == 3);
    CHECK(report.stop_reason == StopReason::iteration_limit);
    CHECK(report.method == "gradient descent");
    CHECK(report.seconds > 0);
}

TEST_CASE("fit steps: the steps of an epoch add up to the whole gradient", "[train][fit_steps]") {
    // The rate is so small that the weights hardly move within the epoch. So its steps sum to
    // rate sum_b dL_b/dtheta, which is rate (N / batch) dL/dtheta if all batches are equally large.
    const auto weights = GENERATE(std::vector<double>{}, std::vector<double>(61, 0.25));
    auto p = Rings<>::randomized();
    std::vector<double> w = weights;
    if (!w.empty())
        w[3] = 0, w[5] = 2;
    const auto start = p.net;
    const auto gradient = loss_and_gradient(p.net, p.X, p.Y, SquaredError{}, w).gradient;
    const double rate = 1e-7;
    const double rows = w.empty() ? 61 : 60;
    const FitReport report =
        fit(p.net, p.X, p.Y, SquaredError{}, w, GradientDescent{.learning_rate = rate},
            {.epochs = 1, .batch_size = 4});
    // dL_b is a sum over its rows divided by 4 mean w, or by rows mean w in a smaller last batch.
    const Vector<double> moved = (start.weights().theta() - p.net.weights().theta()) / rate;
    const double least = rows / 4;
    INFO("moved " << moved.norm() << ", gradient " << gradient.theta().norm());
    CHECK(moved.norm() > 0.9 * least * gradient.theta().norm());
    CHECK_THAT(report.losses[0], WithinRel(mean_loss(start, p.X, p.Y, SquaredError{}, w), 1e-5));
    if (std::fmod(rows, 4) == 0)
        CHECK((moved - least * gradient.theta()).norm() < 1e-5 * moved.norm());
}

TEST_CASE("fit steps: weight decay affects neither the biases nor the reported losses",
          "[train][fit_steps]") {
    auto p = Rings<>::randomized();
    p.net.weights().b1().setConstant(0.5);
    const auto start = p.net;
    const auto [L, gradient] = loss_and_gradient(p.net, p.X, p.Y);
    const FitReport report =
        fit(p.net, p.X, p.Y, SquaredError{}, GradientDescent{.learning_rate = 1},
            {.epochs = 1, .weight_decay = 0.25});
    const auto &from = start.weights(), &to = p.net.weights();
    CHECK(to.W1().isApprox(from.W1() - gradient.W1() - 0.25 * from.W1(), 1e-14));
    CHECK(to.W2().isApprox(from.W2() - gradient.W2() - 0.25 * from.W2(), 1e-14));
    CHECK(to.b1().isApprox(from.b1() - gradient.b1(), 1e-14));
    CHECK(to.b2().isApprox(from.b2() - gradient.b2(), 1e-14));
    CHECK_THAT(report.losses[0], WithinRel(L, 1e-14));
}

TEST_CASE("fit steps: annealing lowers the rate along half a cosine", "[train][fit_steps]") {
    // Four epochs: factors 1, (1 + cos 45)/2, 1/2, (1 - cos 45)/2.
    auto p = Rings<>::randomized();
    auto expected = p.net;
    for (const double factor : {1.0, 0.5 + std::sqrt(0.125), 0.5, 0.5 - std::sqrt(0.125)}) {
        const auto [L, gradient] = loss_and_gradient(expected, p.X, p.Y);
        expected.weights().theta() -= 0.5 * factor * gradient.theta();
    }
    fit(p.net, p.X, p.Y, SquaredError{}, GradientDescent{.learning_rate = 0.5},
        {.epochs = 4, .anneal = true});
    CHECK(p.net.weights().theta().isApprox(expected.weights().theta(), 1e-13));
}

TEST_CASE("fit steps: L-BFGS with weight decay ends where the gradient vanishes",
          "[train][fit_steps]") {
    auto p = Rings<>::randomized();
    const double weight_decay = GENERATE(0.0, 0.01);
    const FitReport report = fit(p.net, p.X, p.Y, CrossEntropy{}, Lbfgs{.gradient_tolerance = 1e-5},
                                 {.epochs = 2000, .weight_decay = weight_decay});
    auto [L, gradient] = loss_and_gradient(p.net, p.X, p.Y, CrossEntropy{});
    gradient.W1() += weight_decay * p.net.weights().W1();
    gradient.W2() += weight_decay * p.net.weights().W2();
    CHECK(report.stop_reason == StopReason::converged);
    CHECK(report.method == "L-BFGS");
    CHECK(gradient.theta().cwiseAbs().maxCoeff() <= 1.001e-5);
    CHECK_THAT(report.losses.back(), WithinRel(L, 1e-10));
    CHECK(L < 0.6);  // below a guess, see Rings: the decay has not reduced it to a constant

    CHECK_THROWS_WITH(fit(p.net, p.X, p.Y, CrossEntropy{}, Lbfgs{}, {.batch_size = 8}),
                      Equals("batch_size is 8, L-BFGS takes all 61 samples: leave it out"));
}
