// SPDX-License-Identifier: MIT
#include <twolayer/network/gauss_newton.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/hessian_vector_product.hpp>
#include <twolayer/network/jacobian.hpp>
#include <twolayer/network/net.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::Equals;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// J^T diag(w) J / sum w in long double, from the whole J.
template <typename Scalar, typename Output>
Matrix<long double> dense(const test::Problem<Scalar, Output>& p, bool weighted) {
    const Index N = p.X.rows(), K = p.Y.cols();
    const Matrix<long double> X = p.X.template cast<long double>();
    const Matrix<long double> J = jacobian(p.net.template cast<long double>(), X);
    Vector<long double> w = Vector<long double>::Ones(N);
    if (weighted)
        w = p.w.template cast<long double>();
    Vector<long double> share(N * K);
    for (Index n = 0; n < N; ++n) share.segment(n * K, K).setConstant(w(n) / w.sum());
    return J.transpose() * share.asDiagonal() * J;
}

/// Shapes for both algorithms: sums of rows, as for one output, and products.
const std::vector<Shape> row_shapes = {
    {2, 3, 1, false}, {1, 5, 1, false}, {4, 5, 1, true}, {1, 2, 2, false}};
const std::vector<Shape> product_shapes = {
    {4, 5, 3, false}, {4, 5, 3, true}, {3, 5, 2, false}, {3, 5, 2, true}, {2, 3, 4, true}};

}  // namespace

TEST_CASE("gauss-newton: the shapes of these tests use both algorithms",
          "[network][gauss_newton]") {
    for (const Shape& shape : row_shapes)
        CHECK_FALSE(detail::GaussNewtonBlocks<double>(shape).pay());
    for (const Shape& shape : product_shapes) CHECK(detail::GaussNewtonBlocks<double>(shape).pay());
    bool pays = false;
    CHECK(test::allocations_in(
              [&] { pays = detail::GaussNewtonBlocks<double>(product_shapes[0]).pay(); }) == 0);
    CHECK(pays);
}

TEMPLATE_TEST_CASE("gauss-newton: the matrix is J^T diag(w) J / sum w", "[network][gauss_newton]",
                   TwoLayerNet<float>, TwoLayerNet<double>, TwoLayerNet<long double>,
                   (TwoLayerNet<double, Softmax>), (TwoLayerNet<double, Identity>)) {
    using Scalar = typename TestType::Scalar;
    const Index N = GENERATE(6, 1100);  // 1100: nine tiles
    const bool weighted = GENERATE(false, true);
    std::vector<Shape> shapes = row_shapes;
    shapes.insert(shapes.end(), product_shapes.begin(), product_shapes.end());
    for (const Shape& shape : shapes) {
        if (shape.outputs < TestType::Output::min_outputs)
            continue;
        const test::Problem<Scalar, typename TestType::Output> p(shape, N);
        const Vector<Scalar> w = weighted ? p.w : Vector<Scalar>();
        const auto [L, gradient, A] = gauss_newton(p.net, p.X, p.Y, SquaredError{}, w);
        const Matrix<long double> expected = dense(p, weighted);

        // Each term has a few roundings of the forward pass and the slopes. Up to 256 terms are
        // summed sequentially. Each addition rounds by up to eps/2, always in the same direction if
        // all terms are equal.
        const long double eps = std::numeric_limits<Scalar>::epsilon();
        const long double allowed = (8 + 0.5L * (long double)(std::min<Index>(N, 256))) * eps;
        const auto error = test::relative_distance(A.template cast<long double>(), expected);
        INFO(shape.inputs << " - " << shape.hidden << " - " << shape.outputs << ": error " << error
                          << ", allowed " << allowed << ", |A| " << expected.norm());
        CHECK(error < allowed);
        CHECK(A == A.transpose());  // to the last bit

        const auto alone = loss_and_gradient(p.net, p.X, p.Y, SquaredError{}, w);
        CHECK(L == alone.loss);
        CHECK(gradient.theta() == alone.gradient.theta());
    }
}

TEMPLATE_TEST_CASE("gauss-newton: the matrix times a vector equals the product without the matrix",
                   "[network][gauss_newton]", Sigmoid, Softmax, Identity) {
    for (const Shape& shape : {Shape{2, 3, 1, false}, Shape{3, 5, 2, true}, Shape{2, 3, 4, true}}) {
        if (shape.outputs < TestType::min_outputs)
            continue;
        const test::Problem<double, TestType> p(shape, 40);
        std::mt19937 generator(5);
        const Vector<double> v = test::draw<double>(generator, shape.size(), 1, -1, 1);
        const Matrix<double> A = gauss_newton(p.net, p.X, p.Y, SquaredError{}, p.w).matrix;
        const Vector<double> product =
            gauss_newton_vector_product(p.net, p.X, p.Y, v, SquaredError{}, p.w);
        // Sums over 40 samples and at most 32 entries, which cancel to no less than a hundredth.
        CHECK(product.norm() > A.norm() * v.norm() / 100);
        CHECK((A * v - product).norm() < 40 * 2.2e-16 * A.norm() * v.norm());
    }
}

TEST_CASE("gauss-newton: one weight per layer, by hand", "[network][gauss_newton]") {
    // An Identity output, W1 = ln 3, W2 = 2 and X = 1:  Z = 3/4,  J = [W2 Z (1 - Z), Z]
    //                                                               = [3/8, 3/4]
    // and X = -1:  Z = 1/4,  J = [-3/8, 1/4].  With weights 1 and 3 and Y = 0:
    //     A = 1/4 (J1^T J1 + 3 J2^T J2)      L = 1/4 1/2 ((3/2)^2 + 3 (1/2)^2)
    TwoLayerNet<double, Identity> net({1, 1, 1, false});
    net.weights().theta() << std::log(3.0), 2;
    const Matrix<double> X{{1}, {-1}}, Y{{0}, {0}};
    const auto [L, g, A] = gauss_newton(net, X, Y, SquaredError{}, Vector<double>{{1.0, 3.0}});
    CHECK_THAT(A(0, 0), WithinRel((9.0 / 64 + 3 * 9.0 / 64) / 4, 1e-14));
    CHECK_THAT(A(0, 1), WithinAbs(0, 1e-16));  // 9/32 - 3 3/32
    CHECK_THAT(A(1, 1), WithinRel((9.0 / 16 + 3 * 1.0 / 16) / 4, 1e-14));
    CHECK_THAT(L, WithinRel(3.0 / 8, 1e-14));
    CHECK_THAT(g.theta()(1), WithinRel((9.0 / 8 + 3 * 1.0 / 8) / 4, 1e-14));
}

TEST_CASE("gauss-newton: a row of weight zero counts as removed", "[network][gauss_newton]") {
    const Shape shape = GENERATE(Shape{2, 3, 1, false}, Shape{3, 5, 2, true});
    const test::Problem<double> p(shape, 800);
    auto X = p.X, Y = p.Y;
    Vector<double> w = p.w;
    const Index removed = GENERATE(1, 600);  // 600: all rows of the first tile
    w.head(removed).setZero();
    X.topRows(removed).setConstant(std::numeric_limits<double>::quiet_NaN());
    Y.topRows(removed).setConstant(std::numeric_limits<double>::infinity());
    const Index left = 800 - removed;
    const auto with = gauss_newton(p.net, X, Y, SquaredError{}, w);
    const auto without = gauss_newton(p.net, p.X.bottomRows(left), p.Y.bottomRows(left),
                                      SquaredError{}, w.tail(left));
    // The same terms in different tiles.
    const double allowed = 2.2e-16 * (8 + std::sqrt(800.0));
    CHECK(test::relative_distance(with.matrix, without.matrix) < allowed);
    CHECK(test::relative_distance(with.gradient.theta(), without.gradient.theta()) <
          100 * allowed);  // residuals cancel in it
    CHECK_THAT(with.loss, WithinRel(without.loss, allowed));
}

TEST_CASE("gauss-newton: integer weights count as repeated rows", "[network][gauss_newton]") {
    const Shape shape = GENERATE(Shape{2, 3, 1, false}, Shape{3, 5, 2, true});
    const test::Problem<double> p(shape, 5);
    const std::vector<double> w{2, 0, 1, 3, 1};
    const std::vector<Index> rows{0, 0, 2, 3, 3, 3, 4};
    const Matrix<double> weighted = gauss_newton(p.net, p.X, p.Y, SquaredError{}, w).matrix;
    const Matrix<double> repeated =
        gauss_newton(p.net, test::rows_of(p.X, rows), test::rows_of(p.Y, rows)).matrix;
    CHECK(test::relative_distance(weighted, repeated) < 10 * 2.2e-16);  // sums of seven terms
    // Without weights, one sample is a fifth of the sum; its weight is zero.
    const Matrix<double> all = gauss_newton(p.net, p.X, p.Y).matrix;
    CHECK(test::relative_distance(all, repeated) > 0.1);
}

TEST_CASE("gauss-newton: the tile size does not change the sums", "[network][gauss_newton]") {
    using Net = TwoLayerNet<double>;
    for (const Shape& shape : {Shape{1, 2, 2, false}, Shape{4, 5, 1, true}, Shape{3, 5, 2, true}}) {
        const test::Problem<double> p(shape, 600);
        const auto expected = gauss_newton(p.net, p.X, p.Y, SquaredError{}, p.w);
        const MatrixArg<double> X(p.X), Y(p.Y);
        const VectorArg<double> w(p.w);
        for (const Index rows : {1, 7, 600}) {  // 600: more than are collected at once
            detail::TileMemory<Net> memory(shape, rows);
            detail::GaussNewtonSum<Net> sum(shape);
            Net::Weights gradient(shape);
            Matrix<double> A(shape.size(), shape.size());
            const double L = sum(p.net, {X, Y, w}, p.w.sum(), memory, gradient, A).loss;
            const Matrix<double> whole = A.selfadjointView<Eigen::Lower>();
            const double allowed = 2.2e-16 * (8 + std::sqrt(600.0));
            INFO(rows << " rows");
            CHECK(test::relative_distance(whole, expected.matrix) < allowed);
            CHECK_THAT(L, WithinRel(expected.loss, allowed));
            CHECK(test::relative_distance(gradient.theta(), expected.gradient.theta()) <
                  100 * allowed);  // residuals cancel in it
        }
    }
}

TEST_CASE("gauss-newton: fixed and dynamic shapes have the same matrix",
          "[network][gauss_newton]") {
    const auto check = []<typename Fixed>(const Fixed& made) {
        const test::Problem<double> p(made.shape(), 300);  // more than a tile of either
        const Fixed fixed = p.net;
        const auto expected = gauss_newton(p.net, p.X, p.Y, SquaredError{}, p.w);
        const auto [L, gradient, A] = gauss_newton(fixed, p.X, p.Y, SquaredError{}, p.w);
        // Different tiles: sums of 300 terms in a different order, rounded like a random walk.
        CHECK(test::relative_distance(A, expected.matrix) < 2.2e-16 * (8 + std::sqrt(300.0)));
        CHECK(A == A.transpose());
        CHECK(test::relative_distance(gradient.theta(), expected.gradient.theta()) < 1e-14);
    };
    check(TwoLayerNet<double, Sigmoid, 2, 3, 1>(false));  // rows
    check(TwoLayerNet<double, Sigmoid, 3, 5, 2>(true));   // products
}

TEST_CASE("gauss-newton: refuses arguments that do not match", "[network][gauss_newton]") {
    const test::Problem<double> p({3, 5, 2}, 7);
    CHECK_THROWS_WITH(gauss_newton(p.net, p.X.leftCols(2), p.Y),
                      Equals("X is 7 x 2, the network has 3 inputs"));
    CHECK_THROWS_WITH(gauss_newton(p.net, p.X, p.Y.topRows(3)),
                      Equals("Y is 3 x 2, but X has 7 samples and the network 2 outputs"));
    CHECK_THROWS_WITH(gauss_newton(p.net, p.X.topRows(0), p.Y.topRows(0)),
                      Equals("there are no samples, expected at least one"));
    CHECK_THROWS_WITH(gauss_newton(p.net, p.X, p.Y, SquaredError{}, Vector<double>::Zero(7)),
                      Equals("all 7 sample weights are 0, expected one above 0"));
    CHECK_THROWS_AS(gauss_newton(p.net, p.X, p.Y, SquaredError{}, Vector<double>::Ones(6)),
                    std::invalid_argument);
}
