// SPDX-License-Identifier: MIT
//
// Warnings about columns that standardizing cannot improve.
#include <limits>

#include "catch.hpp"
#include "train/every_method.hpp"
#include "train/measured.hpp"

using namespace twolayer;
using Catch::Matchers::Contains;
using test::Curve, test::Measured, test::Units;

TEST_CASE("units: warns of a few outliers", "[train][units]") {
    const Measured data;
    Matrix<double> X(120, 2);
    X << data.u, data.u;
    const auto warnings = [&] {
        Curve<double> net({.inputs = 2, .hidden = 2, .outputs = 1});
        return fit(net, X, data.noisy, {.epochs = 2}).warnings;
    };
    CHECK(warnings().empty());
    X.col(1).setZero();  // a rare category is not an outlier
    X(7, 1) = 1;
    CHECK(warnings().empty());
    X.col(1) = data.u;
    X(7, 1) = 1e9;
    REQUIRE(warnings().size() == 1);
    CHECK_THAT(warnings()[0], Contains("column 1 of X: few values lie"));
    for (Index n = 0; n < 120; ++n) X(n, 1) = n % 3 == 0 ? 0 : 1;  // the quartiles are 0 and 1
    X(7, 1) = 1e6;
    REQUIRE(warnings().size() == 1);
    CHECK_THAT(warnings()[0], Contains("column 1 of X: few values lie"));
}

TEST_CASE("units: the report warns of data far from unit scale", "[train][units]") {
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
    // Categories encoded as 0 and 1, one of them rare, and a column of ones.
    Matrix<double> X = Matrix<double>::Zero(23, 3);
    X(4, 0) = 1;
    X.col(1).setOnes();
    CHECK(fit(unit.net, X, unit.Y, Lbfgs{}, few).warnings.empty());

    // float cannot represent years that differ by microseconds.
    const Measured data;
    const Matrix<float> x = (data.u.array() * 1e-3 + 1990).cast<float>();
    const Matrix<float> y = data.noisy.cast<float>();
    Curve<float> net({.inputs = 1, .hidden = 2, .outputs = 1});
    const FitReport report = fit(net, x, y, few);
    REQUIRE(report.warnings.size() == 1);
    CHECK_THAT(report.warnings[0], Contains("column 0 of X") && Contains("digits"));
}

TEST_CASE("units: constant columns and rows of weight zero", "[train][units]") {
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
