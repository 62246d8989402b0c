// SPDX-License-Identifier: MIT
#include <twolayer/network/net.hpp>

#include <algorithm>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "support/oracle.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

TEMPLATE_TEST_CASE("net: the forward pass agrees with the formulas of the whole batch",
                   "[network][net]", Sigmoid, Softmax, Identity) {
    const bool biases = GENERATE(false, true);
    const test::Problem<double, TestType> p(biases, 71);  // more rows than one tile
    const auto pass = p.net.forward(p.X);
    const auto expected = test::whole_batch<SquaredError>(p.net, p.X, p.Y);

    // Sums of at most five terms, each rounded a few times.
    const double allowed = 16 * std::numeric_limits<double>::epsilon();
    CHECK(test::relative_distance(pass.H, expected.H) < allowed);
    CHECK(test::relative_distance(pass.Z, expected.Z) < allowed);
    CHECK(test::relative_distance(pass.O, expected.O) < allowed);
    CHECK(test::relative_distance(pass.Yhat, expected.Yhat) < allowed);
    CHECK(p.net.predict(p.X) == pass.Yhat);
}

TEST_CASE("net: writes predictions into matrices of any layout", "[network][net]") {
    const test::Problem<double> p(true, 71);
    Workspace<TwoLayerNet<double>> workspace(p.net.shape(), 4);  // 18 tiles, the last of 3 rows
    Matrix<double> Yhat(71, 2);
    p.net.predict(p.X, Yhat, workspace);
    CHECK(test::relative_distance(Yhat, p.net.predict(p.X)) < 1e-15);

    Matrix<double> around = Matrix<double>::Constant(75, 5, 9);
    p.net.predict(p.X, around.block(1, 2, 71, 2), workspace);
    CHECK(around.block(1, 2, 71, 2) == Yhat);
    CHECK((around.array() == 9).count() == 75 * 5 - 71 * 2);

    Eigen::Matrix<double, Dynamic, Dynamic, Eigen::RowMajor> row_major(71, 2);
    p.net.predict(p.X, row_major, workspace);
    CHECK(row_major == Yhat);
}

TEST_CASE("net: refuses to write a prediction over its inputs", "[network][net]") {
    for (const Index K : {2, 40}) {  // few outputs and many
        TwoLayerNet<double> net({K, 3, K});
        std::mt19937_64 generator(1);
        net.randomize(generator);
        Matrix<double> X = Matrix<double>::Random(9, 2 * K);
        Vector<double> x = X.row(0).head(K);
        const Matrix<double> X_before = X;
        Workspace<TwoLayerNet<double>> workspace(net.shape());
        CHECK_THROWS_WITH(net.predict_one(x, x),
                          StartsWith("the prediction would be written over"));
        CHECK_THROWS_AS(net.predict(X.leftCols(K), X.middleCols(1, K), workspace),
                        std::invalid_argument);
        CHECK_THROWS_AS(net.predict(X.topLeftCorner(5, K), X.block(4, 0, 5, K), workspace),
                        std::invalid_argument);
        CHECK(X == X_before);
        CHECK(x == X.row(0).head(K).transpose());

        // Adjacent columns of one matrix do not overlap, in either order.
        const Matrix<double> Yhat = net.predict(X.leftCols(K));
        net.predict(X.leftCols(K), X.rightCols(K), workspace);
        CHECK(X.rightCols(K) == Yhat);
        Eigen::Matrix<double, Dynamic, Dynamic, Eigen::RowMajor> by_row = X_before;
        net.predict(by_row.leftCols(K), by_row.rightCols(K), workspace);
        CHECK(by_row.rightCols(K) == Yhat);
        net.predict(by_row.topRows(4).leftCols(K), by_row.bottomRows(4).leftCols(K), workspace);
        // These overlap in one row, where the second begins one column before the first.
        CHECK_THROWS_AS(net.predict(by_row.topRows(4).middleCols(1, K),
                                    by_row.middleRows(3, 4).leftCols(K), workspace),
                        std::invalid_argument);
        CHECK(by_row.leftCols(K).topRows(4) == X_before.leftCols(K).topRows(4));
    }
}

TEST_CASE("net: no rows give an empty prediction", "[network][net]") {
    const test::Problem<double> p;
    const Matrix<double> none(0, 3);
    CHECK(p.net.predict(none).rows() == 0);
    CHECK(p.net.predict(none).cols() == 2);
    const auto pass = p.net.forward(none);
    CHECK((pass.H.rows() == 0 && pass.H.cols() == 5));
    CHECK((pass.Yhat.rows() == 0 && pass.Yhat.cols() == 2));
}

TEST_CASE("net: fixed and dynamic shapes convert into each other", "[network][net]") {
    using Fixed = TwoLayerNet<double, Sigmoid, 3, 5, 2>;
    using Dynamic = TwoLayerNet<double>;
    const bool biases = GENERATE(false, true);
    const test::Problem<double> p(biases, 71);
    const Fixed fixed = p.net;
    const Dynamic back = fixed;
    CHECK(fixed.shape() == p.net.shape());
    CHECK(fixed.weights().theta() == p.net.weights().theta());
    CHECK(back.weights().theta() == p.net.weights().theta());
    CHECK(fixed.weights().W2() == p.net.weights().W2());
    static_assert(std::is_same_v<decltype(fixed.predict(p.X)), Eigen::Matrix<double, -1, 2>>);

    // Their tiles differ, their sums do not: a row of Yhat depends only on its sample.
    CHECK(test::relative_distance(fixed.predict(p.X), p.net.predict(p.X)) < 1e-15);
    CHECK(test::relative_distance(fixed.forward(p.X).Z, p.net.forward(p.X).Z) < 1e-15);
    CHECK(test::relative_distance(fixed.predict_one(p.X.row(3)), p.net.predict_one(p.X.row(3))) <
          1e-15);
    CHECK(Fixed(biases).shape() == Shape{3, 5, 2, biases});
    CHECK(Fixed().shape() == Shape{3, 5, 2});
    const Fixed zero(biases);
    CHECK(zero.weights().theta().isZero(0));

    CHECK_THROWS_WITH((TwoLayerNet<double, Sigmoid, 5, 3, 2>(p.net)),
                      StartsWith("the shape is 3 - 5 - 2, the type is made for 5 - 3 - 2"));
}

TEST_CASE("net: a cast rounds every weight", "[network][net]") {
    test::Problem<double> p(true);
    p.net.weights().theta().array() += 1e-12;
    const TwoLayerNet<float> rounded = p.net.cast<float>();
    CHECK(rounded.shape() == p.net.shape());
    CHECK(rounded.weights().theta() == p.net.weights().theta().cast<float>());
    const auto back = rounded.cast<double>(), same = p.net.cast<double>();
    CHECK(back.weights().theta() != p.net.weights().theta());
    CHECK(same.weights().theta() == p.net.weights().theta());

    const TwoLayerNet<double, Softmax, 2, 3, 4> fixed(true);
    static_assert(
        std::is_same_v<decltype(fixed.cast<float>()), TwoLayerNet<float, Softmax, 2, 3, 4>>);
}

TEST_CASE("net: refuses matrices that do not match, and writes nothing", "[network][net]") {
    const test::Problem<double> p;
    Workspace<TwoLayerNet<double>> workspace(p.net.shape()), other({3, 5, 2});
    const Matrix<double> wrong(10, 4);
    CHECK_THROWS_AS(p.net.predict(wrong), std::invalid_argument);
    CHECK_THROWS_WITH(p.net.predict(wrong), StartsWith("X is 10 x 4, the network has 3 inputs"));
    CHECK_THROWS_WITH(p.net.forward(wrong), StartsWith("X is 10 x 4, the network has 3 inputs"));

    Matrix<double> Yhat = Matrix<double>::Constant(7, 2, 9), tall(8, 2), wide(7, 3);
    CHECK_THROWS_AS(p.net.predict(wrong, Yhat, workspace), std::invalid_argument);
    CHECK_THROWS_AS(p.net.predict(p.X, Yhat, other), std::invalid_argument);
    CHECK((Yhat.array() == 9).all());
    CHECK_THROWS_WITH(p.net.predict(p.X, tall, workspace),
                      StartsWith("Yhat is 8 x 2, the prediction is 7 x 2"));
    CHECK_THROWS_AS(p.net.predict(p.X, wide, workspace), std::invalid_argument);
}

TEMPLATE_TEST_CASE("net: can be constructed from weight matrices", "[network][net]",
                   TwoLayerNet<double>, (TwoLayerNet<double, Sigmoid, 3, 2, 1>)) {
    const Matrix<double> W1{{1, 2}, {3, 4}, {5, 6}}, W2{{7}, {8}};
    const Matrix<double> b1{{9, 10}};
    const std::vector<double> b2{11};

    TestType net(W1, W2);
    CHECK(net.shape() == Shape{3, 2, 1, false});
    CHECK(net.weights().W1() == W1);
    CHECK(net.weights().W2() == W2);
    const TestType biased(W1, b1, W2, b2);
    CHECK(biased.shape() == Shape{3, 2, 1});
    CHECK(biased.weights().theta() == Vector<double>{{1, 3, 5, 2, 4, 6, 9, 10, 7, 8, 11}});
    // Expressions, a row-major matrix, and a bias as a column.
    const Eigen::Matrix<double, Dynamic, Dynamic, Eigen::RowMajor> W1_by_rows = W1;
    const TestType same(W1_by_rows, Vector<double>{{9, 10}}, 2 * W2 - W2, b2);
    CHECK(same.weights().theta() == biased.weights().theta());

    CHECK_THROWS_WITH(TestType(W1, W1), StartsWith("W1 is 3 x 2 and W2 is 3 x 2: expected"));
    CHECK_THROWS_AS(TestType(W1.transpose(), W2), std::invalid_argument);
    CHECK_THROWS_AS(TestType(Matrix<double>(0, 0), Matrix<double>(0, 0)), std::invalid_argument);
    CHECK_THROWS_WITH(TestType(W1, W1.col(0), W2, b2), StartsWith("b1 is 1 x 3, expected 1 x 2"));
    CHECK_THROWS_WITH(TestType(W1, b1, W2, b1), StartsWith("b2 is 1 x 2, expected 1 x 1"));
    CHECK_THROWS_AS((TwoLayerNet<double, Softmax>(W1, W2)), std::invalid_argument);
}

TEST_CASE("net: deduces the scalar type from the weight matrices", "[network][net]") {
    const Matrix<float> W1{{1}}, W2{{2}};
    const TwoLayerNet net(W1, W2);
    const TwoLayerNet biased(W1, std::vector<float>{3}, 2 * W2, W1.row(0));
    static_assert(std::is_same_v<decltype(net), const TwoLayerNet<float>>);
    static_assert(std::is_same_v<decltype(biased), const TwoLayerNet<float>>);
    CHECK(biased.weights().theta() == Vector<float>{{1, 3, 4, 1}});
}

TEST_CASE("net: refuses layers without units and a softmax over one output", "[network][net]") {
    CHECK_THROWS_AS(TwoLayerNet<double>({3, 0, 2}), std::invalid_argument);
    CHECK_THROWS_AS((TwoLayerNet<double, Softmax>({3, 5, 1})), std::invalid_argument);
    CHECK_THROWS_WITH((TwoLayerNet<double, Softmax>({3, 5, 1})), EndsWith("use Sigmoid"));
    CHECK_THROWS_AS((TwoLayerNet<double, Softmax, 3, 5, 1>()), std::invalid_argument);
    CHECK_NOTHROW(TwoLayerNet<double, Softmax>({3, 5, 2}));
    CHECK_NOTHROW(TwoLayerNet<double, Identity>({3, 5, 1}));
}
