// SPDX-License-Identifier: MIT
#include <twolayer/network/net.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::StartsWith;

TEMPLATE_TEST_CASE("predict_one: agrees with predictions of a batch", "[network][predict_one]",
                   float, double, long double) {
    const bool biases = GENERATE(false, true);
    const auto agrees = [&](const auto& p) {
        const Matrix<TestType> Yhat = p.net.predict(p.X);
        for (Index n = 0; n < p.X.rows(); ++n) {
            const Vector<TestType> x = p.X.row(n).transpose(), y = Yhat.row(n).transpose();
            // Compilers order and contract the sum over inputs depending on the stride, so the ways
            // to pass x agree only up to rounding.
            const auto close = [&](const Vector<TestType>& one) {
                return test::relative_distance(one, y) <
                       16 * std::numeric_limits<TestType>::epsilon();
            };
            REQUIRE(close(p.net.predict_one(x)));
            REQUIRE(close(p.net.predict_one(p.X.row(n))));  // a row, with a stride
            REQUIRE(close(p.net.predict_one(std::span<const TestType>(x.data(), 3))));
            REQUIRE(close(p.net.predict_one((2 * x) * TestType(0.5))));
            Vector<TestType> written = Vector<TestType>::Constant(y.size(), 99);
            p.net.predict_one(x, std::span(written.data(), std::size_t(y.size())));
            REQUIRE(close(written));
            written.setConstant(99);
            p.net.predict_one(x, written);
            REQUIRE(close(written));
        }
    };
    agrees(test::Problem<TestType, Sigmoid>(biases));
    agrees(test::Problem<TestType, Softmax>(biases));
    agrees(test::Problem<TestType, Identity>(biases));
}

TEMPLATE_TEST_CASE("predict_one: agrees for sizes that fill vectors fully or partly",
                   "[network][predict_one]", float, double) {
    // More inputs and units than are processed at a time, 256 and 64, with a remainder.
    const Index D = GENERATE(1, 4, 9, 16, 33, 530), M = GENERATE(1, 5, 8, 32, 131);
    const Index K = GENERATE(1, 2, 3, 4, 7, 35, 37);
    TwoLayerNet<TestType> net({D, M, K, D % 2 == 0});
    std::mt19937 generator(1);
    net.randomize(generator);
    const Matrix<TestType> X = test::draw<TestType>(generator, 2, D, -1, 1);
    const Matrix<TestType> Yhat = net.predict(X);
    const Vector<TestType> x = X.row(1).transpose();
    // Sums of D and of M terms of mixed sign, whose roundings add up like a random walk.
    const auto terms = static_cast<TestType>(std::sqrt(double(D + M)));
    const TestType allowed = 8 * terms * std::numeric_limits<TestType>::epsilon();
    INFO(D << " - " << M << " - " << K);
    REQUIRE(test::relative_distance(net.predict_one(x), Yhat.row(1).transpose()) < allowed);
    REQUIRE(test::relative_distance(net.predict_one(X.row(0)), Yhat.row(0).transpose()) < allowed);

    std::vector<TestType> written(std::size_t(K) + 4, 77);  // the entries after K must not change
    net.predict_one(x, std::span(written.data(), std::size_t(K)));
    REQUIRE(std::count(written.begin() + K, written.end(), TestType(77)) == 4);
}

TEMPLATE_TEST_CASE("predict_one: refuses a sample of the wrong length unless unchecked",
                   "[network][predict_one]", TwoLayerNet<double>,
                   (TwoLayerNet<double, Sigmoid, 3, 5, 2>)) {
    const TestType net(test::Problem<double>().net);
    const Vector<double> x{{1, 2, 3}};
    for (const Index size : {0, 2, 4})
        CHECK_THROWS_WITH(net.predict_one(Vector<double>::Ones(size)),
                          StartsWith("x has " + std::to_string(size) + " values, expected 3"));
    for (const std::size_t size : {0u, 1u, 3u}) {
        std::vector<double> yhat(size, 9);
        CHECK_THROWS_WITH(net.predict_one(x, std::span(yhat)),
                          StartsWith("yhat has " + std::to_string(size) + " values, expected 2"));
        CHECK(yhat == std::vector<double>(size, 9));
    }
    std::vector<double> yhat(2);
    net.predict_one_unchecked(x, yhat);
    CHECK(Vector<double>{{yhat[0], yhat[1]}} == net.predict_one(x));
    // Returning by value allocates, which may fail.
    static_assert(!noexcept(net.predict_one(x)) && !noexcept(net.predict_one(x, std::span(yhat))));
    static_assert(noexcept(net.predict_one_unchecked(VectorArg<double>(), std::span<double>())));
}
