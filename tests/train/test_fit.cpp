// SPDX-License-Identifier: MIT
#include <twolayer/data/labels.hpp>
#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/gradient_descent.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/train/fit.hpp>

#include <limits>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "train/rings.hpp"

using namespace twolayer;
using Catch::Matchers::Equals;
using test::Rings;

namespace {

/// A user-defined loss, whose targets need not be probabilities.
struct OwnLoss : CrossEntropy {
    static constexpr std::string_view name = "own";
};

}  // namespace

TEST_CASE("fit: the number of threads changes no bit", "[train][fit]") {
    // 6771 samples, so that the sums have several parts.
    auto p = Rings<>::randomized();
    const Matrix<double> X = p.X.replicate(111, 1), Y = p.Y.replicate(111, 1);
    auto expected = p.net, net = p.net;
    const FitReport one = fit(expected, X, Y, CrossEntropy{}, Lbfgs{}, {.epochs = 10});
    const FitReport seven = fit(net, X, Y, CrossEntropy{}, Lbfgs{}, {.epochs = 10, .threads = 7});
    CHECK_THAT(seven.losses, Equals(one.losses));
    CHECK(net.weights().theta() == expected.weights().theta());
    CHECK(net.weights().theta() != p.net.weights().theta());
}

TEMPLATE_TEST_CASE("fit: every method learns the rings", "[train][fit]", float, double) {
    const auto final_loss = [](const auto& method, const FitOptions& options) {
        auto p = Rings<Sigmoid, TestType>::randomized();
        fit(p.net, p.X, p.Y, CrossEntropy{}, method, options);
        return double(mean_loss(p.net, p.X, p.Y, CrossEntropy{}));
    };
    // 0.69 is a guess, see Rings. Below 0.1, the geometric mean of the probabilities of the correct
    // classes is above e^-0.1 = 0.90.
    CHECK(final_loss(GradientDescent{.learning_rate = 1, .momentum = 0.9}, {.epochs = 3000}) < 0.1);
    CHECK(final_loss(GradientDescent{.learning_rate = 1, .momentum = 0.9, .nesterov = true},
                     {.epochs = 3000}) < 0.1);
    CHECK(final_loss(Adam{.learning_rate = 0.05}, {.epochs = 500}) < 0.1);
    CHECK(final_loss(Adam{.learning_rate = 0.05},
                     {.epochs = 300, .batch_size = 8, .anneal = true}) < 0.1);
}

TEST_CASE("fit: the same seed gives the same bits, a different seed others", "[train][fit]") {
    const auto trained = [](std::uint64_t seed) {
        auto p = Rings<>::randomized();
        fit(p.net, p.X, p.Y, SquaredError{}, Adam{}, {.epochs = 5, .batch_size = 7, .seed = seed});
        return Vector<double>(p.net.weights().theta());
    };
    CHECK(trained(1) == trained(1));
    CHECK(trained(1) != trained(2));
}

TEST_CASE("fit: the callback sees each epoch and can stop", "[train][fit]") {
    auto p = Rings<>::randomized();
    std::vector<double> seen;
    const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, Adam{},
                                 {.epochs = 50, .callback = [&](const FitProgress& progress) {
                                      CHECK(progress.epoch == Index(seen.size()) + 1);
                                      seen.push_back(progress.loss);
                                      return progress.epoch < 4;
                                  }});
    CHECK(seen.size() == 4);
    CHECK(report.losses == seen);
    CHECK(report.epochs == 4);
    CHECK(report.stop_reason == StopReason::stopped_by_caller);
    CHECK(describe(report.stop_reason) == "stopped by caller");
}

TEST_CASE("fit: a divergence keeps the last finite weights and reports it", "[train][fit]") {
    auto p = Rings<>::randomized();
    TwoLayerNet<double, Identity> net({.inputs = 2, .hidden = 5, .outputs = 1, .biases = false});
    std::mt19937 generator(3);
    net.randomize(generator);
    const FitReport report = fit(net, p.X, p.Y, SquaredError{},
                                 GradientDescent{.learning_rate = 1e200}, {.epochs = 100});
    CHECK(report.stop_reason == StopReason::not_finite);
    CHECK(report.epochs < 100);
    CHECK(net.weights().theta().allFinite());
    CHECK(std::isfinite(mean_loss(net, p.X, p.Y)));
}

TEST_CASE("fit: an integer weight is a repeated row, weight zero a removed one", "[train][fit]") {
    auto p = Rings<>::randomized();
    const auto start = p.net;
    Matrix<double> X = p.X, Y = p.Y;
    X.row(1).setConstant(std::numeric_limits<double>::quiet_NaN());
    Y(1, 0) = std::numeric_limits<double>::infinity();
    Vector<double> w = Vector<double>::Ones(61);
    w(0) = 3;
    w(1) = 0;

    std::vector<Index> rows{0, 0, 0};
    for (Index n = 2; n < 61; ++n) rows.push_back(n);
    Matrix<double> X2(Index(rows.size()), 2), Y2(Index(rows.size()), 1);
    for (Index n = 0; n < X2.rows(); ++n) {
        X2.row(n) = p.X.row(rows[std::size_t(n)]);
        Y2.row(n) = p.Y.row(rows[std::size_t(n)]);
    }
    auto net2 = start;
    fit(p.net, X, Y, CrossEntropy{}, w, Adam{}, {.epochs = 20});
    fit(net2, X2, Y2, CrossEntropy{}, Adam{}, {.epochs = 20});
    CHECK(p.net.weights().theta().isApprox(net2.weights().theta(), 1e-10));
    CHECK(!p.net.weights().theta().isApprox(start.weights().theta(), 1e-3));
}

TEST_CASE("fit: bad input is refused by name and changes nothing", "[train][fit]") {
    auto p = Rings<>::randomized();
    const Vector<double> before = p.net.weights().theta();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto train = [&](const Matrix<double>& X, const Matrix<double>& Y,
                           const FitOptions& options = {}) {
        fit(p.net, X, Y, CrossEntropy{}, Adam{}, options);
    };
    auto X = p.X, Y = p.Y;
    X(5, 1) = nan;
    CHECK_THROWS_WITH(train(X, p.Y),
                      Equals("X is nan in row 5, column 1, every entry must be finite"));
    Y(4, 0) = nan;
    CHECK_THROWS_WITH(train(p.X, Y),
                      Equals("Y is nan in row 4, column 0, every entry must be finite"));
    Y(4, 0) = 3;
    CHECK_THROWS_WITH(
        train(p.X, Y),
        Equals("Y is 3 in row 4, column 0, this output only takes values from 0 to 1"));
    CHECK_THROWS_WITH(train(p.X.leftCols(1), p.Y), Equals("X is 61 x 1, the network has 2 inputs"));
    CHECK_THROWS_WITH(train(p.X.topRows(0), p.Y.topRows(0)),
                      Equals("there are no samples, expected at least one"));
    CHECK_THROWS_WITH(train(p.X, p.Y, {.batch_size = 0}),
                      Equals("batch_size is 0, it must be at least 1"));
    CHECK_THROWS_WITH(train(p.X, p.Y, {.epochs = 0}), Equals("epochs is 0, it must be at least 1"));
    CHECK_THROWS_WITH(train(p.X, p.Y, {.weight_decay = -1}),
                      Equals("weight_decay is -1, it must be finite and at least 0"));
    CHECK_THROWS_AS(fit(p.net, p.X, p.Y, CrossEntropy{}, Adam{.learning_rate = 0}),
                    std::invalid_argument);
    CHECK_THROWS_AS(fit(p.net, p.X, p.Y, CrossEntropy{}, Vector<double>::Zero(61), Adam{}),
                    std::invalid_argument);
    CHECK(p.net.weights().theta() == before);

    TwoLayerNet<double, Softmax> classes({2, 3, 2});
    CHECK_THROWS_WITH(
        fit(classes, p.X, Matrix<double>::Constant(61, 2, 0.25), CrossEntropy{}, Adam{}),
        Equals("row 0 of Y has the sum 0.5, the probabilities of the classes have "
               "the sum 1"));
    CHECK_NOTHROW(
        fit(classes, p.X, Matrix<double>::Constant(61, 2, 0.25), OwnLoss{}, Adam{}, {.epochs = 1}));
}
