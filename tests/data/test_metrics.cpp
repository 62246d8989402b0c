// SPDX-License-Identifier: MIT
#include <twolayer/data/metrics.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace twolayer;
using Catch::Matchers::WithinRel;

TEST_CASE("metrics: accuracy is the trace of the confusion matrix over its sum",
          "[data][metrics]") {
    const std::vector<int> labels{0, 1, 2, 1, 0, 2, 2};
    const std::vector<Index> predicted{0, 1, 1, 1, 2, 2, 0};
    const std::vector<double> weights{1, 2, 0, 4, 5, 6, 7};
    const auto check = [&](const std::vector<double>& w, const Matrix<double>& expected) {
        CHECK(confusion_matrix({.actual = labels, .predicted = predicted, .sample_weights = w})
                  .counts == expected);
        CHECK_THAT(accuracy(labels, predicted, w),
                   WithinRel(expected.trace() / expected.sum(), 1e-15));
    };
    check({}, Matrix<double>{{1, 0, 1}, {0, 2, 0}, {1, 1, 1}});
    check(weights, Matrix<double>{{1, 0, 5}, {0, 6, 0}, {7, 0, 6}});
}

TEST_CASE("metrics: regression errors, by hand", "[data][metrics]") {
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

TEST_CASE("metrics: the arguments own their data", "[data][metrics]") {
    const RegressionPairs pairs{.target = std::vector<int>{1, 2, 3},
                                .prediction = std::vector<double>{1, 2, 4},
                                .sample_weights = std::vector<double>{1, 2, 3}};
    const ClassPairs classes{.actual = std::vector<int>{1, 2},
                             .predicted = std::vector<int>{2, 2},
                             .sample_weights = 2 * Vector<double>::Ones(2)};
    CHECK(mae(pairs) == 0.5);
    CHECK(confusion_matrix(classes).counts == Matrix<double>{{0, 2}, {0, 2}});
}

TEST_CASE("metrics: r2 of a constant target is one for exact predictions, else zero",
          "[data][metrics]") {
    const Vector<double> Y = Vector<double>::Constant(3, 2);
    CHECK(r2({.target = Y, .prediction = Y}) == 1);
    CHECK(r2({.target = Y, .prediction = Vector<double>::Constant(3, 2.5)}) == 0);

    // 0.1 + 0.1 + 0.1 is more than 0.3, so the mean is not exactly 0.1.
    const Vector<double> tenth = Vector<double>::Constant(3, 0.1);
    REQUIRE(tenth.sum() / 3 != 0.1);
    CHECK(r2({.target = tenth, .prediction = tenth}) == 1);
    CHECK(r2({.target = tenth, .prediction = Vector<double>::Constant(3, 0.2)}) == 0);
}

TEST_CASE("metrics: r2 treats a single sample as a constant target", "[data][metrics]") {
    const Matrix<double> one{{3}}, other{{4}};
    CHECK(r2({.target = one, .prediction = one}) == 1);
    CHECK(r2({.target = one, .prediction = other}) == 0);
}

TEST_CASE("metrics: r2 of NaN is NaN", "[data][metrics]") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const Matrix<double> Y{{1}, {2}, {4}}, unknown{{1}, {nan}, {4}};
    CHECK(std::isnan(r2({.target = Y, .prediction = unknown})));
    CHECK(std::isnan(r2({.target = unknown, .prediction = Y})));
    CHECK(r2({.target = Matrix<double>{{1}, {1}, {1}}, .prediction = unknown}) == 0);
}

TEST_CASE("metrics: a change of unit changes no digit", "[data][metrics]") {
    // A power of two changes no digit, as long as nothing overflows or underflows.
    const int power = GENERATE(-1000, -560, -100, 0, 530, 1020);
    const Matrix<double> Y{{1, 8}, {2, 5}, {4, 6}}, Yhat{{1.5, 8}, {2, 4}, {3, 5}};
    const double unit = std::ldexp(1.0, power);
    CHECK(r2({.target = Y * unit, .prediction = Yhat * unit}) ==
          r2({.target = Y, .prediction = Yhat}));
    CHECK(rmse({.target = Y * unit, .prediction = Yhat * unit}) ==
          unit * rmse({.target = Y, .prediction = Yhat}));
    CHECK(mae({.target = Y * unit, .prediction = Yhat * unit}) ==
          unit * mae({.target = Y, .prediction = Yhat}));

    const Matrix<double> zero = Matrix<double>::Zero(3, 2);
    CHECK(r2({.target = Y * unit, .prediction = zero}) == r2({.target = Y, .prediction = zero}));
    CHECK(r2({.target = Y * unit, .prediction = zero}) < 0);
}

TEST_CASE("metrics: differences may exceed the largest double", "[data][metrics]") {
    constexpr double most = std::numeric_limits<double>::max();
    const Vector<double> Y{{most, -most, most, -most}};
    CHECK(r2({.target = Y, .prediction = Y}) == 1);
    CHECK(rmse({.target = Y, .prediction = Y}) == 0);
    CHECK(mae({.target = Y, .prediction = Y / 2}) == most / 2);
    CHECK(r2({.target = Y, .prediction = -Y}) == -3);  // errors of twice the deviation
    CHECK(std::isinf(rmse({.target = Y, .prediction = -Y})));
    CHECK(std::isinf(rmse({.target = Y / most, .prediction = Y * 2})));
}

TEST_CASE("metrics: accept vectors of any number type", "[data][metrics]") {
    const std::vector<float> targets{1, 2, 3, 4};
    const Eigen::Array4d prediction{2, 1, 5, 4};
    const double expected =
        rmse({.target = Vector<double>{{1, 2, 3, 4}}, .prediction = prediction});
    CHECK(rmse({.target = targets, .prediction = prediction}) == expected);
    CHECK(rmse({.target = row_by_row(targets, 1), .prediction = prediction}) == expected);
    CHECK(rmse({.target = Eigen::Vector4i{1, 2, 3, 4},
                .prediction = prediction.cast<float>() * 1}) == expected);
    CHECK(r2({.target = Vector<float>{{1e-30F, 2e-30F}}, .prediction = Vector<float>{{0, 0}}}) <
          -1);
}

TEST_CASE("metrics: the confusion matrix is indexed by the labels", "[data][metrics]") {
    enum class Side { left = -1, right = 1 };
    using Names = std::vector<std::string>;
    const std::vector<int> actual{10, 9, -1, 9};
    const auto confusion =
        confusion_matrix({.actual = actual, .predicted = Eigen::Vector4i{10, -1, -1, 9}});
    CHECK(confusion.labels == Names{"-1", "9", "10"});  // as numbers, not as texts
    CHECK(confusion.counts == Matrix<double>{{1, 0, 0}, {1, 1, 0}, {0, 0, 1}});
    CHECK(confusion.count(9, -1) == 1);
    CHECK(confusion.count(-1, 9) == 0);
    CHECK_THROWS_WITH(confusion.count(9, 2), Catch::Matchers::StartsWith("the label \"2\""));

    // A class that does not occur has a row if it is in .labels.
    const auto wide = confusion_matrix(
        {.actual = actual, .predicted = actual, .labels = std::vector<long>{10, 7, 9, -1}});
    CHECK(wide.labels == Names{"10", "7", "9", "-1"});
    CHECK(wide.counts.diagonal() == Vector<double>{{1, 0, 2, 1}});

    const Names names{"no", "yes"};
    const char* const predicted[] = {"yes", "yes"};
    CHECK(confusion_matrix({.actual = names, .predicted = predicted}).count("no", "yes") == 1);
    const std::vector<bool> bools{true, false};
    CHECK(confusion_matrix({.actual = bools, .predicted = bools}).labels == Names{"0", "1"});
    const std::vector<Side> sides{Side::right, Side::left};
    CHECK(confusion_matrix({.actual = sides, .predicted = sides}).count(Side::right, Side::right) ==
          1);
}

TEST_CASE("metrics: accuracy compares labels by value", "[data][metrics]") {
    CHECK(accuracy(std::vector<int>{-1, 1}, Eigen::Matrix<long, 2, 1>{-1, 2}) == 0.5);
    CHECK(accuracy(std::vector<int>{-1}, std::vector<unsigned>{4294967295U}) == 0);
    CHECK(accuracy(std::vector<bool>{true, false}, std::vector<bool>{true, true}) == 0.5);
    const char* const texts[] = {"a", "b"};
    CHECK(accuracy(texts, std::vector<std::string>{"a", "b"}) == 1);
    const Matrix<double> Y{{0, 1}, {1, 0}}, Yhat{{0.4, 0.6}, {0.3, 0.7}};
    CHECK(accuracy(class_index(Y), class_index(Yhat)) == 0.5);
}

TEST_CASE("metrics: refuse arguments that do not match", "[data][metrics]") {
    const std::vector<int> two{0, 1}, three{0, 1, 0};
    CHECK_THROWS_WITH(accuracy(two, three),
                      Catch::Matchers::StartsWith("there are 3 predictions for 2 samples, expected "
                                                  "one for each"));
    CHECK_THROWS_AS(confusion_matrix({.actual = two, .predicted = three}), std::invalid_argument);
    using Catch::Matchers::StartsWith;
    CHECK_THROWS_WITH(
        confusion_matrix({.actual = two, .predicted = class_index(Matrix<double>::Identity(2, 2))}),
        StartsWith(".actual holds integers and .predicted class indexes"));
    enum class Colour { red };
    enum class Fruit { apple };
    CHECK_THROWS_WITH(
        confusion_matrix(
            {.actual = std::vector{Colour::red}, .predicted = std::vector{Fruit::apple}}),
        StartsWith(".actual holds enumerators and .predicted enumerators of another"));
    CHECK_THROWS_WITH(confusion_matrix({.actual = two, .predicted = two, .labels = three}),
                      StartsWith("the label \"0\" is twice in .labels"));
    CHECK_THROWS_WITH(
        confusion_matrix({.actual = two, .predicted = two, .labels = std::vector<int>{0, 2}}),
        StartsWith("the label \"1\" of sample 1 is not in .labels"));
    CHECK_THROWS_AS(
        confusion_matrix({.actual = std::vector<int>{}, .predicted = Eigen::VectorXi()}),
        std::invalid_argument);
    const Matrix<double> none(2, 0);
    for (const auto metric : {rmse, mae, r2})
        CHECK_THROWS_WITH(metric({.target = none, .prediction = none}),
                          StartsWith("the target is 2 x 0 and the prediction 2 x 0, expected"));
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
