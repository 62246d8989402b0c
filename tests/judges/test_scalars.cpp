// SPDX-License-Identifier: MIT
//
// Networks of long double and of numbers of 50 digits.
#include <twolayer/network/check_gradient.hpp>

#include <twolayer/network/net.hpp>

#include <functional>

#include "catch.hpp"
#include "judges/fifty.hpp"
#include "support/finite_differences.hpp"
#include "support/oracle.hpp"
#include "support/policies.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using test::Fifty;

namespace {

template <typename Scalar>
void require_close(const Scalar& loss, const Vector<Scalar>& gradient,
                   const test::WholeBatch<Scalar>& expected, const Vector<Scalar>& numeric) {
    // Sums of at most 35 products each. Difference quotients have an error of eps^(2/3).
    const Scalar eps = Eigen::NumTraits<Scalar>::epsilon();
    const Scalar error = test::relative_distance(gradient, expected.gradient);
    const Scalar gap = test::relative_distance(gradient, numeric);
    const Scalar allowed_gap = Scalar(100) * test::epsilon_to_thirds<Scalar>(2);
    INFO("relative error " << double(error) << ", gap to differences " << double(gap));
    REQUIRE(error < 32 * eps);
    REQUIRE(abs(Scalar(loss - expected.loss)) < 32 * eps * expected.loss);
    REQUIRE(gap < allowed_gap);
}

}  // namespace

TEMPLATE_TEST_CASE("scalars: the gradient is correct in long double and in 50 digits",
                   "[core][scalars]", long double, Fifty) {
    using Theta = Vector<TestType>;
    const bool biases = GENERATE(false, true), weighted = biases;
    test::for_each_policies([&]<typename P>(P) {
        const typename P::Loss policy;
        const test::Problem<TestType, typename P::Output> p(biases);
        const Theta w = weighted ? p.w : Theta();
        const std::function<TestType(const Theta&)> L = [&](const Theta& theta) {
            auto net = p.net;
            net.weights().theta() = theta;
            return mean_loss(net, p.X, p.Y, policy, w);
        };
        const auto [value, gradient] = loss_and_gradient(p.net, p.X, p.Y, policy, w);
        require_close<TestType>(
            value, gradient.theta(), test::whole_batch<typename P::Loss>(p.net, p.X, p.Y, w),
            test::finite_difference_gradient<TestType>(L, p.net.weights().theta()));
        REQUIRE(check_gradient(p.net, p.X, p.Y, policy, w).passed);
    });
}

TEST_CASE("scalars: a double result is the result of 50 digits, rounded", "[core][scalars]") {
    const test::Problem<double> p(true);
    const test::Problem<Fifty> precise(true);
    const auto rounded = loss_and_gradient(p.net, p.X, p.Y, CrossEntropy{}, p.w);
    const auto [loss, gradient] =
        loss_and_gradient(precise.net, precise.X, precise.Y, CrossEntropy{}, precise.w);
    const Vector<double> expected = gradient.theta().cast<double>();
    CHECK(test::relative_distance(rounded.gradient.theta(), expected) < 1e-15);
    CHECK(std::abs(rounded.loss - double(loss)) < 1e-15);
    const auto net = precise.net.cast<double>();
    CHECK(net.weights().theta() == p.net.weights().theta());
    CHECK(test::relative_distance(
              precise.net.predict_one(precise.X.row(2)),
              Vector<Fifty>(precise.net.predict(precise.X).row(2).transpose())) < Fifty(1e-48));
}

TEST_CASE("scalars: numbers of 50 digits are real numbers", "[core][scalars]") {
    STATIC_REQUIRE(Real<Fifty>);
}
