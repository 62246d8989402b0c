// SPDX-License-Identifier: MIT
//
// A user-defined scalar type: with dual numbers, the loss also computes its derivative.
#include <twolayer/network/check_gradient.hpp>

#include <twolayer/network/net.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "support/dual.hpp"
#include "support/finite_differences.hpp"
#include "support/oracle.hpp"
#include "support/policies.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using test::Dual;

namespace {

Vector<double> values(const auto& duals) {
    return duals.unaryExpr([](const Dual& x) { return x.value; });
}

Vector<double> parts(const auto& duals) {
    return duals.unaryExpr([](const Dual& x) { return x.part; });
}

}  // namespace

TEST_CASE("dual: the derivative of the loss equals the closed-form gradient", "[network][dual]") {
    const bool biases = GENERATE(false, true), weighted = GENERATE(false, true);
    test::for_each_policies([&]<typename P>(P) {
        const test::Problem<double, typename P::Output> p(biases);
        const test::Problem<Dual, typename P::Output> q(biases);
        const typename P::Loss policy;
        const Vector<Dual> w = weighted ? q.w : Vector<Dual>();
        const auto [L, gradient] =
            loss_and_gradient(p.net, p.X, p.Y, policy, weighted ? p.w : Vector<double>());
        const Vector<double> expected = gradient.theta();

        // Both sides are exact up to rounding: a few units in the last place of a sum of N terms.
        const double allowed = 8 * std::numeric_limits<double>::epsilon() * expected.norm();
        REQUIRE(expected.cwiseAbs().minCoeff() > 1000 * allowed);  // three digits at least
        for (Index i = 0; i < expected.size(); ++i) {
            auto net = q.net;
            net.weights().theta()(i).part = 1;
            const double derivative = mean_loss(net, q.X, q.Y, policy, w).part;
            INFO("theta " << i << ": " << derivative << " and " << expected(i));
            REQUIRE(std::abs(derivative - expected(i)) < allowed);
        }
        const auto dual = loss_and_gradient(q.net, q.X, q.Y, policy, w);
        REQUIRE((values(dual.gradient.theta()) - expected).norm() < allowed);
    });
}

TEST_CASE("dual: the derivative of the gradient is a symmetric matrix", "[network][dual]") {
    const test::Problem<Dual, Softmax> p(true);
    const Index P = p.net.weights().size();
    Matrix<double> hessian(P, P);
    for (Index i = 0; i < P; ++i) {
        auto net = p.net;
        net.weights().theta()(i).part = 1;
        const auto [L, gradient] = loss_and_gradient(net, p.X, p.Y, SquaredError{});
        hessian.col(i) = parts(gradient.theta());
    }
    CHECK(test::relative_distance(hessian, hessian.transpose().eval()) < 1e-15);
}

TEST_CASE("dual: a sample weight of zero with a derivative is not skipped", "[network][dual]") {
    // L = sum w_n L_n / sum w  =>  dL/dw_2 = (L_2 - L) / sum w
    const test::Problem<Dual> p;
    Vector<Dual> w = p.w;
    w(2) = Dual(0, 1);
    const Dual L = mean_loss(p.net, p.X, p.Y, SquaredError{}, w);
    const double L_2 = mean_loss(p.net, p.X.row(2), p.Y.row(2)).value;
    const double total = values(w).sum();
    CHECK(std::abs(L.part - (L_2 - L.value) / total) < 1e-15);
}

TEST_CASE("dual: the gradient agrees with differences and with the whole batch",
          "[network][dual]") {
    const test::Problem<Dual> p(true);
    const auto [loss, gradient] = loss_and_gradient(p.net, p.X, p.Y, CrossEntropy{}, p.w);
    const auto expected = test::whole_batch<CrossEntropy>(p.net, p.X, p.Y, p.w);
    const Vector<Dual> numeric = test::finite_difference_gradient<Dual>(
        [&](const Vector<Dual>& theta) {
            auto net = p.net;
            net.weights().theta() = theta;
            return test::whole_batch<CrossEntropy>(net, p.X, p.Y, p.w).loss;
        },
        p.net.weights().theta());
    CHECK(test::relative_distance(values(gradient.theta()), values(expected.gradient)) < 1e-14);
    // Each difference quotient has an error of eps^(2/3) (1 + L) = 1e-10, for entries of 1e-2.
    CHECK(test::relative_distance(values(gradient.theta()), values(numeric)) < 1e-8);
    CHECK(check_gradient(p.net, p.X, p.Y, CrossEntropy{}, p.w).passed);
    CHECK(p.net.predict_one(p.X.row(1))(0).value > 0);
}
