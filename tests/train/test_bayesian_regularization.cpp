// SPDX-License-Identifier: MIT
#include <twolayer/network/gauss_newton.hpp>

#include <twolayer/network/net.hpp>

#include <Eigen/LU>
#include <cmath>
#include <cstdint>
#include <vector>

#include "catch.hpp"
#include "train/every_method.hpp"

using namespace twolayer;
using Catch::Matchers::WithinRel;
using Net = TwoLayerNet<double, Identity>;

namespace {

/// The outputs of a small network for N random inputs, plus noise of a given deviation.
struct Noisy {
    Matrix<double> X, Y;
    Net net;

    Noisy(double noise, const Shape& shape = {2, 7, 1}, Index N = 80) : net(shape) {
        std::mt19937 generator(11);
        Net teacher({2, 2, shape.outputs});
        teacher.weights().theta() =
            test::draw<double>(generator, teacher.weights().size(), 1, -3, 3);
        X = test::draw<double>(generator, N, 2, -1, 1);
        Y = teacher.predict(X);
        // The sum of three uniform numbers between -1 and 1 has a deviation of 1.
        for (int i = 0; i < 3; ++i)
            Y += noise * test::draw<double>(generator, N, shape.outputs, -1, 1);
        net.randomize(generator);
    }

    FitReport train(const std::vector<double>& w = {}) {
        return fit(net, X, Y, SquaredError{}, w, BayesianRegularization{}, {.epochs = 400});
    }
};

/// The decay and gamma that follow from the weights of a network and the decay of its training, by
/// the equations of the literature, from dense matrices.
struct Evidence {
    double gamma, weight_decay, logarithm;

    Evidence(const Net& net, const Matrix<double>& X, const Matrix<double>& Y, double at,
             const std::vector<double>& w) {
        const Weights<double>& theta = net.weights();
        Matrix<double> A = gauss_newton(net, X, Y, SquaredError{}, w).matrix;
        Weights<double> decayed(net.shape());
        decayed.W1().setOnes();
        decayed.W2().setOnes();
        A.diagonal() += at * decayed.theta();
        A.diagonal().array() += 1e-14;  // for biases without influence
        const Vector<double> inverse = A.inverse().diagonal();
        gamma = decayed.theta().sum() - at * inverse.dot(decayed.theta());

        double total = w.empty() ? double(X.rows()) : 0;
        for (const double weight : w) total += weight;
        const double n = total * double(Y.cols());
        const double E_D = 2 * total * mean_loss(net, X, Y, SquaredError{}, w);
        const double E_W = theta.W1().squaredNorm() + theta.W2().squaredNorm();
        const double alpha = gamma / (2 * E_W), beta = (n - gamma) / (2 * E_D);
        weight_decay = alpha / (beta * total);

        // The logarithm of the integral of exp(-beta E_D - alpha E_W) over W1 and W2, as a
        // Gaussian, divided by the integrals that normalize each factor.
        const double pi = std::acos(-1.0), P = decayed.theta().sum();
        Matrix<double> block = 2 * beta * total * A;
        for (Index i = 0; i < block.rows(); ++i)
            if (decayed.theta()(i) == 0) {
                block.row(i).setZero();
                block.col(i).setZero();
                block(i, i) = 1;
            }
        logarithm = -beta * E_D - alpha * E_W + P / 2 * std::log(2 * pi) -
                    std::log(block.determinant()) / 2 - P / 2 * std::log(pi / alpha) -
                    n / 2 * std::log(pi / beta);
    }
};

}  // namespace

TEST_CASE("bayesian regularization: decay and gamma solve their equations",
          "[train][bayesian_regularization]") {
    const bool weighted = GENERATE(false, true);
    const Shape shape = GENERATE(Shape{2, 3, 1, true}, Shape{2, 5, 3, false});
    Noisy p(0.2, shape);
    std::vector<double> w;
    if (weighted)
        for (int n = 0; n < 80; ++n) w.push_back(0.5 + n % 3);
    const FitReport report = p.train(w);
    INFO(report.epochs << " epochs, decay " << report.weight_decay << ", gamma "
                       << report.effective_parameters << ", |g| " << report.gradient_norm);
    REQUIRE(report.stop_reason == StopReason::converged);
    CHECK(report.loss == "squared error");
    CHECK(report.gradient_norm < 1e-3 * report.weight_decay);

    // The fit converges when the decay changes by less than a thousandth.
    const Evidence evidence(p.net, p.X, p.Y, report.weight_decay, w);
    CHECK_THAT(report.weight_decay, WithinRel(evidence.weight_decay, 3e-3));
    CHECK_THAT(report.effective_parameters, WithinRel(evidence.gamma, 3e-3));
    CHECK_THAT(report.log_evidence, WithinRel(evidence.logarithm, 3e-3));
    CHECK(evidence.gamma > 3);
    CHECK(report.decayed_weights == (shape.inputs + shape.outputs) * shape.hidden);
    CHECK(evidence.gamma < double(report.decayed_weights));
}

TEST_CASE("bayesian regularization: the noise never exceeds the deviation of the targets",
          "[train][bayesian_regularization]") {
    // Targets far from zero: the first losses are much larger than the noise.
    Noisy p(0.2);
    p.Y.array() += 1000;
    std::vector<double> w(80, 1);
    w[3] = 0, w[5] = 4;
    p.Y(3, 0) = std::nan("");
    double total = 0, mean = 0, variance = 0;
    for (Index n = 0; n < 80; ++n) total += w[std::size_t(n)];
    for (Index n = 0; n < 80; ++n) mean += n == 3 ? 0 : w[std::size_t(n)] * p.Y(n, 0) / total;
    for (Index n = 0; n < 80; ++n)
        variance += n == 3 ? 0 : w[std::size_t(n)] * std::pow(p.Y(n, 0) - mean, 2) / total;

    FitState<Net, BayesianRegularization> state;
    int above = 0;
    for (Index epochs = 1; epochs <= 12; ++epochs) {
        const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, w, BayesianRegularization{},
                                     {.epochs = epochs}, state);
        const Weights<double>& theta = p.net.weights();
        const double E_W = theta.W1().squaredNorm() + theta.W2().squaredNorm();
        const double gamma = report.effective_parameters;
        const double most = gamma * variance / (E_W * (total - gamma));
        INFO(epochs << ": loss " << report.final_loss << ", gamma " << gamma);
        CHECK(report.weight_decay <= most * (1 + 1e-9));
        above += 2 * report.final_loss > variance;
    }
    CHECK(above > 1);
}

TEST_CASE("bayesian regularization: more noise leads to more decay and fewer parameters",
          "[train][bayesian_regularization]") {
    double weight_decay = 0, gamma = 1e9;
    for (const double noise : {0.01, 0.1, 0.5}) {
        Noisy p(noise);
        const FitReport report = p.train();
        INFO("noise " << noise << ": decay " << report.weight_decay << ", gamma "
                      << report.effective_parameters);
        CHECK(report.weight_decay > 2 * weight_decay);
        CHECK(report.effective_parameters < gamma);
        weight_decay = report.weight_decay;
        gamma = report.effective_parameters;
        // The remaining loss is that of the noise, L = noise^2 / 2. A fit without decay goes below.
        CHECK(report.final_loss < 1.1 * noise * noise / 2);
        CHECK(report.final_loss > 0.6 * noise * noise / 2);
    }
}

TEST_CASE("bayesian regularization: an integer weight is a repeated row",
          "[train][bayesian_regularization]") {
    Noisy weighted(0.3), repeated(0.3);
    std::vector<double> w(80, 1);
    w[0] = 4, w[1] = 0, w[5] = 2;
    std::vector<Index> rows;
    for (Index n = 0; n < 80; ++n) rows.insert(rows.end(), std::size_t(w[std::size_t(n)]), n);
    repeated.X = test::rows_of(repeated.X, rows);
    repeated.Y = test::rows_of(repeated.Y, rows);
    const FitReport a = weighted.train(w), b = repeated.train();
    // Both are near the same solution, within the tolerance of the decay.
    CHECK_THAT(a.weight_decay, WithinRel(b.weight_decay, 1e-5));
    CHECK_THAT(a.effective_parameters, WithinRel(b.effective_parameters, 1e-5));
    CHECK(test::relative_distance(weighted.net.weights().theta(), repeated.net.weights().theta()) <
          1e-4);
}

TEST_CASE("bayesian regularization: generalizes when a fit without decay learns the noise",
          "[train][bayesian_regularization]") {
    Noisy p(0.3, {2, 12, 1}, 60), free = p;
    const Noisy truth(0, {2, 12, 1}, 60);
    p.train();
    fit(free.net, free.X, free.Y, SquaredError{}, LevenbergMarquardt{}, {.epochs = 400});
    CHECK(mean_loss(free.net, p.X, p.Y) < mean_loss(p.net, p.X, p.Y));
    CHECK(mean_loss(free.net, p.X, truth.Y) > 2 * mean_loss(p.net, p.X, truth.Y));
}

TEST_CASE("bayesian regularization: keeps the start with the highest evidence",
          "[train][bayesian_regularization][slow]") {
    int by_loss = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        double highest = -1e300, lowest = 1e300;
        Index max_evident = 0, min_loss = 0;
        for (Index start = 0; start < 4; ++start) {
            Noisy p(0.3);
            FitState<Net, BayesianRegularization> state;
            state.start = start;
            const FitReport report =
                fit(p.net, p.X, p.Y, SquaredError{}, {}, BayesianRegularization{},
                    {.epochs = 200, .seed = seed, .starts = start + 1}, state);
            const Weights<double>& theta = p.net.weights();
            const double penalty =
                report.weight_decay / 2 * (theta.W1().squaredNorm() + theta.W2().squaredNorm());
            if (report.log_evidence > highest)
                highest = report.log_evidence, max_evident = start;
            if (report.final_loss + penalty < lowest)
                lowest = report.final_loss + penalty, min_loss = start;
        }
        Noisy p(0.3);
        const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, BayesianRegularization{},
                                     {.epochs = 200, .seed = seed, .starts = 4});
        CHECK(report.best_start == max_evident);
        CHECK(report.log_evidence == highest);
        by_loss += min_loss == max_evident;
    }
    CHECK(by_loss < 5);
}

TEST_CASE("bayesian regularization: superfluous units do not stop it",
          "[train][bayesian_regularization]") {
    // Seven units learn the outputs of two. The weights of the others vanish and their biases have
    // no influence, so A is singular.
    Noisy p(0.2, {2, 7, 1});
    const FitReport report = p.train();
    CHECK(report.stop_reason == StopReason::converged);
    const Evidence evidence(p.net, p.X, p.Y, report.weight_decay, {});
    CHECK_THAT(report.weight_decay, WithinRel(evidence.weight_decay, 3e-3));
    CHECK_THAT(report.effective_parameters, WithinRel(evidence.gamma, 3e-3));
    CHECK(evidence.gamma < 5);
}
