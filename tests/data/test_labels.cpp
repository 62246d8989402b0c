// SPDX-License-Identifier: MIT
#include <twolayer/data/labels.hpp>

#include <stdexcept>
#include <vector>

#include "catch.hpp"

using namespace twolayer;

TEST_CASE("labels: one-hot rows hold a single one, where the label says", "[data][labels]") {
    const std::vector<int> labels{2, 0, 1, 2};
    const Matrix<float> Y = one_hot<float>(labels, 4);
    const Matrix<float> expected{{0, 0, 1, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}};
    CHECK(Y == expected);
}

TEST_CASE("labels: classify undoes one-hot", "[data][labels]") {
    const std::vector<Index> labels{2, 0, 1, 2, 3};
    CHECK(classify(one_hot<double>(labels, 4)) == labels);
    CHECK(classify(one_hot<double>(labels, 4) * 0.3) == labels);  // an expression
}

TEST_CASE("labels: one column means class 1 above one half", "[data][labels]") {
    const Vector<double> Yhat{{0.2, 0.5, 0.50001, 0.9}};
    CHECK(classify(Yhat) == std::vector<Index>{0, 0, 1, 1});
}

TEST_CASE("labels: the first of equally likely classes wins", "[data][labels]") {
    CHECK(classify(Matrix<double>{{0.4, 0.4, 0.2}}) == std::vector<Index>{0});
}

TEST_CASE("labels: refuses a label out of range", "[data][labels]") {
    using Catch::Matchers::Equals;
    CHECK_THROWS_WITH(one_hot<double>(std::vector<int>{0, 3}, 3),
                      Equals("the label of sample 1 is 3, it must be at least 0 and below 3"));
    CHECK_THROWS_AS(one_hot<double>(std::vector<int>{-1}, 3), std::invalid_argument);
    CHECK_THROWS_AS(one_hot<double>(std::vector<int>{}, 0), std::invalid_argument);
}
