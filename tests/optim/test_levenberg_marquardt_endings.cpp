// SPDX-License-Identifier: MIT
//
// How Levenberg-Marquardt stops if a step is impossible, and which settings it refuses.
#include <twolayer/optim/levenberg_marquardt.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "catch.hpp"
#include "support/minimize.hpp"

using namespace twolayer;
using Catch::Matchers::Equals;
using Catch::Matchers::WithinRel;

namespace {

using C = ConstTheta<double>;
using T = Theta<double>;

}  // namespace

TEST_CASE("Levenberg-Marquardt: a step to a gradient that is not finite is undone",
          "[optim][levenberg_marquardt]") {
    struct Cliff {
        double operator()(C x) const { return x(0) * x(0) / 2; }
        double operator()(C x, T g, Matrix<double>& A) const {
            g(0) = x(0) < 5 ? std::nan("") : x(0);
            A(0, 0) = 1;
            return (*this)(x);
        }
    };
    Vector<double> theta{{6}};
    const auto report = test::minimize(Cliff{}, theta, LevenbergMarquardt{});
    CHECK(report.stop_reason == StopReason::not_finite);
    CHECK(theta(0) == 6);
    CHECK(report.iterate.value == 18);
}

TEST_CASE("Levenberg-Marquardt: no further progress without curvature",
          "[optim][levenberg_marquardt]") {
    struct Slope {
        double operator()(C x) const { return x(0); }
        double operator()(C x, T g, Matrix<double>& A) const { return g(0) = 1, A(0, 0) = 0, x(0); }
    };
    Vector<double> theta{{6}};
    CHECK(test::minimize(Slope{}, theta, LevenbergMarquardt{}).stop_reason ==
          StopReason::no_further_progress);
    CHECK(theta(0) == 6);
}

TEST_CASE("Levenberg-Marquardt: a matrix that overflows ends it as not finite",
          "[optim][levenberg_marquardt]") {
    // The matrix is infinite at the start, or below 5. Value and gradient are finite everywhere.
    struct Steep {
        double wall;
        double operator()(C x) const { return x(0) * x(0) / 2; }
        double operator()(C x, T g, Matrix<double>& A) const {
            g(0) = x(0);
            A(0, 0) = x(0) < wall ? std::numeric_limits<double>::infinity() : 1;
            return (*this)(x);
        }
    };
    for (const double wall : {5.0, 7.0}) {
        Vector<double> theta{{6}};
        const auto report = test::minimize(Steep{wall}, theta, LevenbergMarquardt{});
        CHECK(report.stop_reason == StopReason::not_finite);
        CHECK(theta(0) == 6);
        CHECK(report.iterate.value == 18);
    }
}

TEST_CASE("Levenberg-Marquardt: before it stops it tries the initial damping again",
          "[optim][levenberg_marquardt]") {
    // After five steps in a bowl, the damping is 0.05 A / 3^5. Then only steps of 0.94 to 0.96 of
    // the way to the minimum lower the value. The initial damping leads to such a step, 1 / 1.05.
    // The values to which the last damping is raised do not.
    const LevenbergMarquardt settings{.damping = 0.05};
    struct Gap {
        double from = 0;
        bool narrow = false;
        double operator()(C x) const {
            const double share = (from - x(0)) / from;
            return narrow && x(0) != from && !(0.94 < share && share < 0.96) ? 1e9
                                                                             : x(0) * x(0) / 2;
        }
        double operator()(C x, T g, Matrix<double>& A) const {
            g(0) = x(0);
            A(0, 0) = 1;
            return x(0) * x(0) / 2;
        }
    };
    Gap f;
    LevenbergMarquardt::State<double> state(settings, 1);
    Vector<double> theta{{1e9}};
    for (int t = 0; t < 5; ++t) state.step(settings, f, theta);
    f = {.from = theta(0), .narrow = true};
    CHECK_FALSE(state.step(settings, f, theta));
    CHECK_THAT(theta(0), WithinRel(f.from * (1 - 1 / 1.05), 1e-12));
}

TEST_CASE("Levenberg-Marquardt: settings out of range are refused by name",
          "[optim][levenberg_marquardt]") {
    CHECK_THROWS_WITH(LevenbergMarquardt{.damping = -1}.validate(),
                      Equals("damping is -1, it must be positive and finite"));
    CHECK_THROWS_WITH(LevenbergMarquardt{.gradient_tolerance = 0}.validate(),
                      Equals("gradient_tolerance is 0, it must be positive and finite"));
    CHECK_THROWS_WITH(LevenbergMarquardt{.memory_limit = NAN}.validate(),
                      Equals("memory_limit is nan, it must be positive and finite"));
}

TEST_CASE("Levenberg-Marquardt: more memory than allowed is refused before it is allocated",
          "[optim][levenberg_marquardt]") {
    CHECK(LevenbergMarquardt::bytes<float>(1000) == 12e6);
    CHECK(LevenbergMarquardt::bytes<double>(1000) == 24e6);
    const LevenbergMarquardt settings;
    CHECK_NOTHROW(settings.check_memory<double>(9000));
    using State = LevenbergMarquardt::State<double>;
    CHECK_THROWS_WITH(State(settings, 100000),
                      Equals("Levenberg-Marquardt takes 2.4e+11 bytes for 100000 weights, "
                             "memory_limit is 2147483648: raise it, or use Lbfgs or NewtonCg"));
    CHECK_THROWS_AS(State({.memory_limit = 23e6}, 1000), std::invalid_argument);
}
