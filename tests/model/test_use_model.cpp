// SPDX-License-Identifier: MIT
#include <twolayer/data/metrics.hpp>
#include <twolayer/model/fit_model.hpp>
#include <twolayer/model/use_model.hpp>

#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "catch.hpp"
#include "support/draw.hpp"

using namespace twolayer;

namespace {

/// A model with random weights and with scalings far from one.
template <typename Net>
Model<Net, int> scaled_model(Index outputs) {
    std::mt19937_64 generator(3);
    Model<Net, int> model{.net = Net({3, 4, outputs})};
    model.net.randomize(generator);
    model.inputs =
        Standardizer<double>(Vector<double>{{100, -3, 0.1}}, Vector<double>{{20, 0.5, 1e-3}});
    return model;
}

}  // namespace

TEST_CASE("model: one sample is predicted like a row of many", "[model][use]") {
    auto model = scaled_model<TwoLayerNet<double, Identity>>(2);
    model.targets = Standardizer<double>(Vector<double>{{5, -1e4}}, Vector<double>{{0.1, 1e3}});
    const Vector<double> x{{120, -2.5, 0.1005}};
    const Matrix<double> Yhat = model.predict(x.transpose());
    // The sums are rounded differently, by a few eps of the largest term, 1e4.
    CHECK((model.predict_one(x).transpose() - Yhat).norm() < 1e-14 * 16 * 1e4);
    CHECK_THROWS_AS(model.predict_one(Vector<double>::Zero(2)), std::invalid_argument);
}

TEST_CASE("model: the input Jacobian is in the units of X and Y", "[model][use]") {
    auto model = scaled_model<TwoLayerNet<double, Identity>>(2);
    model.targets = Standardizer<double>(Vector<double>{{5, -1e4}}, Vector<double>{{0.1, 1e3}});
    const Vector<double> x{{120, -2.5, 0.1005}};
    const Matrix<double> J = input_jacobian(model, x);
    REQUIRE(J.rows() == 2);
    REQUIRE(J.cols() == 3);
    for (Index d = 0; d < 3; ++d) {
        // Central differences with steps of 1e-4 deviations err by 1e-8 of a third derivative.
        const double step = 1e-4 * model.inputs.deviation()(d);
        const Vector<double> plus = x + step * Vector<double>::Unit(3, d);
        const Vector<double> minus = x - step * Vector<double>::Unit(3, d);
        const Vector<double> difference =
            (model.predict_one(plus) - model.predict_one(minus)) / (2 * step);
        for (Index k = 0; k < 2; ++k) {
            const double unit = model.targets.deviation()(k) / model.inputs.deviation()(d);
            CHECK(std::abs(J(k, d) - difference(k)) < 1e-6 * unit);
            CHECK(std::abs(J(k, d)) > 1e-3 * unit);
        }
    }
}

TEST_CASE("model: a score is the accuracy or R2 in raw units", "[model][use]") {
    auto classifier = scaled_model<TwoLayerNet<double, Softmax>>(3);
    classifier.class_names = {7, 8, 10};
    std::mt19937_64 generator(1);
    Matrix<double> X = test::draw<double>(generator, 20, 3, -1, 1);
    X = classifier.inputs.inverse(X);
    const std::vector<int> labels = classifier.classify(X);
    CHECK(score(classifier, X, labels) == 1);
    CHECK(score(classifier, X, std::vector<int>(20, 9)) == 0);
    const auto regressor = scaled_model<TwoLayerNet<double, Identity>>(1);
    CHECK(score(regressor, X, regressor.predict(X)) == 1);
    const Vector<double> y = X.col(0);
    CHECK(score(regressor, X, y) == r2({.target = y, .prediction = regressor.predict(X)}));
}

TEST_CASE("model: an update learns new samples with the old scalings", "[model][use]") {
    std::mt19937_64 generator(1);
    const Matrix<double> X = test::draw<double>(generator, 60, 1, 100, 200);
    std::vector<int> labels, moved;
    for (Index n = 0; n < 60; ++n) {
        labels.push_back(X(n, 0) > 150 ? 5 : 2);
        moved.push_back(X(n, 0) > 160 ? 5 : 2);
    }
    auto [model, report] = fit_classifier(X, labels, {.folds = 2});
    const auto scaling = model.inputs;
    REQUIRE(score(model, X, moved) < 0.99);
    const FitReport updated = update(model, X, moved);
    CHECK(updated.epochs > 0);
    CHECK(score(model, X, moved) == 1);
    CHECK(model.inputs.mean() == scaling.mean());
    CHECK(model.class_names == std::vector<int>{2, 5});

    const auto before = model.net;
    CHECK_THROWS_WITH(update(model, X.topRows(2), std::vector<int>{5, 3}),
                      Catch::Matchers::Equals(
                          "the label \"3\" of sample 1 is not a class of the model, which knows "
                          "\"2\", \"5\": train a new model with fit_classifier()"));
    CHECK(model.net.weights().theta() == before.weights().theta());

    const Matrix<double> Y = X.array().square();
    auto regressor = fit_regressor(X.topRows(50), Y.topRows(50), {.folds = 2}).model;
    const Matrix<double> shifted = Y.array() + 5000;
    const Matrix<double> wider{{-7}, {20}};
    update(regressor, X, shifted);
    CHECK(score(regressor, X, shifted) > 0.999);
    CHECK(regressor.lowest(0) == X.minCoeff());
    CHECK(regressor.highest(0) == X.maxCoeff());
    update(regressor, wider, wider, {.epochs = 1});
    CHECK(regressor.lowest(0) == -7);
    CHECK(outside_range(regressor, wider).rows == 0);
}

TEST_CASE("model: counts rows outside the range of training", "[model][use]") {
    Matrix<double> X{{0, 10}, {1, 30}, {2, 20}, {-99, 99}};
    // The last row has weight zero, so it does not count.
    const auto model =
        fit_regressor(X, X.col(0), {.folds = 2, .sample_weights = std::vector<double>{1, 1, 1, 0}})
            .model;
    CHECK(model.lowest == Vector<double>{{0, 10}});
    CHECK(model.highest == Vector<double>{{2, 30}});
    const Matrix<double> later{{0, 30}, {-0.1, 15}, {2.1, 31}, {1, 9}, {1, 11}};
    const OutsideRange outside = outside_range(model, later);
    CHECK(outside.rows == 3);
    CHECK(outside.by_input == std::vector<Index>{2, 2});
    Model<TwoLayerNet<double, Identity>> unknown{.net = model.net};
    CHECK(outside_range(unknown, later).rows == 0);
    CHECK_THROWS_AS(outside_range(model, later.leftCols(1)), std::invalid_argument);
}
