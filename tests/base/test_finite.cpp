// SPDX-License-Identifier: MIT
#include <twolayer/base/finite.hpp>

#include <limits>
#include <stdexcept>

#include "catch.hpp"

using namespace twolayer;
using Catch::Matchers::StartsWith;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("finite: all numbers except infinities and NaN", "[base][finite]") {
    for (const double x :
         {0.0, -1.0, std::numeric_limits<double>::max(), std::numeric_limits<double>::denorm_min()})
        CHECK(is_finite(x));
    for (const double x : {infinity, -infinity, not_a_number}) {
        CHECK_FALSE(is_finite(x));
        CHECK_FALSE(is_finite(float(x)));
    }
}

TEST_CASE("finite: the first bad entry is named by row and column", "[base][finite]") {
    Matrix<double> A{{1, 2, 3}, {4, 5, 6}};
    CHECK_NOTHROW(check_finite<double>("X", A));
    A(1, 2) = -infinity;
    CHECK_THROWS_AS(check_finite<double>("X", A), std::invalid_argument);
    CHECK_THROWS_WITH(check_finite<double>("X", A),
                      StartsWith("X is -inf in row 1, column 2, every entry must be finite"));
    A(1, 0) = not_a_number;
    CHECK_THROWS_WITH(check_finite<double>("Y", A), StartsWith("Y is nan in row 1, column 0"));
}

TEST_CASE("finite: rows of weight zero are skipped", "[base][finite]") {
    const Matrix<double> A{{1, not_a_number}, {2, 3}};
    CHECK_NOTHROW(check_finite<double>("X", A, Vector<double>{{0, 1}}));
    CHECK_THROWS_AS(check_finite<double>("X", A, Vector<double>{{1, 0}}), std::invalid_argument);
}

TEMPLATE_TEST_CASE("finite: every standard type is classified by its bits", "[base][finite]", float,
                   double, long double) {
    using Limits = std::numeric_limits<TestType>;
    for (const TestType x : {Limits::max(), Limits::lowest(), Limits::min(), Limits::denorm_min(),
                             TestType(0), -TestType(0)})
        CHECK(is_finite(x));
    for (const TestType x : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(),
                             -Limits::quiet_NaN(), Limits::signaling_NaN()})
        CHECK_FALSE(is_finite(x));
    Matrix<TestType> A = Matrix<TestType>::Ones(2, 3);
    CHECK(all_finite(A));
    A(1, 2) = Limits::quiet_NaN();
    CHECK_FALSE(all_finite(A));
    CHECK(all_finite(A.leftCols(2)));
}

TEST_CASE("finite: only NaN is NaN", "[base][finite]") {
    CHECK(is_nan(not_a_number));
    CHECK(is_nan(-not_a_number));
    for (const double x : {infinity, -infinity, 0.0, std::numeric_limits<double>::max()})
        CHECK_FALSE(is_nan(x));
}
