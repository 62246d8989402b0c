// SPDX-License-Identifier: MIT
//
// The trust region of Newton-CG if f differs from the prediction of the model.
#include <twolayer/optim/newton_cg.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "catch.hpp"
#include "support/methods.hpp"

using namespace twolayer;

namespace {

using C = ConstTheta<double>;
using T = Theta<double>;

/// One step, which changes theta.
template <typename F>
std::optional<StopReason> step(NewtonCg::State<double>& state, const F& f, Vector<double>& theta) {
    return state.step(NewtonCg{}, f, theta);
}

}  // namespace

TEST_CASE("Newton-CG: a failed step is retried with a quarter of its length",
          "[optim][newton_cg]") {
    // The slope is -1, from 0. The first radius is 1, and a wall begins after 1/32: 1, 1/4, 1/16
    // and 1/64 are tried. The accepted step ends at the boundary, so the radius doubles to 1/32,
    // and the next step ends at 3/64.
    std::vector<double> tried;
    struct Wall {
        std::vector<double>& tried;
        double value_behind;
        double slope_behind;
        double operator()(C x, T g) const {
            tried.push_back(x(0));
            const bool behind = x(0) > 1.0 / 32;
            g(0) = behind ? slope_behind : -1;
            return behind ? value_behind : -x(0);
        }
        void product(Curvature, C, C, T Bv) const { Bv.setZero(); }
    };
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    for (const Wall& wall :
         {Wall{tried, nan, -1}, Wall{tried, infinity, -1}, Wall{tried, -infinity, -1},
          Wall{tried, -1, nan}, Wall{tried, -1, infinity}, Wall{tried, 1, -1}}) {
        tried.clear();
        Vector<double> theta{{0}};
        NewtonCg::State<double> state({}, 1);
        CHECK_FALSE(step(state, wall, theta));
        CHECK(tried == std::vector<double>{0, 1, 1.0 / 4, 1.0 / 16, 1.0 / 64});
        CHECK(theta(0) == 1.0 / 64);
        CHECK(state.iterate().evaluations == 5);
        step(state, wall, theta);
        CHECK(tried[5] == 3.0 / 64);
    }
}

TEST_CASE("Newton-CG: a poor model shrinks the radius even if the step is accepted",
          "[optim][newton_cg]") {
    // The function is flat after 1/8. The value falls by an eighth of the predicted decrease of 1,
    // so the next radius is 1/4.
    std::vector<double> tried;
    struct Flat {
        std::vector<double>& tried;
        double operator()(C x, T g) const {
            tried.push_back(x(0));
            g(0) = -1;
            return -std::min(x(0), 0.125);
        }
        void product(Curvature, C, C, T Bv) const { Bv.setZero(); }
    };
    Vector<double> theta{{0}};
    NewtonCg::State<double> state({}, 1);
    CHECK_FALSE(step(state, Flat{tried}, theta));
    CHECK(theta(0) == 1);
    CHECK(step(state, Flat{tried}, theta) == StopReason::no_further_progress);
    CHECK(tried[2] == 1.25);
    CHECK(theta(0) == 1);
}

TEST_CASE("Newton-CG: at equal values a step with a smaller gradient is accepted",
          "[optim][newton_cg]") {
    // The value is so large that rounding hides its changes: steps continue as long as the gradient
    // falls. Rounding also hides the predicted decrease within the first radius, 5, so the radius
    // grows to 80 before a step is tried. The minimum is 50 away.
    const Vector<double> direction{{3, 4}};
    struct Offset {
        Vector<double> least;
        double operator()(C x, T g) const {
            g = 2 * (x - least);
            return 1e20 + (x - least).squaredNorm();
        }
        void product(Curvature, C, C v, T Bv) const { Bv = 2 * v; }
    };
    Vector<double> theta = direction;
    const auto report = test::minimize(Offset{11 * direction}, theta, NewtonCg{});
    CHECK(report.stop_reason == StopReason::converged);
    CHECK(report.iterations == 1);
    CHECK(report.iterate.evaluations == 2);
    CHECK((theta - 11 * direction).norm() < 1e-6);
}

TEST_CASE("Newton-CG: a step is not retried if rounding hides its predicted decrease",
          "[optim][newton_cg]") {
    // The value is always 10^20 and the gradient 1: the first step predicts a decrease of 1.
    int evaluations = 0;
    struct Same {
        int& evaluations;
        double operator()(C, T g) const { return ++evaluations, g(0) = 1, 1e20; }
        void product(Curvature, C, C, T Bv) const { Bv.setZero(); }
    };
    Vector<double> theta{{0}};
    NewtonCg::State<double> state({}, 1);
    CHECK(step(state, Same{evaluations}, theta) == StopReason::no_further_progress);
    CHECK(evaluations == 2);
    CHECK(theta(0) == 0);
}

TEMPLATE_TEST_CASE("Newton-CG: the first step is the same in every unit", "[optim][newton_cg]",
                   float, double) {
    // c (1/2 |x|^2 - b^T x) from 0 and from theta, x in units of s: the square of the gradient,
    // c^2 |b|^2, overflows for the largest c, and underflows for the smallest.
    using Scalar = TestType;
    struct Bowl {
        Scalar c, s;
        Vector<Scalar> b;
        Scalar operator()(ConstTheta<Scalar> x, Theta<Scalar> g) const {
            const Vector<Scalar> y = x / s;
            g = c * (y - b) / s;
            return c * (y.squaredNorm() / 2 - b.dot(y));
        }
        void product(Curvature, ConstTheta<Scalar>, ConstTheta<Scalar> v, Theta<Scalar> Bv) const {
            Bv = c * (v / s) / s;
        }
    };
    const Scalar far = std::sqrt(std::numeric_limits<Scalar>::max()) * 10;
    const Vector<Scalar> b = Vector<Scalar>::Constant(3, Scalar(0.5));
    for (const Scalar c : {1 / far, Scalar(1), far})
        for (const Scalar s : {Scalar(1), Scalar(1e3)}) {
            INFO("c = " << c << ", s = " << s);
            Vector<Scalar> theta = s * Vector<Scalar>{{2, -1, 3}};
            typename NewtonCg::State<Scalar> state({}, 3);
            const NewtonCg settings{.gradient_tolerance = 1e-300};
            CHECK_FALSE(state.step(settings, Bowl{c, s, b}, theta));
            CHECK((theta / s - b).norm() < 8 * std::numeric_limits<Scalar>::epsilon());
        }
}

TEST_CASE("Newton-CG: products that are not finite end it", "[optim][newton_cg]") {
    struct Broken {
        double bad;
        double operator()(C x, T g) const {
            g = x;
            return x.squaredNorm() / 2;
        }
        void product(Curvature, C, C, T Bv) const { Bv.setConstant(bad); }
    };
    for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        Vector<double> theta{{3, 4}};
        const auto report = test::minimize(Broken{bad}, theta, NewtonCg{});
        CHECK(report.stop_reason == StopReason::not_finite);
        CHECK(theta == Vector<double>{{3, 4}});
    }
}
