// SPDX-License-Identifier: MIT
#include <twolayer/policies/weights.hpp>

#include <stdexcept>
#include <type_traits>

#include "catch.hpp"
#include "support/allocations.hpp"

using namespace twolayer;
using Catch::Matchers::StartsWith;

namespace {

/// theta = 0, 1, 2, ..., seen through the windows.
template <typename W>
void require_order(W&& weights) {
    weights.theta() = Vector<double>::LinSpaced(weights.size(), 0, double(weights.size() - 1));
    const Index D = 2, M = 3, K = 4, bias = weights.shape().biases;
    const auto require = [](const auto& window, Index rows, Index cols, Index first) {
        REQUIRE(window.rows() == rows);
        REQUIRE(window.cols() == cols);
        for (Index j = 0; j < cols; ++j)
            for (Index i = 0; i < rows; ++i) REQUIRE(window(i, j) == double(first + i + j * rows));
    };
    const auto both = [&](const auto& w) {
        require(w.W1(), D, M, 0);
        require(w.b1(), 1, bias * M, D * M);
        require(w.W2(), M, K, (D + bias) * M);
        require(w.b2(), 1, bias * K, (D + bias) * M + M * K);
    };
    both(weights);
    both(std::as_const(weights));
    REQUIRE(weights.size() == (D + bias) * M + (M + bias) * K);
}

}  // namespace

TEST_CASE("weights: theta is W1, b1, W2, b2, column by column", "[policies][weights]") {
    const bool biases = GENERATE(false, true);
    require_order(Weights<double>({2, 3, 4, biases}));
    require_order(Weights<double, 2, 3, 4>({2, 3, 4, biases}));
    require_order(Weights<double, 2, Dynamic, Dynamic>({2, 3, 4, biases}));
}

TEST_CASE("weights: new weights are zero", "[policies][weights]") {
    const Weights<double> dynamic({2, 3, 4});
    const Weights<float, 2, 3, 4> fixed({2, 3, 4});
    CHECK(dynamic.theta() == Vector<double>::Zero(25));
    CHECK(fixed.theta() == Vector<float>::Zero(25));
}

TEMPLATE_TEST_CASE("weights: windows write through", "[policies][weights]", Weights<double>,
                   (Weights<double, 2, 3, 4>)) {
    TestType weights({2, 3, 4});
    weights.W1()(1, 2) = 1;
    weights.b1()(1) = 2;
    weights.W2()(2, 0) = 3;
    weights.b2()(3) = 4;
    const auto theta = std::as_const(weights).theta();
    CHECK(theta(5) == 1);
    CHECK(theta(7) == 2);
    CHECK(theta(11) == 3);
    CHECK(theta(24) == 4);
    CHECK(theta.sum() == 10);
    weights.theta()(5) = 5;
    CHECK(weights.W1()(1, 2) == 5);
    static_assert(std::is_const_v<std::remove_reference_t<decltype(*theta.data())>>);

    const TestType copy = weights;
    weights.theta().setZero();
    CHECK(copy.W1()(1, 2) == 5);
}

TEMPLATE_TEST_CASE("weights: assignment requires matching shapes, also with NDEBUG",
                   "[policies][weights]", Weights<double>, (Weights<double, 2, 3, 4>)) {
    TestType weights({2, 3, 4});
    weights.theta().setConstant(9);
    const auto refuses = [&](auto window, const auto& other) {
        CHECK_THROWS_WITH(window = other, StartsWith("a "));
        CHECK_THROWS_AS(window += other, std::invalid_argument);
        CHECK_THROWS_AS(window -= 2 * other, std::invalid_argument);
        CHECK_THROWS_AS(window.noalias() = other, std::invalid_argument);
        CHECK_THROWS_AS(window.noalias() += other, std::invalid_argument);
        CHECK_THROWS_AS(window.noalias() -= other, std::invalid_argument);
    };
    const Matrix<double> transposed(3, 2), small(1, 1), large(30, 20), none(0, 0);
    for (const Matrix<double>& other : {transposed, small, large, none}) {
        refuses(weights.W1(), other);
        refuses(weights.b1(), other);
        refuses(weights.W2(), other);
        refuses(weights.b2(), other);
        refuses(weights.theta(), other);
        CHECK_THROWS_WITH(weights.set_W1(other), StartsWith("W1 is "));
        CHECK_THROWS_WITH(weights.set_W2(other), StartsWith("W2 is "));
    }
    Vector<double> longer(26);
    refuses(weights.theta(), longer);
    for (const Matrix<double>& other : {transposed, small, large, none})
        CHECK_THROWS_AS(weights.W1() *= other, std::invalid_argument);
    CHECK_THROWS_AS(weights.theta().swap(longer), std::invalid_argument);
    refuses(weights.b1(), longer);
    CHECK_THROWS_WITH(weights.theta() = longer,
                      StartsWith("a 26 x 1 matrix was assigned to weights of 25 x 1"));
    CHECK_THROWS_WITH(weights.set_b1(longer), StartsWith("b1 is 1 x 26, expected 1 x 3"));
    CHECK_THROWS_WITH(weights.set_b2(longer), StartsWith("b2 is 1 x 26, expected 1 x 4"));
    CHECK((weights.theta().array() == 9).all());
    CHECK_THROWS_WITH((weights.b1() << 1, 2, 3, 4), StartsWith("more than 3 entries"));
    CHECK_THROWS_WITH((weights.b1() << 1, 2), StartsWith("only 2 entries"));
    CHECK_THROWS_WITH(weights.b1() << 1, StartsWith("only 1 entries"));

    // Windows of another object are assigned by value, and a column to a row as Eigen does.
    TestType other({2, 3, 4});
    (other.W1() << 1, 2, 3, 4), 5, 6;
    weights.W1() = other.W1();
    weights.b1() = Vector<double>{{7, 8, 9}};
    weights.W1() += Matrix<double>::Ones(2, 3);
    weights.W1().noalias() -= Matrix<double>::Ones(2, 3);
    weights.W1() *= 2 * Matrix<double>::Identity(3, 3);
    weights.W1() *= 0.5;
    weights.theta().tail(16) = Vector<double>::Zero(16);
    CHECK(weights.W1() == Matrix<double>{{1, 2, 3}, {4, 5, 6}});
    CHECK(weights.theta().head(9) == Vector<double>{{1, 4, 2, 5, 3, 6, 7, 8, 9}});
}

TEMPLATE_TEST_CASE("weights: can be set from weights of the same object", "[policies][weights]",
                   Weights<double>, (Weights<double, 3, 3, 3>)) {
    TestType weights({3, 3, 3, false});
    weights.theta().setLinSpaced(1, 18);
    const Matrix<double> W1 = weights.W1(), W2 = weights.W2();
    weights.set_W1(weights.W1().transpose());
    CHECK(weights.W1() == W1.transpose());
    weights.set_W2(weights.W2().colwise().reverse());
    CHECK(weights.W2() == W2.colwise().reverse());
    weights.set_W1(weights.W2());
    CHECK(weights.W1() == weights.W2());
}

TEST_CASE("weights: refuse values for biases the shape does not have", "[policies][weights]") {
    Weights<double> weights({2, 3, 4, false});
    CHECK_THROWS_WITH(weights.set_b1(Vector<double>::Ones(3)),
                      StartsWith("b1 is 1 x 3, expected 1 x 0"));
    CHECK_THROWS_AS(weights.b2() = Vector<double>::Ones(4), std::invalid_argument);
    CHECK_NOTHROW(weights.set_b1({}));
}

TEST_CASE("weights: a fixed shape lies inside the object", "[policies][weights]") {
    using Fixed = Weights<double, 2, 3, 4>;
    static_assert(Fixed::fixed && Fixed::capacity == 25);
    static_assert(!Weights<double, 2, 3, Dynamic>::fixed && !Weights<double>::fixed);
    static_assert(sizeof(Fixed) >= sizeof(Shape) + 25 * sizeof(double));
    static_assert(sizeof(Fixed) <=
                  sizeof(Shape) + (25 + kernels::read_beyond) * sizeof(double) + 3 * 64);

    CHECK(test::allocations_in([] {
              Fixed ones({2, 3, 4});
              ones.theta().setOnes();
          }) == 0);
    const Fixed weights({2, 3, 4, false});
    const auto begin = reinterpret_cast<const char*>(&weights);
    const auto data = reinterpret_cast<const char*>(weights.theta().data());
    CHECK(begin < data);
    CHECK(data + 25 * sizeof(double) <= begin + sizeof(Fixed));
}

TEST_CASE("weights: refuse shapes without units and shapes that differ from the type",
          "[policies][weights]") {
    using Fixed = Weights<double, 2, 3, 4>;
    for (const Shape shape :
         {Shape{0, 3, 4, false}, Shape{2, 0, 4, false}, Shape{2, 3, 0, false}, Shape{2, -1, 4}}) {
        CHECK_THROWS_AS(Weights<double>(shape), std::invalid_argument);
        CHECK_THROWS_WITH(Weights<double>(shape),
                          StartsWith("every layer needs at least one unit"));
        CHECK_THROWS_AS(Fixed(shape), std::invalid_argument);
    }
    CHECK_THROWS_WITH(Fixed({3, 2, 4, false}),
                      StartsWith("the shape is 3 - 2 - 4, the type is made for 2 - 3 - 4"));
    CHECK_THROWS_AS((Weights<double, Dynamic, 3, Dynamic>({2, 4, 4, false})),
                    std::invalid_argument);
}
