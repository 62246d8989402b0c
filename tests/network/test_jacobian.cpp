// SPDX-License-Identifier: MIT
#include <twolayer/network/jacobian.hpp>

#include <twolayer/network/net.hpp>

#include <cmath>
#include <stdexcept>

#include "catch.hpp"
#include "support/finite_differences.hpp"
#include "support/policies.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::WithinRel;

namespace {

/// Row n K + k: output k of sample n.
template <typename Scalar>
Vector<Scalar> stacked(const Matrix<Scalar>& Yhat) {
    const Matrix<Scalar> transposed = Yhat.transpose();
    return transposed.reshaped();
}

template <typename Scalar>
void check_close(const Matrix<Scalar>& a, const Matrix<Scalar>& b, const Scalar& allowed) {
    INFO("error " << (a - b).norm() << ", allowed " << allowed << ", |expected| " << b.norm());
    REQUIRE(b.norm() > 1000 * allowed);  // at least three digits are checked
    CHECK((a - b).norm() < allowed);
}

}  // namespace

TEMPLATE_TEST_CASE("jacobian: agrees with central differences of the prediction",
                   "[network][jacobian]", double, long double) {
    using Scalar = TestType;
    const bool biases = GENERATE(false, true);
    const Scalar h = test::epsilon_to_thirds<Scalar>(1), uncertainty = h * h;
    test::for_each_policies([&]<typename P>(P) {
        const test::Problem<Scalar, typename P::Output> p(biases);
        const Matrix<Scalar> J = jacobian(p.net, p.X);
        REQUIRE(J.rows() == p.Y.size());
        Matrix<Scalar> expected(J.rows(), J.cols());
        for (Index i = 0; i < J.cols(); ++i) {
            auto net = p.net;
            net.weights().theta()(i) += h;
            const Matrix<Scalar> above = net.predict(p.X);
            net.weights().theta()(i) -= 2 * h;
            expected.col(i) = stacked<Scalar>((above - net.predict(p.X)) / (2 * h));
        }
        using std::sqrt;
        check_close<Scalar>(J, expected, 2 * sqrt(Scalar(J.size())) * uncertainty);
    });
}

TEMPLATE_TEST_CASE("jacobian: J^T diag(w) (Yhat - Y) / sum w is the gradient of the squared error",
                   "[network][jacobian]", Sigmoid, Softmax, Identity) {
    const bool biases = GENERATE(false, true);
    const test::Problem<double, TestType> p(biases, 300);  // more than a tile
    const Matrix<double> R = p.w.asDiagonal() * (p.net.predict(p.X) - p.Y) / p.w.sum();
    const Vector<double> expected = jacobian(p.net, p.X).transpose() * stacked<double>(R);
    const auto gradient = loss_and_gradient(p.net, p.X, p.Y, SquaredError{}, p.w).gradient;
    // Sums of 300 K terms that nearly cancel.
    CHECK(test::relative_distance(gradient.theta(), expected) < 1e-12);
}

TEST_CASE("jacobian: the input Jacobian agrees with central differences of the prediction",
          "[network][jacobian]") {
    const bool biases = GENERATE(false, true);
    const double h = test::epsilon_to_thirds<double>(1);
    test::for_each_policies([&]<typename P>(P) {
        const test::Problem<double, typename P::Output> p(biases);
        const Vector<double> x = p.X.row(4);
        Matrix<double> expected(p.Y.cols(), 3);
        for (Index d = 0; d < 3; ++d) {
            Vector<double> above = x, below = x;
            above(d) += h;
            below(d) -= h;
            expected.col(d) = (p.net.predict_one(above) - p.net.predict_one(below)) / (2 * h);
        }
        check_close<double>(input_jacobian(p.net, x), expected, 10 * h * h);
        CHECK(input_jacobian(p.net, p.X.row(4)) == input_jacobian(p.net, x));
    });
}

TEST_CASE("jacobian: the input gradient agrees with central differences of the loss",
          "[network][jacobian]") {
    const bool biases = GENERATE(false, true);
    const double h = test::epsilon_to_thirds<double>(1);
    test::for_each_policies([&]<typename P>(P) {
        test::Problem<double, typename P::Output> p(biases);
        p.w(2) = 0;
        const typename P::Loss policy;
        const Matrix<double> gradient = input_gradient(p.net, p.X, p.Y, policy, p.w);
        CHECK(gradient.row(2).isZero(0));
        Matrix<double> expected(7, 3);
        for (Index n = 0; n < 7; ++n)
            for (Index d = 0; d < 3; ++d) {
                auto X = p.X;
                X(n, d) += h;
                const double above = mean_loss(p.net, X, p.Y, policy, p.w);
                X(n, d) -= 2 * h;
                expected(n, d) = (above - mean_loss(p.net, X, p.Y, policy, p.w)) / (2 * h);
            }
        check_close<double>(gradient, expected, 20 * h * h);
    });
}

TEST_CASE("jacobian: one weight per layer, by hand", "[network][jacobian]") {
    // X = 2, W1 = (ln 3) / 2, W2 = 4/3 ln 3:  Z = Yhat = 3/4, both slopes 3/16.
    const double ln3 = std::log(3.0);
    TwoLayerNet<double> net({.inputs = 1, .hidden = 1, .outputs = 1, .biases = false});
    net.weights().theta() << ln3 / 2, 4.0 / 3.0 * ln3;
    const Matrix<double> J = jacobian(net, Matrix<double>{{2.0}});
    CHECK_THAT(J(0, 0), WithinRel(2 * 3.0 / 16 * 4.0 / 3.0 * ln3 * 3.0 / 16, 1e-14));
    CHECK_THAT(J(0, 1), WithinRel(0.75 * 3.0 / 16, 1e-14));
    CHECK_THAT(input_jacobian(net, Vector<double, 1>(2.0))(0, 0),
               WithinRel(ln3 / 2 * 3.0 / 16 * 4.0 / 3.0 * ln3 * 3.0 / 16, 1e-14));
}

TEST_CASE("jacobian: refuses arguments that do not match", "[network][jacobian]") {
    const test::Problem<double> p;
    CHECK_THROWS_AS(jacobian(p.net, p.X.leftCols(2)), std::invalid_argument);
    CHECK_THROWS_AS(input_jacobian(p.net, Vector<double>::Ones(4)), std::invalid_argument);
    CHECK_THROWS_WITH(
        input_jacobian(p.net, Vector<double>::Ones(4)),
        Catch::Matchers::Equals("x has 4 values, expected 3, the inputs of the network"));
    CHECK_THROWS_AS(input_gradient(p.net, p.X, p.Y.topRows(2)), std::invalid_argument);
}
