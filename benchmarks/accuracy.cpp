// SPDX-License-Identifier: MIT
//
// Measures the errors of the derivatives against the plain formulas in 100 digits:
//
//     accuracy
//
// Prints a table of the largest errors of gradient, Jacobian and Hessian product, in units in the
// last place of a norm. For gradient and Hessian product, it is the norm of the part that contains
// the entry: W1, b1, W2 or b2. For the Jacobian, it is the norm of the row.

#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/eigen.hpp>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <twolayer.hpp>
#include <vector>

#include "speed/machine.hpp"
#include "support/draw.hpp"
#include "support/oracle.hpp"
#include "support/policies.hpp"

using namespace twolayer;

namespace {

/// Differences with a step of 1e-30 keep 50 digits in this type, even if 1 - Yhat cancels 17 of
/// them. For O = 800, 1 - Yhat underflows in double anyway.
using Precise = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<100>,
                                              boost::multiprecision::et_off>;

constexpr Shape shape{.inputs = 5, .hidden = 7, .outputs = 3};

/// exact_40, rounded_40 and exact_800 have a single sample with saturated outputs, since a sample
/// that is not saturated would hide its error. In the exact cases Z = 1/2, so O is exact. In
/// rounded_40, one rounding of O changes e^-|O|, and everything proportional to it, by up to
/// |O| / 2 units in the last place, in any program.
enum class Case { random, exact_40, rounded_40, exact_800, tiny, huge };
constexpr Case cases[] = {Case::random,    Case::exact_40, Case::rounded_40,
                          Case::exact_800, Case::tiny,     Case::huge};

/// Weights, samples and a direction v of weight space, the same for every Scalar up to rounding.
template <typename Scalar, typename Output>
struct Problem {
    using Net = TwoLayerNet<Scalar, Output>;
    Net net{shape};
    Matrix<Scalar> X, Y;
    Vector<Scalar> v;

    Problem(Case kind, unsigned seed) {
        std::mt19937 generator(seed);
        const auto draw = [&](Index rows, Index cols, double low, double high) {
            return test::draw<Scalar>(generator, rows, cols, low, high);
        };
        const bool certain =
            kind == Case::exact_40 || kind == Case::rounded_40 || kind == Case::exact_800;
        const Index N = certain ? 1 : 10, K = shape.outputs;
        auto& weights = net.weights();
        weights.theta() = draw(weights.size(), 1, -1, 1);
        v = draw(weights.size(), 1, -1, 1);
        X = draw(N, shape.inputs, -1, 1);
        if (certain) {
            const auto round = [](Scalar a) { return std::round(64 * a) / 64; };
            if (kind != Case::rounded_40) {
                weights.W1().setZero();
                weights.b1().setZero();
                weights.W2() = weights.W2().unaryExpr(round).eval();
                weights.b2() = weights.b2().unaryExpr(round).eval();
            }
            const Matrix<Scalar> O = net.forward(X).O, sign = draw(1, K, -1, 1);
            Matrix<Scalar> size = draw(1, K, 10, 40);
            if (kind == Case::exact_800)
                size(0, 1) = 800;
            for (Index k = 0; k < K; ++k)
                weights.b2()(k) += round(sign(0, k) < 0 ? -size(0, k) : size(0, k)) - O(0, k);
        }
        if (kind == Case::tiny)
            X *= Scalar(1e-20);
        if (kind == Case::huge) {  // H of all sizes: some units are saturated, others are not
            X *= Scalar(1e12);
            net.weights().W1().leftCols(4) *= Scalar(1e-12);
        }

        Y = draw(N, K, 0, 1);
        if (certain || std::same_as<Output, Softmax>) {
            for (Index n = 0; n < N; ++n) {
                Index most = 0;
                Y.row(n).maxCoeff(&most);
                for (Index k = 0; k < K; ++k)
                    Y(n, k) = std::same_as<Output, Softmax> ? Scalar(k == most)
                                                            : Scalar(Y(n, k) > Scalar(0.5));
            }
        }
    }
};

template <typename Scalar>
Matrix<Precise> precise(const Matrix<Scalar>& A) {
    return A.template cast<Precise>();
}

template <typename Loss, typename Scalar, typename Output>
test::WholeBatch<Precise> whole_batch(const Problem<Scalar, Output>& p,
                                      const Vector<Precise>& theta) {
    Weights<Precise> weights(shape);
    weights.theta() = theta;
    return test::oracle::whole_batch<Precise>(test::kind_of(Loss{}), test::kind_of(Output{}),
                                              weights, precise(p.X), precise(p.Y), {});
}

/// (f(theta + step v) - f(theta - step v)) / (2 step)
template <typename Function>
auto difference(const Vector<Precise>& theta, const Vector<Precise>& v, Function f) {
    const Precise step("1e-30");
    return ((f(theta + step * v) - f(theta - step * v)) / (2 * step)).eval();
}

/// The largest error in units in the last place of the norm; 0 if the norm underflows.
template <typename Scalar>
double ulps(const Vector<Scalar>& actual, const Vector<Precise>& expected) {
    const Precise norm = sqrt(expected.squaredNorm());
    const Scalar eps = std::numeric_limits<Scalar>::epsilon();
    if (norm < Precise(std::numeric_limits<Scalar>::min() / eps))
        return 0;
    const Precise ulp = ldexp(Precise(eps), ilogb(norm));
    Precise most = 0;
    for (Index i = 0; i < actual.size(); ++i)
        most = std::max(most, Precise(abs(Precise(actual(i)) - expected(i))));
    return double(most / ulp);
}

/// The largest of ulps() over the four parts of a gradient.
template <typename Scalar>
double ulps_of_parts(const Vector<Scalar>& actual, const Vector<Precise>& expected) {
    const Index sizes[] = {shape.inputs * shape.hidden, shape.hidden, shape.hidden * shape.outputs,
                           shape.outputs};
    double most = 0;
    Index first = 0;
    for (const Index size : sizes) {
        most = std::max(most,
                        ulps<Scalar>(actual.segment(first, size), expected.segment(first, size)));
        first += size;
    }
    return most;
}

template <typename Loss, typename Scalar, typename Output>
double gradient_error(const Problem<Scalar, Output>& p) {
    const Vector<Precise> theta = p.net.weights().theta().template cast<Precise>();
    const auto [L, gradient] = loss_and_gradient(p.net, p.X, p.Y, Loss{});
    return ulps_of_parts(Vector<Scalar>(gradient.theta()), whole_batch<Loss>(p, theta).gradient);
}

template <typename Loss, typename Scalar, typename Output>
double hessian_product_error(const Problem<Scalar, Output>& p) {
    const Vector<Precise> theta = p.net.weights().theta().template cast<Precise>();
    const auto gradient = [&](const Vector<Precise>& at) {
        return whole_batch<Loss>(p, at).gradient;
    };
    return ulps_of_parts<Scalar>(
        hessian_vector_product(p.net, p.X, p.Y, p.v, Loss{}),
        difference(theta, Vector<Precise>(p.v.template cast<Precise>()), gradient));
}

template <typename Scalar, typename Output>
double jacobian_error(Problem<Scalar, Output> p) {
    const Index rows = std::min<Index>(p.X.rows(), 4);
    p.X = p.X.topRows(rows).eval();
    p.Y = p.Y.topRows(rows).eval();
    const Vector<Precise> theta = p.net.weights().theta().template cast<Precise>();
    const Matrix<Scalar> J = jacobian(p.net, p.X);
    Matrix<Precise> expected(J.rows(), J.cols());
    for (Index i = 0; i < J.cols(); ++i) {
        Vector<Precise> e = Vector<Precise>::Zero(theta.size());
        e(i) = 1;
        const Matrix<Precise> change = difference(theta, e, [&](const Vector<Precise>& at) {
            return whole_batch<SquaredError>(p, at).Yhat;
        });
        for (Index n = 0; n < rows; ++n)
            expected.col(i).segment(n * shape.outputs, shape.outputs) = change.row(n);
    }
    double most = 0;
    for (Index row = 0; row < J.rows(); ++row)
        most = std::max(most, ulps<Scalar>(J.row(row), expected.row(row)));
    return most;
}

/// Prints a row of the table: for each case the largest errors, float / double.
template <typename Output, typename Error>
void print_row(const char* name, unsigned problems, Error error) {
    std::printf("| %s |", name);
    for (const Case kind : cases) {
        double max_float = 0, max_double = 0;
        for (unsigned seed = 1; seed <= problems; ++seed) {
            max_float = std::max(max_float, error(Problem<float, Output>(kind, seed)));
            max_double = std::max(max_double, error(Problem<double, Output>(kind, seed)));
        }
        const auto digits = [](double ulps) { return ulps < 9.95 ? 1 : 0; };
        std::printf(" %.*f / %.*f |", digits(max_float), max_float, digits(max_double), max_double);
        std::fflush(stdout);
    }
    std::puts("");
}

template <typename Output, typename Loss>
void print_loss_rows(const std::string& policies) {
    const unsigned problems = 40;
    print_row<Output>(("gradient, " + policies).c_str(), problems,
                      [](const auto& p) { return gradient_error<Loss>(p); });
    print_row<Output>(("Hessian product, " + policies).c_str(), problems,
                      [](const auto& p) { return hessian_product_error<Loss>(p); });
}

template <typename Output>
void print_jacobian_row(const char* name) {
    print_row<Output>(name, 10, [](const auto& p) { return jacobian_error(p); });
}

}  // namespace

int main() {
    std::printf("%s\n\nunits in the last place, float / double\n\n", benchmark::machine().c_str());
    std::puts(
        "| | random | O of 10 to 40 | the same, rounded | O of 800 | X of 1e-20 | X of 1e12 |");
    std::puts("| --- | --- | --- | --- | --- | --- | --- |");
    print_loss_rows<Sigmoid, SquaredError>("`Sigmoid`, `SquaredError`");
    print_loss_rows<Sigmoid, CrossEntropy>("`Sigmoid`, `CrossEntropy`");
    print_loss_rows<Softmax, SquaredError>("`Softmax`, `SquaredError`");
    print_loss_rows<Softmax, CrossEntropy>("`Softmax`, `CrossEntropy`");
    print_loss_rows<Identity, SquaredError>("`Identity`, `SquaredError`");
    print_jacobian_row<Sigmoid>("Jacobian, `Sigmoid`");
    print_jacobian_row<Softmax>("Jacobian, `Softmax`");
    print_jacobian_row<Identity>("Jacobian, `Identity`");
    return 0;
}
