// SPDX-License-Identifier: MIT
//
// Tests the minimizers in 50 digits.
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/newton_cg.hpp>

#include "catch.hpp"
#include "judges/fifty.hpp"
#include "support/methods.hpp"

using namespace twolayer;
using test::Fifty;

TEMPLATE_TEST_CASE("battery: minimizers converge in all of 50 digits", "[optim][battery]", Lbfgs,
                   NewtonCg) {
    struct Rosenbrock {
        Fifty operator()(ConstTheta<Fifty> x, Theta<Fifty> g) const {
            const Fifty a = 1 - x(0), b = x(1) - x(0) * x(0);
            g(0) = -a - 200 * x(0) * b;
            g(1) = 100 * b;
            return (a * a + 100 * b * b) / 2;
        }
        void product(Curvature, ConstTheta<Fifty> x, ConstTheta<Fifty> v, Theta<Fifty> Bv) const {
            const Fifty u = v(1) - 2 * x(0) * v(0);  // of A = J^T J
            Bv(0) = v(0) - 200 * x(0) * u;
            Bv(1) = 100 * u;
        }
    };
    Vector<Fifty> theta(2);
    theta << Fifty(-1.2), Fifty(1);
    const auto report = test::minimize(Rosenbrock{}, theta, TestType{.gradient_tolerance = 1e-45});
    CHECK(report.stop_reason == StopReason::converged);
    CHECK(abs(Fifty(theta(0) - 1)) < 1e-44);  // 1 / 0.4 times the gradient
    CHECK(report.iterate.evaluations < 100);
}
