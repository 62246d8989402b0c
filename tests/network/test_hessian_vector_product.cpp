// SPDX-License-Identifier: MIT
#include <twolayer/network/hessian_vector_product.hpp>
#include <twolayer/network/jacobian.hpp>
#include <twolayer/network/net.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "catch.hpp"
#include "support/finite_differences.hpp"
#include "support/policies.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// Column i: the central difference of the gradient along theta_i, with an error of eps^(2/3).
template <typename Loss, typename Problem, typename Scalar>
Matrix<Scalar> differences_of_gradient(const Problem& p, const Vector<Scalar>& w) {
    const Scalar h = test::epsilon_to_thirds<Scalar>(1);
    const Index P = p.net.weights().size();
    const auto gradient_at = [&](Index i, const Scalar& shift) {
        auto net = p.net;
        net.weights().theta()(i) += shift;
        const auto [L, gradient] = loss_and_gradient(net, p.X, p.Y, Loss{}, w);
        return Vector<Scalar>(gradient.theta());
    };
    Matrix<Scalar> H(P, P);
    for (Index i = 0; i < P; ++i) H.col(i) = (gradient_at(i, h) - gradient_at(i, -h)) / (2 * h);
    return H;
}

}  // namespace

TEMPLATE_TEST_CASE("hessian: agrees with central differences of the gradient", "[network][hessian]",
                   double, long double) {
    using Scalar = TestType;
    const bool biases = GENERATE(false, true), weighted = GENERATE(false, true);
    test::for_each_policies([&]<typename P>(P) {
        const test::Problem<Scalar, typename P::Output> p(biases);
        const Vector<Scalar> w = weighted ? p.w : Vector<Scalar>();
        const Matrix<Scalar> H = hessian(p.net, p.X, p.Y, typename P::Loss{}, w);
        const Matrix<Scalar> expected = differences_of_gradient<typename P::Loss>(p, w);

        const Scalar allowed = Scalar(H.rows()) * test::epsilon_to_thirds<Scalar>(2);
        const Scalar error = (H - expected).norm();
        INFO("error " << error << ", allowed " << allowed << ", |H| " << expected.norm());
        REQUIRE(expected.norm() > 1000 * allowed);  // at least three digits are checked
        CHECK(error < allowed);
        CHECK(H == H.transpose());  // to the last bit
    });
}

TEMPLATE_TEST_CASE("hessian: the product with a vector equals the product with the matrix",
                   "[network][hessian]", float, double) {
    using Scalar = TestType;
    test::for_each_policies([]<typename P>(P) {
        const test::Problem<Scalar, typename P::Output> p(true, 40);
        const typename P::Loss loss;
        const Matrix<Scalar> H = hessian(p.net, p.X, p.Y, loss, p.w);
        std::mt19937 generator(3);
        const Vector<Scalar> v = test::draw<Scalar>(generator, H.rows(), 1, -1, 1);

        // Each entry is a sum over 40 samples and P entries, rounded a few times each.
        const Scalar eps = std::numeric_limits<Scalar>::epsilon();
        const Scalar allowed = 40 * eps * H.norm() * v.norm();
        CHECK((hessian_vector_product(p.net, p.X, p.Y, v, loss, p.w) - H * v).norm() < allowed);
        for (const Index i : {Index(0), H.rows() / 2, H.rows() - 1}) {
            const Vector<Scalar> e = Vector<Scalar>::Unit(H.rows(), i);
            CHECK((hessian_vector_product(p.net, p.X, p.Y, e, loss, p.w) - H.col(i)).norm() <
                  40 * eps * H.norm());
        }
    });
}

TEST_CASE("hessian: the product over several tiles is the mean over their samples",
          "[network][hessian]") {
    test::for_each_policies([]<typename P>(P) {
        const test::Problem<double, typename P::Output> p(true, 300);
        std::mt19937 generator(6);
        const Vector<double> v = test::draw<double>(generator, p.net.weights().size(), 1, -1, 1);
        const typename P::Loss loss;
        const auto product = [&](Index first, Index count) -> Vector<double> {
            return hessian_vector_product(p.net, p.X.middleRows(first, count),
                                          p.Y.middleRows(first, count), v, loss);
        };
        const Vector<double> parts = (product(0, 100) + product(100, 100) + product(200, 100)) / 3;
        // Sums of 300 terms in a different order: about 45 roundings of their size.
        CHECK(test::relative_distance(product(0, 300), parts) < 1e-14);
    });
}

TEST_CASE("hessian: one weight per layer, by hand", "[network][hessian]") {
    // An Identity output, X = 1, Y = 0, W1 = ln 3, W2 = b:  Z = 3/4, s = Z (1 - Z) = 3/16,
    // L = 1/2 (Z b)^2, so with s' = s (1 - 2 Z) = -3/32
    //     d2L/dW1^2 = b^2 (s^2 + Z s')    d2L/dW1 dW2 = 2 b Z s    d2L/dW2^2 = Z^2
    const double b = 2, Z = 0.75, s = 3.0 / 16, s2 = -3.0 / 32;
    const Matrix<double> one = Matrix<double>::Ones(1, 1);
    TwoLayerNet<double, Identity> net({.inputs = 1, .hidden = 1, .outputs = 1, .biases = false});
    net.weights().theta() << std::log(3.0), b;
    const Matrix<double> H = hessian(net, one, Matrix<double>::Zero(1, 1));
    CHECK_THAT(H(0, 0), WithinRel(b * b * (s * s + Z * s2), 1e-14));
    CHECK_THAT(H(0, 1), WithinRel(2 * b * Z * s, 1e-14));
    CHECK_THAT(H(1, 1), WithinRel(Z * Z, 1e-14));
}

TEMPLATE_TEST_CASE("gauss-newton: the product is J^T diag(w) J v / sum w for the squared error",
                   "[network][gauss_newton]", Sigmoid, Softmax, Identity) {
    const bool biases = GENERATE(false, true);
    const test::Problem<double, TestType> p(biases, 11);
    const Matrix<double> J = jacobian(p.net, p.X);
    const Index K = p.Y.cols();
    std::mt19937 generator(5);
    const Vector<double> v = test::draw<double>(generator, J.cols(), 1, -1, 1);
    Vector<double> Jv = J * v;
    for (Index n = 0; n < 11; ++n) Jv.segment(n * K, K) *= p.w(n) / p.w.sum();
    const Vector<double> expected = J.transpose() * Jv;
    const Vector<double> product =
        gauss_newton_vector_product(p.net, p.X, p.Y, v, SquaredError{}, p.w);
    // J v and J^T (J v) are sums of up to 44 terms each, of either sign.
    CHECK(test::relative_distance(product, expected) < 1e-13);
}

TEST_CASE("gauss-newton: equals the Hessian if the prediction equals the target",
          "[network][gauss_newton]") {
    test::for_each_policies([]<typename P>(P) {
        const test::Problem<double, typename P::Output> p(true);
        const Matrix<double> Yhat = p.net.predict(p.X);
        std::mt19937 generator(6);
        const Vector<double> v = test::draw<double>(generator, p.net.weights().size(), 1, -1, 1);
        const typename P::Loss loss;
        const Vector<double> whole = hessian_vector_product(p.net, p.X, Yhat, v, loss);
        const Vector<double> part = gauss_newton_vector_product(p.net, p.X, Yhat, v, loss);
        // The Hessian is J^T J plus terms with the residuals as factors. These are zero, up to a
        // few roundings if the loss divides by a small Yhat.
        CHECK(test::relative_distance(part, whole) < 1e-12);
        CHECK(v.dot(part) > 0);

        // Elsewhere they differ by far more, since residuals are of order one.
        const Vector<double> there = hessian_vector_product(p.net, p.X, p.Y, v, loss);
        CHECK(test::relative_distance(gauss_newton_vector_product(p.net, p.X, p.Y, v, loss),
                                      there) > 1e-4);
    });
}

TEST_CASE("hessian: a row of weight zero counts as removed", "[network][hessian]") {
    test::Problem<double> p(true);
    Vector<double> w = p.w;
    w(0) = 0;
    auto X = p.X;
    X.row(0).setConstant(std::numeric_limits<double>::quiet_NaN());
    const Vector<double> v = Vector<double>::Ones(p.net.weights().size());
    const Vector<double> with = hessian_vector_product(p.net, X, p.Y, v, CrossEntropy{}, w);
    const Vector<double> without = hessian_vector_product(
        p.net, p.X.bottomRows(6), p.Y.bottomRows(6), v, CrossEntropy{}, w.tail(6));
    CHECK(with == without);
}

TEST_CASE("hessian: memory left by another call on the same thread changes nothing",
          "[network][hessian]") {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    TwoLayerNet<double> large({.inputs = 30, .hidden = 20, .outputs = 5});
    large.weights().theta().setConstant(nan);
    const Matrix<double> X = Matrix<double>::Constant(200, 30, nan);
    const Matrix<double> Y = Matrix<double>::Constant(200, 5, nan);
    const bool weighted = GENERATE(false, true);
    const test::Problem<double> p(true);
    Vector<double> w = weighted ? p.w : Vector<double>();
    if (weighted)
        w(0) = 0;
    const Vector<double> v = Vector<double>::LinSpaced(p.net.shape().size(), -1, 1);
    const auto product = [&] {
        return hessian_vector_product(p.net, p.X, p.Y, v, SquaredError{}, w);
    };
    const Vector<double> before = product();
    (void)hessian_vector_product(large, X, Y, Vector<double>(large.weights().theta()));
    CHECK(product() == before);
}

TEST_CASE("hessian: refuses arguments that do not match", "[network][hessian]") {
    const test::Problem<double> p;
    CHECK_THROWS_WITH(
        hessian_vector_product(p.net, p.X, p.Y, Vector<double>::Ones(3)),
        Catch::Matchers::Equals("the direction has 3 entries, the network 25 weights"));
    CHECK_THROWS_AS(hessian(p.net, p.X.leftCols(2), p.Y), std::invalid_argument);
    CHECK_THROWS_AS(hessian(p.net, p.X, p.Y.topRows(3)), std::invalid_argument);
}
