// SPDX-License-Identifier: MIT
#include <twolayer/optim/newton_cg.hpp>

#include <cmath>
#include <optional>
#include <vector>

#include "catch.hpp"
#include "support/methods.hpp"

using namespace twolayer;
using Catch::Matchers::Equals;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

using C = ConstTheta<double>;
using T = Theta<double>;

/// f = g^T x + 1/2 (x - c)^T diag(b) (x - c). Counts evaluations and products.
struct Quadratic {
    Vector<double> g, b, c;
    int evaluations = 0;
    int products = 0;

    double operator()(C x, T gradient) {
        ++evaluations;
        gradient = g + b.cwiseProduct(x - c);
        return g.dot(x) + 0.5 * (x - c).dot(b.cwiseProduct(x - c));
    }
    void product(Curvature, C, C v, T Bv) {
        ++products;
        Bv = b.cwiseProduct(v);
    }
};

/// A function of the battery that counts its products.
struct Counted {
    const test::LeastSquares<double>& f;
    int products = 0;

    double operator()(C x, T gradient) const { return f(x, gradient); }
    void product(Curvature curvature, C x, C v, T Bv) {
        ++products;
        f.product(curvature, x, v, Bv);
    }
};

/// One step, which changes theta.
std::optional<StopReason> step(NewtonCg::State<double>& state, auto&& f, Vector<double>& theta,
                               const NewtonCg& settings = {}) {
    return state.step(settings, f, theta);
}

}  // namespace

TEST_CASE("Newton-CG: multiplies by the Hessian by default", "[optim][newton_cg]") {
    CHECK(NewtonCg{}.curvature == Curvature::hessian);
}

TEST_CASE("Newton-CG: conjugate gradients of a quadratic by hand", "[optim][newton_cg]") {
    // f = 1/2 (d_0^2 + 4 d_1^2) for d = x - (10, 10), from d = (4, 1): g = (4, 4).
    //   first direction (-4, -4): length 32 / 80 = 2/5, d = (2.4, -0.6), gradient (2.4, -2.4),
    //   which is 3/5 of the first, so not below half of it; second direction:
    //   0.36 (-4, -4) - (2.4, -2.4) = (-3.84, 0.96), length 11.52 / 18.432 = 5/8, d = (0, 0)
    const Quadratic quadratic{Vector<double>::Zero(2), Vector<double>{{1, 4}},
                              Vector<double>{{10, 10}}};
    for (const Index products : {1, 2, 7}) {
        Quadratic f = quadratic;
        const NewtonCg settings{.max_cg_iterations = products};
        NewtonCg::State<double> state(settings, 2);
        Vector<double> theta{{14, 11}};
        CHECK_FALSE(step(state, f, theta, settings));
        CHECK_THAT(theta(0), WithinRel(products == 1 ? 12.4 : 10, 1e-14));
        CHECK_THAT(theta(1), WithinRel(products == 1 ? 9.4 : 10, 1e-14));
        CHECK(f.products == (products == 1 ? 1 : 2));
        CHECK(f.evaluations == 2);
        CHECK(state.iterate().evaluations == 2);
    }
}

TEST_CASE("Newton-CG: without curvature it steps to the boundary, and the radius doubles",
          "[optim][newton_cg]") {
    // The slope is (-3, -4), from (3, 4). The first radius is |theta| = 5. The model is exact.
    Quadratic f{Vector<double>{{-3, -4}}, Vector<double>::Zero(2), Vector<double>::Zero(2)};
    Vector<double> theta{{3, 4}};
    NewtonCg::State<double> state({}, 2);
    for (const double factor : {2.0, 4.0, 8.0}) {  // + 5, + 10, + 20
        CHECK_FALSE(step(state, f, theta));
        CHECK_THAT(theta(0), WithinRel(factor * 3, 1e-14));
        CHECK_THAT(theta(1), WithinRel(factor * 4, 1e-14));
    }
    CHECK(f.products == 3);
}

TEST_CASE("Newton-CG: negative curvature is followed to the boundary", "[optim][newton_cg]") {
    // 1/2 (d_0^2 - d_1^2) around c, from d = (3, 1): g = (3, -1).
    //   first direction (-3, 1), curvature 8, length 10 / 8: d = (-0.75, 2.25)
    //   second: gradient (-0.75, -2.25), 0.5625 (-3, 1) + (0.75, 2.25) = (-0.9375, 2.8125),
    //   curvature 0.9375^2 - 2.8125^2 < 0: along it to |p| = radius = |theta| = 50
    Quadratic f{Vector<double>::Zero(2), Vector<double>{{1, -1}}, Vector<double>{{27, 39}}};
    const Vector<double> start{{30, 40}}, direction{{-0.9375, 2.8125}};
    Vector<double> theta = start;
    NewtonCg::State<double> state({}, 2);
    CHECK_FALSE(step(state, f, theta));
    CHECK(f.products == 2);
    CHECK_THAT((theta - start).norm(), WithinRel(50, 1e-14));
    const Vector<double> rest = theta - start - Vector<double>{{-3.75, 1.25}};
    CHECK_THAT(rest.dot(direction), WithinRel(rest.norm() * direction.norm(), 1e-14));

    // So it leaves saddles: the minima of x^2 / 2 + y^4 / 4 - y^2 / 2 are -1/4, at y = 1 and -1.
    struct Saddle {
        double operator()(C x, T g) const {
            const double y = x(1);
            g << x(0), y * y * y - y;
            return x(0) * x(0) / 2 + y * y * (y * y / 4 - 0.5);
        }
        void product(Curvature, C x, C v, T Bv) const { Bv << v(0), (3 * x(1) * x(1) - 1) * v(1); }
    };
    theta = Vector<double>{{1, 1e-3}};
    const auto report = test::minimize(Saddle{}, theta, NewtonCg{.curvature = Curvature::hessian});
    CHECK(report.stop_reason == StopReason::converged);
    CHECK_THAT(report.iterate.value, WithinAbs(-0.25, 1e-12));
}

TEST_CASE("Newton-CG: few products far from the minimum, more near it", "[optim][newton_cg]") {
    // To minimize a model with ten curvatures takes ten products, and more with rounding. To halve
    // the gradient takes only a few.
    const auto quadratic = test::ill_conditioned<double>();
    Counted f{quadratic.f};
    Vector<double> theta = quadratic.start;
    NewtonCg::State<double> state({}, 10);
    step(state, f, theta);
    CHECK(f.products < 6);
    const double first = state.iterate().gradient_norm;
    int steps = 1;
    for (; !step(state, f, theta); ++steps) CHECK(f.products < 20 * steps);
    CHECK(first > 1);
    CHECK(steps <= 5);
}

TEST_CASE("Newton-CG: converges faster than linearly", "[optim][newton_cg]") {
    // At the end of Rosenbrock's valley, each step reduces the gradient to less than a tenth.
    const auto rosenbrock = test::rosenbrock<double>();
    for (const auto curvature : {Curvature::hessian, Curvature::gauss_newton}) {
        const NewtonCg settings{.curvature = curvature, .gradient_tolerance = 1e-12};
        Vector<double> theta = rosenbrock.start;
        NewtonCg::State<double> state(settings, 2);
        std::vector<double> norms;
        while (!state.step(settings, rosenbrock.f, theta))
            norms.push_back(state.iterate().gradient_norm);
        REQUIRE(norms.size() > 3);
        CHECK(norms.back() < 1e-12);
        CHECK(norms.back() < 1e-3 * norms[norms.size() - 3]);
    }
}

TEST_CASE("Newton-CG: settings out of range are refused by name", "[optim][newton_cg]") {
    CHECK_NOTHROW(NewtonCg{.max_cg_iterations = 1}.validate());
    CHECK_THROWS_WITH(NewtonCg{.max_cg_iterations = 0}.validate(),
                      Equals("max_cg_iterations is 0, it must be at least 1"));
    CHECK_THROWS_WITH(NewtonCg{.gradient_tolerance = 0}.validate(),
                      Equals("gradient_tolerance is 0, it must be positive and finite"));
}
