// SPDX-License-Identifier: MIT
#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/gradient_descent.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "catch.hpp"

using namespace twolayer;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// Takes some steps with these gradients and returns the final theta.
template <typename Method, typename Scalar, typename Gradient>
Vector<Scalar> follow(const Method& method, Vector<Scalar> theta, int steps, Gradient gradient) {
    typename Method::template State<Scalar> state(theta.size());
    for (int t = 0; t < steps; ++t) {
        const Vector<Scalar> g = gradient(theta);
        state.step(method, theta, g);
    }
    return theta;
}

/// Rosenbrock 1960: (1 - x)^2 + 100 (y - x^2)^2, least at (1, 1).
template <typename Scalar>
Vector<Scalar> rosenbrock_gradient(const Vector<Scalar>& theta) {
    const Scalar x = theta(0), y = theta(1);
    return Vector<Scalar>{{-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)}};
}

}  // namespace

TEST_CASE("methods: take any contiguous vector, and nothing else", "[optim][methods]") {
    using Row = decltype(std::declval<Matrix<double>&>().row(0));
    using Column = decltype(std::declval<Matrix<double>&>().col(0));
    STATIC_REQUIRE(std::is_convertible_v<Vector<double>&, Theta<double>>);
    STATIC_REQUIRE(std::is_convertible_v<Eigen::Map<Vector<double>>, Theta<double>>);
    STATIC_REQUIRE(std::is_convertible_v<Column&, Theta<double>>);
    STATIC_REQUIRE(std::is_convertible_v<const Vector<double>&, ConstTheta<double>>);
    STATIC_REQUIRE(std::is_convertible_v<Column, ConstTheta<double>>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<Row&, Theta<double>>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<Row, ConstTheta<double>>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<Matrix<double>&, Theta<double>>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<Matrix<double>, ConstTheta<double>>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<const Vector<double>&, Theta<double>>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<Vector<double>, Theta<double>>);  // a temporary
}

TEMPLATE_TEST_CASE("methods: each finds the floor of Rosenbrock's valley", "[optim][methods]",
                   float, double) {
    using Scalar = TestType;
    const Vector<Scalar> start{{Scalar(-1.2), Scalar(1)}}, floor{{1, 1}};
    const auto distance = [&](const auto& method, int steps) {
        return (follow<std::remove_cvref_t<decltype(method)>, Scalar>(method, start, steps,
                                                                      rosenbrock_gradient<Scalar>) -
                floor)
            .norm();
    };
    // The smallest curvature of the valley is 0.4, so a gradient rounded by about 1000 eps gives an
    // error of 1000 eps / 0.4 in theta.
    const double allowed = 1e4 * double(std::numeric_limits<Scalar>::epsilon()) + 1e-6;
    CHECK(distance(GradientDescent{.learning_rate = 1e-3}, 60000) < allowed);
    CHECK(distance(GradientDescent{.learning_rate = 1e-3, .momentum = 0.9}, 10000) < allowed);
    CHECK(distance(GradientDescent{.learning_rate = 1e-3, .momentum = 0.9, .nesterov = true},
                   10000) < allowed);
    CHECK(distance(Adam{.learning_rate = 1e-2}, 20000) <
          1e-2);  // its steps remain as long as the rate
}

TEST_CASE("gradient descent: two steps of each kind by hand", "[optim][gradient_descent]") {
    // f = theta^2 / 2, theta_0 = 1, rate 0.1, mu = 0.5:
    //   plain:     0.9, 0.81
    //   momentum:  v = -0.1, theta = 0.9;  v = -0.05 - 0.09 = -0.14, theta = 0.76
    //   nesterov:  v = -0.1, theta = 1 - 0.05 - 0.1 = 0.85;  v = -0.05 - 0.085 = -0.135,
    //              theta = 0.85 - 0.0675 - 0.085 = 0.6975
    const auto same = [](const Vector<double>& theta) { return theta; };
    const auto two = [&](const GradientDescent& method) {
        return follow<GradientDescent, double>(method, Vector<double>::Ones(1), 2, same)(0);
    };
    CHECK_THAT(two({.learning_rate = 0.1}), WithinRel(0.81, 1e-15));
    CHECK_THAT(two({.learning_rate = 0.1, .momentum = 0.5}), WithinRel(0.76, 1e-15));
    CHECK_THAT(two({.learning_rate = 0.1, .momentum = 0.5, .nesterov = true}),
               WithinRel(0.6975, 1e-15));
}

TEST_CASE("adam: the first step is the rate against the sign of the gradient", "[optim][adam]") {
    // m / (1 - beta1) = g and sqrt(v / (1 - beta2)) = |g|, for g of any size above epsilon.
    const Vector<double> g{{1e-3, -50, 0}};
    const auto theta = follow<Adam, double>({.learning_rate = 0.1}, Vector<double>::Zero(3), 1,
                                            [&](const Vector<double>&) { return g; });
    CHECK_THAT(theta(0), WithinRel(-0.1, 2e-5));  // epsilon / |g| = 1e-5
    CHECK_THAT(theta(1), WithinRel(0.1, 1e-9));
    CHECK(theta(2) == 0);
}

TEST_CASE("adam: the second step by hand", "[optim][adam]") {
    // g = 1, then 2, beta1 = 1/2, beta2 = 3/4, epsilon negligible:
    //   m = 1/2, v = 1/4:  step 1 = rate
    //   m = 1/4 + 1 = 5/4, v = 3/16 + 1 = 19/16;  m / (3/4) = 5/3, v / (7/16) = 19/7
    double g = 0;
    const auto theta = follow<Adam, double>(
        {.learning_rate = 0.1, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 1e-300},
        Vector<double>::Zero(1), 2,
        [&](const Vector<double>&) { return Vector<double>::Constant(1, ++g); });
    CHECK_THAT(theta(0), WithinRel(-0.1 - 0.1 * (5.0 / 3) / std::sqrt(19.0 / 7), 1e-14));
}

TEST_CASE("methods: settings out of range are refused by name", "[optim][methods]") {
    using Catch::Matchers::Equals;
    CHECK_THROWS_WITH(Adam{.learning_rate = -1}.validate(),
                      Equals("learning_rate is -1, it must be positive and finite"));
    CHECK_THROWS_WITH(Adam{.beta2 = 1}.validate(),
                      Equals("beta2 is 1, it must be at least 0 and below 1"));
    CHECK_THROWS_AS(Adam{.epsilon = 0}.validate(), std::invalid_argument);
    CHECK_THROWS_AS(GradientDescent{.learning_rate = std::nan("")}.validate(),
                    std::invalid_argument);
    CHECK_THROWS_AS(GradientDescent{.momentum = 1}.validate(), std::invalid_argument);
}
