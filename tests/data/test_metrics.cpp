// SPDX-License-Identifier: MIT
#include <twolayer/data/metrics.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "catch.hpp"

using namespace twolayer;
using Catch::Matchers::WithinRel;

TEST_CASE("metrics: accuracy is the trace of the confusion matrix over its sum",
          "[data][metrics]") {
    const std::vector<int> labels{0, 1, 2, 1, 0, 2, 2};
    const std::vector<Index> predicted{0, 1, 1, 1, 2, 2, 0};
    const auto weights = GENERATE(std::vector<double>{}, std::vector<double>{1, 2, 0, 4, 5, 6, 7});
    const Matrix<double> confusion =
        confusion_matrix({.actual = labels, .predicted = predicted, .sample_weights = weights})
            .counts;
    CHECK_THAT(accuracy(labels, predicted, weights),
               WithinRel(confusion.trace() / confusion.sum(), 1e-15));
    if (weights.empty())
        CHECK(confusion == Matrix<double>{{1, 0, 1}, {0, 2, 0}, {1, 1, 1}});
}

TEST_CASE("metrics: errors of a regression by hand", "[data][metrics]") {
    // Errors 1, -1, 2, 0: squares 6, sizes 4; Y has mean 2.5 and sum of squares about it 5.
    const Vector<double> Y{{1, 2, 3, 4}}, Yhat{{2, 1, 5, 4}};
    CHECK_THAT(rmse({.target = Y, .prediction = Yhat}), WithinRel(std::sqrt(1.5), 1e-15));
    CHECK_THAT(mae({.target = Y, .prediction = Yhat}), WithinRel(1.0, 1e-15));
    CHECK_THAT(r2({.target = Y, .prediction = Yhat}), WithinRel(1 - 6.0 / 5, 1e-13));
    CHECK(r2({.target = Y, .prediction = Y}) == 1);
    CHECK(rmse({.target = Y, .prediction = Y * Matrix<double>::Identity(1, 1)}) == 0);  // a product
    CHECK(std::abs(r2({.target = Y, .prediction = Vector<double>::Constant(4, 2.5)})) < 1e-15);
}

TEST_CASE("metrics: an integer weight is a repeated row, weight zero a removed one",
          "[data][metrics]") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const Matrix<double> Y{{1, 5}, {nan, nan}, {3, 2}}, Yhat{{2, 4}, {0, 0}, {3.5, 3}};
    const Matrix<double> Y2{{1, 5}, {3, 2}, {3, 2}}, Yhat2{{2, 4}, {3.5, 3}, {3.5, 3}};
    const std::vector<double> weights{1, 0, 2};
    CHECK_THAT(rmse({.target = Y, .prediction = Yhat, .sample_weights = weights}),
               WithinRel(rmse({.target = Y2, .prediction = Yhat2}), 1e-15));
    CHECK_THAT(mae({.target = Y, .prediction = Yhat, .sample_weights = weights}),
               WithinRel(mae({.target = Y2, .prediction = Yhat2}), 1e-15));
    CHECK_THAT(r2({.target = Y, .prediction = Yhat, .sample_weights = weights}),
               WithinRel(r2({.target = Y2, .prediction = Yhat2}), 1e-13));
}

TEST_CASE("metrics: a constant target counts as met or missed", "[data][metrics]") {
    const Vector<double> Y = Vector<double>::Constant(3, 2);
    CHECK(r2({.target = Y, .prediction = Y}) == 1);
    CHECK(r2({.target = Y, .prediction = Vector<double>::Constant(3, 2.5)}) == 0);

    // Three times 0.1 is 0.3 and a bit, so that its mean is no longer 0.1.
    const Vector<double> tenth = Vector<double>::Constant(3, 0.1);
    REQUIRE(tenth.sum() / 3 != 0.1);
    CHECK(r2({.target = tenth, .prediction = tenth}) == 1);
    CHECK(r2({.target = tenth, .prediction = Vector<double>::Constant(3, 0.2)}) == 0);
}

TEST_CASE("metrics: r2 of a single sample is that of a constant target", "[data][metrics]") {
    const Matrix<double> one{{3}}, other{{4}};
    CHECK(r2({.target = one, .prediction = one}) == 1);
    CHECK(r2({.target = one, .prediction = other}) == 0);
}

TEST_CASE("metrics: r2 of what is not a number is none", "[data][metrics]") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const Matrix<double> Y{{1}, {2}, {4}}, unknown{{1}, {nan}, {4}};
    CHECK(std::isnan(r2({.target = Y, .prediction = unknown})));
    CHECK(std::isnan(r2({.target = unknown, .prediction = Y})));
    CHECK(r2({.target = Matrix<double>{{1}, {1}, {1}}, .prediction = unknown}) == 0);
}

TEST_CASE("metrics: refuse what does not fit together", "[data][metrics]") {
    const std::vector<int> two{0, 1}, three{0, 1, 0};
    CHECK_THROWS_WITH(accuracy(two, three),
                      Catch::Matchers::StartsWith("there are 3 predictions for 2 samples, expected "
                                                  "one for each"));
    CHECK_THROWS_AS(confusion_matrix({.actual = two, .predicted = three}), std::invalid_argument);
    CHECK_THROWS_AS(accuracy(two, two, std::vector<double>{0, 0}), std::invalid_argument);
    CHECK_THROWS_AS(
        rmse({.target = Matrix<double>::Zero(2, 1), .prediction = Matrix<double>::Zero(2, 2)}),
        std::invalid_argument);
    CHECK_THROWS_AS(
        r2({.target = Matrix<double>::Zero(2, 1), .prediction = Matrix<double>::Zero(2, 2)}),
        std::invalid_argument);
    CHECK_THROWS_AS(
        mae({.target = Matrix<double>::Zero(0, 1), .prediction = Matrix<double>::Zero(0, 1)}),
        std::invalid_argument);
}
