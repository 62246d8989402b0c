// SPDX-License-Identifier: MIT
#include <twolayer/embedded.hpp>

#include <limits>
#include <random>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/problem.hpp"

using namespace twolayer;

TEMPLATE_TEST_CASE("embedded: from the first weights to the last step nothing allocates",
                   "[files][embedded]", (TwoLayerNet<float, Sigmoid, 4, 8, 3>),
                   (TwoLayerNet<double, Softmax, 4, 8, 3>)) {
    if (!test::counts_allocations()) {
        WARN("allocations are not counted with this C library or sanitizer");
        return;
    }
    using Scalar = typename TestType::Scalar;
    const Eigen::Matrix<Scalar, 2, 4> X{{1, 2, 3, 4}, {4, 3, 1, 2}};
    const Eigen::Matrix<Scalar, 2, 3> Y{{1, 0, 0}, {0, 0, 1}};
    Eigen::Matrix<Scalar, 2, 3> Yhat;
    std::mt19937 generator(1);
    Scalar before = 0, after = 0, yhat = 0;
    const std::size_t count = test::allocations_in([&] {
        TestType net(true);
        net.randomize(generator);
        Workspace<TestType> workspace(net.shape());
        typename TestType::Weights gradient(net.shape());
        constexpr Index capacity = TestType::Weights::capacity;
        GradientDescent::State<Scalar, capacity> descent(gradient.size());
        Adam::State<Scalar, capacity> adam(gradient.size());

        const auto learn = [&](auto& state, const auto& settings) {
            const Scalar L = loss_and_gradient(net, X, Y, CrossEntropy{}, {}, workspace, gradient);
            state.step(settings, net.weights().theta(), gradient.theta());
            return L;
        };
        before = learn(descent, GradientDescent{.learning_rate = 0.1, .momentum = 0.5});
        learn(adam, Adam{.learning_rate = 0.01});
        after = mean_loss(net, X, Y, CrossEntropy{}, {}, workspace);
        net.predict(X, Yhat, workspace);
        yhat = net.predict_one(X.row(1))(2);
    });
    CHECK(count == 0);
    CHECK(after < before);
    CHECK(std::abs(yhat - Yhat(1, 2)) < 8 * std::numeric_limits<Scalar>::epsilon());
}

TEMPLATE_TEST_CASE("embedded: a fixed network learns what the same dynamic one learns",
                   "[files][embedded]", float, double) {
    using Fixed = TwoLayerNet<TestType, Sigmoid, 3, 5, 2>;
    const Index N = 300;  // more than one tile
    const test::Problem<TestType> p(true, N);
    TwoLayerNet<TestType> net = p.net;
    Fixed fixed = p.net;
    REQUIRE(detail::TileMemory<Fixed>(fixed.shape()).tile_rows() < N);

    // Every entry of the gradient is a mean of N numbers below one, rounded N times.
    const TestType allowed = TestType(N) * std::numeric_limits<TestType>::epsilon();
    const auto [L, gradient] = loss_and_gradient(net, p.X, p.Y, CrossEntropy{}, p.w);
    const auto [fixed_L, fixed_gradient] = loss_and_gradient(fixed, p.X, p.Y, CrossEntropy{}, p.w);
    const auto apart = [](const auto& a, const auto& b) {
        return (a.theta() - b.theta()).cwiseAbs().maxCoeff();
    };
    CHECK(std::abs(fixed_L - L) < allowed);
    CHECK(apart(fixed_gradient, gradient) < allowed);
    CHECK(gradient.theta().norm() > 100 * allowed);  // a zero gradient would prove nothing

    // Adam's second step divides by the root mean square of the gradients plus epsilon. With
    // epsilon = 1, it does not enlarge the difference of two gradients.
    const auto learn = [](auto& weights, auto state, const auto& settings, const auto& g) {
        for (int step = 0; step < 2; ++step) state.step(settings, weights.theta(), g.theta());
    };
    constexpr Index capacity = Fixed::Weights::capacity;
    const Index P = net.weights().size();
    const GradientDescent descent{.learning_rate = 0.5, .momentum = 0.5};
    learn(net.weights(), GradientDescent::State<TestType>(P), descent, gradient);
    learn(fixed.weights(), GradientDescent::State<TestType, capacity>(P), descent, fixed_gradient);
    CHECK(apart(fixed.weights(), net.weights()) < 2 * allowed);

    const Adam adam{.learning_rate = 0.5, .epsilon = 1};
    learn(net.weights(), Adam::State<TestType>(P), adam, gradient);
    learn(fixed.weights(), Adam::State<TestType, capacity>(P), adam, fixed_gradient);
    CHECK(apart(fixed.weights(), net.weights()) < 4 * allowed);
    CHECK(apart(p.net.weights(), net.weights()) > 0.01);
}
