// SPDX-License-Identifier: MIT
#include <twolayer/data/standardizer.hpp>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::WithinRel;

namespace {

template <typename Scalar>
Matrix<Scalar> random_matrix(Index rows, Index columns, unsigned seed) {
    std::mt19937 generator(seed);
    return Matrix<Scalar>::NullaryExpr(rows, columns, [&] { return Scalar(uniform(generator)); });
}

}  // namespace

TEMPLATE_TEST_CASE("standardizer: transformed columns have mean zero and deviation one",
                   "[data][standardizer]", float, double, long double) {
    using Scalar = TestType;
    Matrix<Scalar> X = random_matrix<Scalar>(41, 3, 1);
    X.col(1) = X.col(1) * Scalar(1e4) + Matrix<Scalar>::Constant(41, 1, Scalar(-3e4));
    X.col(2) *= Scalar(1e-12);

    const auto scale = Standardizer<Scalar>::fit(X);
    const Matrix<Scalar> T = scale.transform(X);

    // A value is rounded by eps |x|, which becomes eps |x| / deviation after the division.
    const Scalar eps = std::numeric_limits<Scalar>::epsilon();
    for (Index d = 0; d < 3; ++d) {
        const Scalar allowed = 8 * eps * (1 + std::abs(scale.mean()(d)) / scale.deviation()(d));
        INFO("column " << d << ", mean " << T.col(d).mean() << ", allowed " << allowed);
        CHECK(std::abs(T.col(d).mean()) < allowed);
        CHECK(std::abs(T.col(d).squaredNorm() / 41 - 1) < 2 * allowed);
    }
    const Matrix<Scalar> back = scale.inverse(T);
    for (Index d = 0; d < 3; ++d)
        CHECK((back - X).col(d).cwiseAbs().maxCoeff() <= 4 * eps * X.col(d).cwiseAbs().maxCoeff());
}

TEST_CASE("standardizer: two samples, by hand", "[data][standardizer]") {
    // Column (1, 5): mean 3, deviation 2. With weights 3 and 1: mean 2, variance (3 1 + 1 9) / 4
    // = 3.
    const Matrix<double> X{{1.0}, {5.0}};
    const auto plain = Standardizer<double>::fit(X);
    CHECK(plain.mean()(0) == 3);
    CHECK(plain.deviation()(0) == 2);
    const auto weighted = Standardizer<double>::fit(X, std::vector<double>{3, 1});
    CHECK(weighted.mean()(0) == 2);
    CHECK_THAT(weighted.deviation()(0), WithinRel(std::sqrt(3.0), 1e-15));
}

TEST_CASE("standardizer: a constant column has deviation one", "[data][standardizer]") {
    Matrix<double> X = random_matrix<double>(1000, 2, 2);
    X.col(0).setConstant(0.1);  // the plain mean over 1000 rows is not 0.1
    const auto scale = Standardizer<double>::fit(X);
    CHECK(scale.mean()(0) == 0.1);
    CHECK(scale.deviation()(0) == 1);
    CHECK(scale.transform(X).col(0).isZero(0));

    // A column that differs only by rounding, and one whose deviation underflows.
    CHECK(Standardizer<double>::fit(Matrix<double>{{0.1 + 0.2}, {0.3}, {0.3}}).deviation()(0) == 1);
    Matrix<float> tiny = Matrix<float>::Zero(100, 1);
    tiny(0) = 1e-45f;
    CHECK(Standardizer<float>::fit(tiny).deviation()(0) == 1);
}

TEST_CASE("standardizer: tiny and huge values neither underflow nor overflow",
          "[data][standardizer]") {
    const Matrix<double> X{{1e-200, 1e200}, {3e-200, 3e200}};
    const auto scale = Standardizer<double>::fit(X);
    CHECK_THAT(scale.deviation()(0), WithinRel(1e-200, 1e-14));
    CHECK_THAT(scale.deviation()(1), WithinRel(1e200, 1e-14));
}

TEST_CASE("standardizer: a row of weight zero counts as removed", "[data][standardizer]") {
    Matrix<double> X = random_matrix<double>(6, 2, 3);
    const Matrix<double> kept = X.bottomRows(5);
    X.row(0).setConstant(std::numeric_limits<double>::quiet_NaN());
    const auto with = Standardizer<double>::fit(X, std::vector<double>{0, 1, 1, 1, 1, 1});
    const auto without = Standardizer<double>::fit(kept);
    CHECK(with.mean() == without.mean());
    CHECK(with.deviation() == without.deviation());
}

TEMPLATE_TEST_CASE("standardizer: the folded network has the same outputs for raw inputs",
                   "[data][standardizer]", float, double) {
    using Scalar = TestType;
    const bool biases = GENERATE(false, true);
    const test::Problem<Scalar, Identity> p(biases, 11);
    Matrix<Scalar> X = p.X;
    X.col(2) = X.col(2) * Scalar(0.5) + Matrix<Scalar>::Constant(11, 1, Scalar(40));

    const auto scale = Standardizer<Scalar>::fit(X);
    const auto folded = scale.fold_into(p.net);
    CHECK(folded.shape().biases);

    // Each of the D + 1 terms of H is rounded by eps (1 + |mean| / deviation). O, a sum over 5
    // units, inherits that with the factors sigma' <= 1/4 and |W2| <= 1.
    const Scalar eps = std::numeric_limits<Scalar>::epsilon();
    const Scalar conditioning =
        (scale.mean().array().abs() / scale.deviation().array()).maxCoeff() + 1;
    const Scalar allowed = 5 * 4 * eps * conditioning;
    const Matrix<Scalar> expected = p.net.predict(scale.transform(X));
    const Scalar error = (folded.predict(X) - expected).cwiseAbs().maxCoeff();
    INFO("error " << error << ", allowed " << allowed);
    // The outputs vary by much more than the error allowed: two digits are checked.
    REQUIRE((expected.rowwise() - expected.colwise().mean()).norm() > 100 * allowed);
    CHECK(error < allowed);
}

TEST_CASE("standardizer: refuses unusable data", "[data][standardizer]") {
    Matrix<double> X = random_matrix<double>(4, 3, 6);
    const auto scale = Standardizer<double>::fit(X);
    using Catch::Matchers::Equals;
    CHECK_THROWS_WITH(scale.transform(X.leftCols(2)),
                      Equals("there are 2 columns, the scaling was learnt from 3"));
    CHECK_THROWS_WITH(scale.fold_into(TwoLayerNet<double>({4, 2, 1, false})),
                      Equals("there are 4 columns, the scaling was learnt from 3"));
    CHECK_THROWS_AS(Standardizer<double>::fit(X.topRows(0)), std::invalid_argument);
    CHECK_THROWS_WITH(Standardizer<double>::fit(Matrix<double>{{1.5e308}, {-1.5e308}}),
                      Equals("column 0 of X spreads too far for its scalar type"));
    X(2, 1) = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(Standardizer<double>::fit(X),
                      Equals("X is inf in row 2, column 1, every entry must be finite"));
    for (const Index columns : {Index(-1), Index(0), Index(1) << 61})
        CHECK_THROWS_AS(Standardizer<double>(columns), std::invalid_argument);
}

TEST_CASE("standardizer: can be constructed from means and deviations", "[data][standardizer]") {
    const auto scale = Standardizer<double>::fit(random_matrix<double>(4, 3, 6));
    const Standardizer<double> same(scale.mean(), scale.deviation());
    CHECK(same.mean() == scale.mean());
    CHECK(same.deviation() == scale.deviation());

    using Numbers = std::vector<double>;
    const double inf = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(Standardizer<double>(Numbers{1, 2}, Numbers{1}),
                      Catch::Matchers::Equals("there are 2 means and 1 deviations"));
    for (const auto& [mean, deviation] :
         {std::pair(0.0, 0.0), std::pair(0.0, -1.0), std::pair(0.0, inf), std::pair(inf, 1.0)})
        CHECK_THROWS_WITH(Standardizer<double>(Numbers{1, mean}, Numbers{1, deviation}),
                          Catch::Matchers::StartsWith("column 1 has the mean"));
}
