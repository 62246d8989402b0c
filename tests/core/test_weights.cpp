// SPDX-License-Identifier: MIT
#include <twolayer/core/weights.hpp>

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

TEST_CASE("weights: theta is W1, b1, W2, b2, column by column", "[core][weights]") {
    const bool biases = GENERATE(false, true);
    require_order(Weights<double>({2, 3, 4, biases}));
    require_order(Weights<double, 2, 3, 4>({2, 3, 4, biases}));
    require_order(Weights<double, 2, Dynamic, Dynamic>({2, 3, 4, biases}));
}

TEST_CASE("weights: all zero at first", "[core][weights]") {
    CHECK(Weights<double>({2, 3, 4, true}).theta() == Vector<double>::Zero(25));
    CHECK(Weights<float, 2, 3, 4>({2, 3, 4, true}).theta() == Vector<float>::Zero(25));
}

TEMPLATE_TEST_CASE("weights: windows write through", "[core][weights]", Weights<double>,
                   (Weights<double, 2, 3, 4>)) {
    TestType weights({2, 3, 4, true});
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

TEST_CASE("weights: a fixed shape lies inside the object", "[core][weights]") {
    using Fixed = Weights<double, 2, 3, 4>;
    static_assert(Fixed::fixed && Fixed::capacity == 25);
    static_assert(!Weights<double, 2, 3, Dynamic>::fixed && !Weights<double>::fixed);
    static_assert(sizeof(Fixed) >= sizeof(Shape) + 25 * sizeof(double));
    static_assert(sizeof(Fixed) <=
                  sizeof(Shape) + (25 + kernels::read_beyond) * sizeof(double) + 3 * 64);

    CHECK(test::allocations_in([] { Fixed({2, 3, 4, true}).theta().setOnes(); }) == 0);
    const Fixed weights({2, 3, 4});
    const auto begin = reinterpret_cast<const char*>(&weights);
    const auto data = reinterpret_cast<const char*>(weights.theta().data());
    CHECK(begin < data);
    CHECK(data + 25 * sizeof(double) <= begin + sizeof(Fixed));
}

TEST_CASE("weights: refuse shapes without units, and others than the type's", "[core][weights]") {
    using Fixed = Weights<double, 2, 3, 4>;
    for (const Shape shape : {Shape{0, 3, 4}, Shape{2, 0, 4}, Shape{2, 3, 0}, Shape{2, -1, 4}}) {
        CHECK_THROWS_AS(Weights<double>(shape), std::invalid_argument);
        CHECK_THROWS_WITH(Weights<double>(shape),
                          StartsWith("every layer needs at least one unit"));
        CHECK_THROWS_AS(Fixed(shape), std::invalid_argument);
    }
    CHECK_THROWS_WITH(Fixed({3, 2, 4}),
                      StartsWith("the shape is 3 - 2 - 4, the type is made for 2 - 3 - 4"));
    CHECK_THROWS_AS((Weights<double, Dynamic, 3, Dynamic>({2, 4, 4})), std::invalid_argument);
}
