// SPDX-License-Identifier: MIT
//
// Networks of fixed shape without heap, exceptions and RTTI: compares predictions, gradients and
// steps with the formulas of the whole batch, and tests what is refused. Exits with 0 on success.
// Runs on the build machine and, by examples/embedded/run, on a microcontroller.

#include <twolayer/embedded.hpp>

#if defined(_GLIBCXX_RANDOM) || defined(_GLIBCXX_IOSTREAM)
#error "embedded.hpp includes a header that is too large for a microcontroller"
#endif

#include <algorithm>
#include <csetjmp>
#include <cstdint>
#include <limits>
#include <utility>

using namespace twolayer;

namespace {

static_assert(heapless);

constexpr int N = 11, D = 4, M = 8, K = 3;  // two tiles, the last one not full

/// The high-order bits of a linear congruential generator: Knuth, "The Art of Computer
/// Programming", volume 2, section 3.3.4, table 1, line 26.
struct Generator {
    std::uint64_t state = 1;

    static constexpr std::uint32_t min() { return 0; }
    static constexpr std::uint32_t max() { return 0xffff'ffff; }
    std::uint32_t operator()() {
        state = state * 6364136223846793005u + 1;
        return std::uint32_t(state >> 32);
    }
};

using DoubleGradient = Eigen::Matrix<double, (D + 1) * M + (M + 1) * K, 1>;

/// dL/dtheta of the squared error of sigmoid outputs by README, equations (1) to (9), in double.
template <typename Weights>
double whole_batch(const Weights& weights, const Eigen::Matrix<double, N, D>& X,
                   const Eigen::Matrix<double, N, K>& Y, DoubleGradient& gradient,
                   Eigen::Matrix<double, N, K>& Yhat) {
    const Eigen::Matrix<double, D, M> W1 = weights.W1().template cast<double>();
    const Eigen::Matrix<double, M, K> W2 = weights.W2().template cast<double>();
    const Eigen::Matrix<double, 1, M> b1 = weights.b1().template cast<double>();
    const Eigen::Matrix<double, 1, K> b2 = weights.b2().template cast<double>();
    const auto sigma = [](double h) { return 1 / (1 + std::exp(-h)); };

    const Eigen::Matrix<double, N, M> Z = (X.lazyProduct(W1).rowwise() + b1).unaryExpr(sigma);
    Yhat = (Z.lazyProduct(W2).rowwise() + b2).unaryExpr(sigma);
    const Eigen::Matrix<double, N, K> delta2 =
        (Yhat - Y).array() * Yhat.array() * (1 - Yhat.array()) / N;
    const Eigen::Matrix<double, N, M> delta1 =
        delta2.lazyProduct(W2.transpose()).array() * Z.array() * (1 - Z.array());

    const Eigen::Matrix<double, D, M> dW1 = X.transpose().lazyProduct(delta1);
    const Eigen::Matrix<double, M, K> dW2 = Z.transpose().lazyProduct(delta2);
    gradient << dW1.reshaped(), delta1.colwise().sum().transpose(), dW2.reshaped(),
        delta2.colwise().sum().transpose();
    return (Yhat - Y).squaredNorm() / (2 * N);
}

std::jmp_buf refused;

template <typename Call>
bool refuses(const Call& call) {
    fail_hook = [] { std::longjmp(refused, 1); };
    if (setjmp(refused) != 0)
        return true;
    call();
    return false;
}

bool works() {
    using Net = TwoLayerNet<float, Sigmoid, D, M, K>;
    static Net net(true);
    static Net::Weights gradient(net.shape());
    static Workspace<Net> workspace(net.shape());
    static DoubleGradient expected;
    Eigen::Matrix<float, N, D> X;
    Eigen::Matrix<float, N, K> Y, Yhat;
    Eigen::Matrix<double, N, K> expected_Yhat;

    Generator generator;
    net.randomize(generator);
    for (float& x : X.reshaped()) x = float(2 * uniform(generator) - 1);
    for (float& y : Y.reshaped()) y = float(uniform(generator));
    for (float& b : net.weights().b1()) b = float(uniform(generator));
    for (float& b : net.weights().b2()) b = float(uniform(generator));

    // Every entry is the mean of N products of a few numbers of order one, each rounded once.
    const float allowed = 2 * N * std::numeric_limits<float>::epsilon();
    const double expected_loss =
        whole_batch(net.weights(), X.cast<double>(), Y.cast<double>(), expected, expected_Yhat);
    const float value = loss_and_gradient(net, X, Y, SquaredError{}, {}, workspace, gradient);
    const auto g = std::as_const(gradient).theta();
    bool right = std::abs(double(value) - expected_loss) < double(allowed);
    right &= (g.cast<double>() - expected).cwiseAbs().maxCoeff() < double(allowed);
    right &= expected.cwiseAbs().maxCoeff() > 1e-3;

    net.predict(X, Yhat, workspace);
    right &= (Yhat.cast<double>() - expected_Yhat).cwiseAbs().maxCoeff() < double(allowed);
    for (int n = 0; n < N; ++n)
        right &=
            (net.predict_one(X.row(n)).transpose() - Yhat.row(n)).cwiseAbs().maxCoeff() < allowed;

    // theta <- theta - eta g, and the first step of Adam:  theta <- theta - eta g / (|g| + epsilon)
    constexpr float eta = 0.25f;
    const auto theta = net.weights().theta();
    Net::Weights before = net.weights();
    GradientDescent::State<float, Net::Weights::capacity> descent(theta.size());
    descent.step(GradientDescent{.learning_rate = double(eta)}, theta, g);
    right &= (theta - (before.theta() - eta * g)).cwiseAbs().maxCoeff() < allowed;
    right &= mean_loss(net, X, Y, SquaredError{}, {}, workspace) < value;

    before = net.weights();
    Adam::State<float, Net::Weights::capacity> adam(theta.size());
    adam.step(Adam{.learning_rate = double(eta), .epsilon = 1e-3}, theta, g);
    const auto step = eta * g.array() / (g.array().abs() + 1e-3f);
    right &= (theta.array() - (before.theta().array() - step)).abs().maxCoeff() < allowed;

    // The other outputs and losses.
    static TwoLayerNet<float, Softmax, D, M, K> classifier(true);
    static TwoLayerNet<float, Identity, D, M, K> regressor(true);
    classifier.weights().theta() = regressor.weights().theta() = theta;
    for (int n = 0; n < N; ++n) Y.row(n) /= Y.row(n).sum();
    right &= std::abs(classifier.predict_one(X.row(0)).sum() - 1) < allowed;
    const auto finite = [&](const auto& network, auto policy) {
        const auto [L, dL] = loss_and_gradient(network, X, Y, policy);
        return dL.theta().allFinite();
    };
    right &= finite(classifier, CrossEntropy{});
    right &= finite(regressor, SquaredError{});
    right &= finite(net, CrossEntropy{});

    Yhat.setConstant(9);
    right &= refuses([&] { net.predict(X.leftCols<2>(), Yhat, workspace); });
    right &= refuses([&] { mean_loss(net, X, Y.topRows<5>(), SquaredError{}, {}, workspace); });
    right &= refuses([] { TwoLayerNet<float, Sigmoid, D, M, K>({D, M, K + 1, false}); });
    right &= refuses([] { Adam{.learning_rate = -1}.validate(); });
    right &= Yhat == Yhat.Constant(9);
    return right;
}

}  // namespace

int main() {
    return works() ? 0 : 1;
}
