// SPDX-License-Identifier: MIT
//
// Saturated units: value, slope, loss and gradient keep their digits if |O| or |H| is large. The
// reference is the plain formulas in 400 digits, so that 1 - sigma(800) still has more than 50.
#include <twolayer/network/gradient.hpp>

#include <twolayer/network/net.hpp>

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/eigen.hpp>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "support/oracle.hpp"
#include "support/policies.hpp"

using namespace twolayer;

namespace {

using Precise = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<400>,
                                              boost::multiprecision::et_off>;

/// Requires that `value` equals `expected` up to a few roundings relative to its size. If
/// `expected` underflows in Scalar, `value` must be finite and tiny.
template <typename Scalar>
void require_digits(Scalar value, const Precise& expected) {
    const Scalar least = std::numeric_limits<Scalar>::min();
    const Precise size = abs(expected), error = abs(Precise(value) - expected);
    INFO("value " << value << ", expected " << double(expected));
    if (size < 4 * Precise(least))
        REQUIRE(abs(Precise(value)) < 8 * Precise(least));
    else
        // A chain of about ten roundings, and exp to one or two units in the last place.
        REQUIRE(error < 16 * Precise(std::numeric_limits<Scalar>::epsilon()) * size);
}

template <typename Loss, typename Net>
void require_all_digits(const Net& net, const Matrix<typename Net::Scalar>& X,
                        const Matrix<typename Net::Scalar>& Y) {
    const auto expected = test::whole_batch<Loss>(net.template cast<Precise>(),
                                                  Matrix<Precise>(X.template cast<Precise>()),
                                                  Matrix<Precise>(Y.template cast<Precise>()));
    const auto [loss, gradient] = loss_and_gradient(net, X, Y, Loss{});
    INFO("O = " << double(expected.O(0, 0)) << ", Y = " << Y);
    require_digits(loss, expected.loss);
    for (Index i = 0; i < gradient.size(); ++i) {
        INFO("theta " << i);
        require_digits(gradient.theta()(i), expected.gradient(i));
    }
}

/// Targets of one sample: both classes and a value in between; for Softmax also the class with the
/// smallest output.
template <typename Scalar, typename Output>
std::vector<Matrix<Scalar>> targets() {
    const Scalar part = Scalar(0.3);
    if constexpr (std::same_as<Output, Softmax>)
        return {Matrix<Scalar>{{1, 0, 0}}, Matrix<Scalar>{{0, 1, 0}}, Matrix<Scalar>{{0, 0, 1}},
                Matrix<Scalar>{{part, 1 - part, 0}}, Matrix<Scalar>{{0, 1 - part, part}}};
    else
        return {Matrix<Scalar>{{0}}, Matrix<Scalar>{{1}}, Matrix<Scalar>{{part}},
                Matrix<Scalar>{{1 - part}}};
}

}  // namespace

TEMPLATE_TEST_CASE("saturation: saturated outputs lose no digits", "[core][saturation][slow]",
                   float, double) {
    const int size = GENERATE(10, 15, 20, 30, 40, 800), sign = GENERATE(-1, 1);
    const TestType o = TestType(sign * size);
    test::for_each_policies([&]<typename P>(P) {
        using Output = typename P::Output;
        constexpr bool classes = std::same_as<Output, Softmax>;
        // W1 = 0  =>  Z = 1/2 exactly, and O = W2 / 2: (o), or (o, 0, -o) for Softmax.
        TwoLayerNet<TestType, Output> net({.inputs = 1, .hidden = 1, .outputs = classes ? 3 : 1});
        net.weights().W2()(0, 0) = 2 * o;
        if (classes)
            net.weights().W2()(0, 2) = -2 * o;
        for (const auto& Y : targets<TestType, Output>())
            require_all_digits<typename P::Loss>(net, Matrix<TestType>{{1}}, Y);
    });
}

TEMPLATE_TEST_CASE("saturation: saturated hidden units lose no digits", "[core][saturation]", float,
                   double) {
    const int h = GENERATE(10, 15, 20, 30, 40);
    test::for_each_policies([&]<typename P>(P) {
        using Output = typename P::Output;
        constexpr Index K = std::same_as<Output, Softmax> ? 3 : 1;
        // X = 2 and W1 = (h, -h) / 2  =>  H = (h, -h) exactly.
        TwoLayerNet<TestType, Output> net(
            {.inputs = 1, .hidden = 2, .outputs = K, .biases = false});
        net.weights().W1() << TestType(h) / 2, -TestType(h) / 2;
        net.weights().W2().row(0).setConstant(TestType(-0.75));
        net.weights().W2().row(1).setConstant(TestType(0.5));
        net.weights().W2()(0, 0) = TestType(1.25);
        net.weights().W2()(1, 0) = TestType(2.5);
        const auto Y = targets<TestType, Output>();
        for (std::size_t i = 0; i < 2; ++i)
            require_all_digits<typename P::Loss>(net, Matrix<TestType>{{2}}, Y[i]);
    });
}

TEST_CASE("saturation: the tests detect a lost complement", "[core][saturation]") {
    // In float, 1 - sigma(15) by subtraction has no correct digit, so the bound above can fail.
    const Precise expected = 1 / (1 + exp(Precise(15)));
    const float subtracted = 1.0f - sigmoid(15.0f).value;
    CHECK(abs(Precise(subtracted) - expected) > expected / 50);
    require_digits(sigmoid(15.0f).one_minus_value, expected);
}
