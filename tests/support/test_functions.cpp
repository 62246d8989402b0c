// SPDX-License-Identifier: MIT
#include "support/functions.hpp"

#include <cmath>
#include <limits>
#include <map>

#include "catch.hpp"
#include "support/finite_differences.hpp"

using namespace twolayer;
using Catch::Matchers::WithinRel;

TEST_CASE("functions: values at the start equal those of the literature", "[support][functions]") {
    // f at the starts of More, Garbow and Hillstrom 1981, 6 digits, without the 1/2.
    const std::map<std::string, double> values = {
        {"Rosenbrock", 24.2},      {"Powell singular", 215},
        {"Beale", 14.203125},      {"Wood", 19192},
        {"Bard", 41.6817},         {"Kowalik-Osborne", 5.31317e-3},
        {"Brown-Dennis", 7926693}, {"Jennrich-Sampson", 4171.31}};
    int found = 0;
    test::for_each_function<double>([&](const auto& function) {
        if (!values.contains(function.name))
            return;
        ++found;
        INFO(function.name);
        const Vector<double>& x = function.start;
        CHECK_THAT(2 * function.f(x), WithinRel(values.at(function.name), 1e-5));  // six digits
    });
    CHECK(found == 8);
}

TEST_CASE("functions: gradient, A and products agree with central differences",
          "[support][functions]") {
    // Differences have an error of eps^(2/3) relative to f or to the gradient. With the third
    // derivatives of the battery, and eps f, the errors are below 1e4 times that.
    const double allowed = 1e4 * test::epsilon_to_thirds<double>(2);
    test::for_each_function<double>([&](const auto& function) {
        const auto& f = function.f;
        const Vector<double> x = function.start;
        const Index n = x.size();
        const auto gradient_at = [&](const Vector<double>& at) {
            Vector<double> g(n);
            f({at.data(), n}, {g.data(), n});
            return g;
        };
        const auto value_at = [&](const Vector<double>& at) { return f({at.data(), n}); };
        const Vector<double> g = gradient_at(x);
        const Vector<double> expected = test::finite_difference_gradient<double>(value_at, x);
        INFO(function.name);
        CHECK((g - expected).norm() < allowed * expected.norm());

        Matrix<double> A = Matrix<double>::Constant(n, n, 7);
        Vector<double> same(n);
        CHECK(f({x.data(), n}, {same.data(), n}, A) == value_at(x));
        CHECK(same == g);
        CHECK(A(0, 1) == 7);  // only the lower triangle is written
        const Matrix<double> whole = A.selfadjointView<Eigen::Lower>();

        const Vector<double> v = Vector<double>::LinSpaced(n, -1, 2);
        Vector<double> product(n);
        f.product(Curvature::gauss_newton, {x.data(), n}, {v.data(), n}, {product.data(), n});
        // Sums of at most 20 terms with a few roundings each, which cancel.
        CHECK((product - whole * v).norm() < 1e-13 * product.norm());
        f.product(Curvature::hessian, {x.data(), n}, {v.data(), n}, {product.data(), n});
        const double h = test::epsilon_to_thirds<double>(1);
        const Vector<double> difference =
            (gradient_at(x + h * v) - gradient_at(x - h * v)) / (2 * h);
        CHECK((product - difference).norm() < allowed * difference.norm());
    });
}
