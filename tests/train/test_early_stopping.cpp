// SPDX-License-Identifier: MIT
#include <twolayer/optim/newton_cg.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "catch.hpp"
#include "train/every_method.hpp"

using namespace twolayer;
using Catch::Matchers::Equals;
using Catch::Matchers::WithinRel;

namespace {

/// A user-defined method that ignores the gradient: each step sets b2 to the next number.
struct Scripted {
    std::vector<double> values;

    static constexpr std::string_view name = "scripted";
    void validate() const {}

    template <typename Scalar, Index Capacity = Dynamic>
    struct State {
        explicit State(Index) {}
        std::size_t steps = 0;
        void step(const Scripted& settings, Theta<Scalar> theta, ConstTheta<Scalar>) {
            theta(theta.size() - 1) = settings.values[steps++];
        }
    };
};

/// A network that always predicts b2, for targets 0: the loss is b2^2 / 2.
struct Constant {
    TwoLayerNet<double, Identity> net{Shape{1, 1, 1}};
    Matrix<double> X{{1}, {2}, {3}, {4}}, Y{{0}, {0}, {0}, {0}};

    explicit Constant(double b2) { net.weights().theta() << 0, 1, 0, b2; }

    FitReport fit(const std::vector<double>& values, Index patience) {
        return twolayer::fit(
            net, X, Y, SquaredError{}, Scripted{values},
            {.epochs = std::ssize(values), .validation_fraction = 0.5, .patience = patience});
    }
};

}  // namespace

TEST_CASE("early stopping: patience counts epochs without a lower loss, by hand",
          "[train][early_stopping]") {
    const std::vector<double> values{5, 4, 4.5, 3, 3.5, 3.2, 3, 2, 6};
    const auto check = [&](double start, Index patience, Index best, Index epochs, double b2) {
        Constant c(start);
        const FitReport report = c.fit(values, patience);
        INFO("from " << start << " with patience " << patience);
        CHECK(report.best_epoch == best);
        CHECK(report.epochs == epochs);
        CHECK(c.net.weights().b2()(0) == b2);
        CHECK(report.stop_reason ==
              (epochs < 9 ? StopReason::no_further_progress : StopReason::iteration_limit));
        REQUIRE(report.validation_losses.size() == std::size_t(epochs));
        for (std::size_t e = 0; e < report.validation_losses.size(); ++e)
            CHECK(report.validation_losses[e] == values[e] * values[e] / 2);
    };
    check(10, 1, 2, 3, 4);  // 4.5 is not lower
    check(10, 2, 4, 6, 3);
    check(10, 3, 4, 7, 3);  // an equal loss is not lower
    check(10, 4, 8, 9, 2);
    check(10, 20, 8, 9, 2);
    check(1, 3, 0, 3, 1);  // the weights at the start count
    check(2, 20, 0, 9, 2);
}

TEST_CASE("early stopping: the net gets the weights of the lowest validation loss, not the last",
          "[train][early_stopping]") {
    test::Task p, other;
    std::mt19937 generator(9);
    const Matrix<double> X = test::draw<double>(generator, 40, 3, -1, 1);
    const Matrix<double> Y = test::draw<double>(generator, 40, 2, 0.3, 0.7);
    const Vector<double> w = test::draw<double>(generator, 40, 1, 0.5, 2);
    std::vector<Vector<double>> seen{p.net.weights().theta()};
    std::vector<double> told;
    const FitOptions options{.epochs = 400, .patience = 30, .callback = [&](const FitProgress& at) {
                                 seen.push_back(p.net.weights().theta());
                                 told.push_back(at.validation_loss);
                                 return true;
                             }};
    const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, Adam{.learning_rate = 0.02},
                                 options, {X, Y, {w.data(), 40}});
    CHECK(report.stop_reason == StopReason::no_further_progress);
    CHECK(report.epochs == report.best_epoch + 30);
    CHECK(told == report.validation_losses);
    const auto best = std::ranges::min_element(told);
    CHECK(report.best_epoch == best - told.begin() + 1);
    REQUIRE(report.best_epoch > 1);
    CHECK(p.net.weights().theta() == seen[std::size_t(report.best_epoch)]);
    CHECK(p.net.weights().theta() != seen.back());
    CHECK_THAT(*best, WithinRel(mean_loss(p.net, X, Y, SquaredError{}, w), 1e-13));
    CHECK_THAT(report.final_loss, WithinRel(mean_loss(p.net, p.X, p.Y), 1e-13));

    // Validation does not change the history.
    fit(other.net, other.X, other.Y, SquaredError{}, Adam{.learning_rate = 0.02},
        {.epochs = report.epochs});
    CHECK(other.net.weights().theta() == seen.back());
}

TEST_CASE("early stopping: the returned weights reach the loss goal, by hand",
          "[train][early_stopping]") {
    // Targets 0 to train on and 1/2 to validate on:
    //     b2                3       2       -1      -0.9    0
    //     training loss     4.5     2       0.5     0.405   0
    //     validation loss   3.125   1.125   1.125   0.98    0.125
    const Matrix<double> halves{{0.5}, {0.5}};
    Constant c(3);
    const Scripted method{{2, -1, -0.9, 0}};
    const FitReport report =
        twolayer::fit(c.net, c.X, c.Y, SquaredError{}, method, {.epochs = 4, .loss_goal = 0.6},
                      {c.X.topRows(2), halves, {}});
    CHECK(report.stop_reason == StopReason::goal_reached);
    CHECK(report.epochs == 3);
    CHECK(report.best_epoch == 3);
    CHECK(c.net.weights().b2()(0) == -0.9);
    CHECK(report.final_loss < 0.6);  // the loss goal; by the table it is 0.405
}

TEST_CASE("early stopping: a start that misses the loss goal does not report it as reached",
          "[train][early_stopping]") {
    int reached = 0, missed = 0;
    const auto check = [&](const auto& method, Index batch) {
        for (std::uint64_t seed = 1; seed <= 6; ++seed) {
            test::Task p;
            const double target = 0.1 * mean_loss(p.net, p.X, p.Y);
            const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, method,
                                         {.epochs = 300,
                                          .loss_goal = target,
                                          .batch_size = batch,
                                          .seed = seed,
                                          .validation_fraction = 0.5});
            INFO(report.method << ", seed " << seed << ": " << describe(report.stop_reason));
            (report.stop_reason == StopReason::goal_reached ? reached : missed) += 1;
            CHECK((report.stop_reason == StopReason::goal_reached) ==
                  (report.final_loss <= target));
        }
    };
    check(Lbfgs{}, full_batch);
    check(LevenbergMarquardt{}, full_batch);
    check(Adam{.learning_rate = 0.03}, full_batch);
    check(Adam{.learning_rate = 0.03}, 4);
    CHECK(reached > 3);
    CHECK(missed > 3);
}

TEST_CASE("early stopping: every method that minimizes stops early as well",
          "[train][early_stopping]") {
    const auto check = [](const auto& method) {
        test::Task p;
        const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, method,
                                     {.validation_fraction = 0.4, .patience = 5});
        INFO(report.method << " after " << report.epochs);
        CHECK(report.stop_reason == StopReason::no_further_progress);
        CHECK(report.epochs == report.best_epoch + 5);
        CHECK(report.best_epoch > 0);
        CHECK(*std::ranges::min_element(report.validation_losses) ==
              report.validation_losses[std::size_t(report.best_epoch) - 1]);
    };
    check(Lbfgs{});
    check(LevenbergMarquardt{});
    check(NewtonCg{});
}

TEST_CASE("early stopping: without validation data the curve is empty", "[train][early_stopping]") {
    test::Task p;
    double told = 0;
    const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, Adam{},
                                 {.epochs = 3, .callback = [&](const FitProgress& at) {
                                      told = at.validation_loss;
                                      return true;
                                  }});
    CHECK(report.validation_losses.empty());
    CHECK(std::isnan(told));
    CHECK(report.best_epoch == 3);
}

TEST_CASE("early stopping: a held-out fraction equals the same rows passed as validation data",
          "[train][early_stopping]") {
    const test::Task p;
    std::vector<double> w(23, 1);
    w[2] = 0, w[5] = 3;
    const FitOptions share{.epochs = 30, .seed = 3, .validation_fraction = 0.3};
    const detail::TrainingData<double> data(detail::samples_for(p.net, p.X, p.Y, w), {}, share);
    const Vector<double> kept = Eigen::Map<const Vector<double>>(data.training().weights.data, 23);
    auto one = p.net, other = p.net;
    const FitReport a = fit(one, p.X, p.Y, SquaredError{}, w, Adam{}, share);
    const FitReport b = fit(other, p.X, p.Y, SquaredError{}, kept, Adam{},
                            {.epochs = 30, .seed = 3}, data.validation());
    CHECK(one.weights().theta() == other.weights().theta());
    CHECK(a.losses == b.losses);
    CHECK(a.validation_losses == b.validation_losses);
    CHECK(a.validation_losses.size() == 30);
}

TEST_CASE("early stopping: bad validation data are refused by name", "[train][early_stopping]") {
    test::Task p;
    const Vector<double> before = p.net.weights().theta();
    const auto train = [&](const Matrix<double>& X, const Matrix<double>& Y,
                           const FitOptions& options = {}) {
        fit(p.net, p.X, p.Y, SquaredError{}, Adam{}, options, {X, Y, {}});
    };
    auto X = p.X, Y = p.Y;
    CHECK_THROWS_WITH(
        train(X, Y, {.validation_fraction = 0.2}),
        Equals("validation_fraction is 0.2, but there are validation data as well: give one of the "
               "two"));
    CHECK_THROWS_WITH(train(X.leftCols(2), Y),
                      Equals("validation.X is 23 x 2, the network has 3 inputs"));
    X(3, 1) = std::nan("");
    CHECK_THROWS_WITH(train(X, Y),
                      Equals("validation.X is nan in row 3, column 1, every entry must be finite"));
    Y(4, 1) = 3;
    CHECK_THROWS_WITH(
        train(p.X, Y),
        Equals("validation.Y is 3 in row 4, column 1, this output only takes values from 0 to 1"));
    CHECK_THROWS_WITH(
        fit(p.net, p.X, p.Y, SquaredError{}, Adam{}, {.validation_fraction = 0.01}),
        Equals("validation_fraction is 0.01 of 23 samples, which leaves nothing on one side"));
    CHECK_THROWS_WITH(
        fit(p.net, p.X, p.Y, SquaredError{}, Adam{}, {.validation_fraction = 0.99}),
        Equals("validation_fraction is 0.99 of 23 samples, which leaves nothing on one side"));
    CHECK(p.net.weights().theta() == before);
}
