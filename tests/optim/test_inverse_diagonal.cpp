// SPDX-License-Identifier: MIT
//
// The functions of Levenberg-Marquardt's state that Bayesian regularization uses.
#include <twolayer/optim/levenberg_marquardt.hpp>

#include <Eigen/LU>
#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "support/methods.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::WithinRel;

namespace {

/// A least-squares problem with weight decay on some entries of theta.
template <typename Scalar>
struct Decaying {
    test::LeastSquares<Scalar> f;
    std::vector<Index> places;
    double weight_decay = 0;

    template <typename Use>
    void for_decayed(Use use) const {
        for (const Index i : places) use(i);
    }

    Scalar operator()(ConstTheta<Scalar> theta) const {
        Scalar value = f(theta);
        for (const Index i : places) value += Scalar(weight_decay) / 2 * theta(i) * theta(i);
        return value;
    }
    Scalar operator()(ConstTheta<Scalar> theta, Theta<Scalar> gradient, Matrix<Scalar>& A) const {
        f(theta, gradient, A);
        for (const Index i : places) {
            gradient(i) += Scalar(weight_decay) * theta(i);
            A(i, i) += Scalar(weight_decay);
        }
        return (*this)(theta);
    }
};

/// A of f at theta, with both triangles.
template <typename Scalar, typename F>
Matrix<Scalar> matrix_of(const F& f, const Vector<Scalar>& theta) {
    const Index n = theta.size();
    Matrix<Scalar> A(n, n);
    Vector<Scalar> gradient(n);
    f(theta, gradient, A);
    return A.template selfadjointView<Eigen::Lower>();
}

}  // namespace

TEMPLATE_TEST_CASE("inverse diagonal: equals that of the dense inverse at theta",
                   "[optim][levenberg_marquardt]", float, double, long double) {
    using Scalar = TestType;
    const LevenbergMarquardt settings;
    for (const auto& function : {test::rosenbrock<Scalar>(), test::wood<Scalar>(),
                                 test::bard<Scalar>(), test::kowalik_osborne<Scalar>()}) {
        Vector<Scalar> theta = function.start;
        LevenbergMarquardt::State<Scalar> state(settings, theta.size());
        for (int t = 0; t < 3; ++t) state.step(settings, function.f, theta);
        const Matrix<Scalar> A = matrix_of(function.f, theta);
        const Matrix<long double> wide = A.template cast<long double>();
        const Matrix<long double> inverse = wide.inverse();
        const Vector<Scalar>* diagonal = state.inverse_diagonal();
        REQUIRE(diagonal != nullptr);

        // Relative to its largest entry, an inverse has an error of eps times the condition of A.
        const long double eps = std::numeric_limits<Scalar>::epsilon();
        const long double condition = wide.norm() * inverse.norm();
        INFO(function.name << ": condition " << condition);
        if (condition * eps > 0.01L)
            continue;
        const Vector<long double> expected = inverse.diagonal();
        CHECK(test::relative_distance(diagonal->template cast<long double>(), expected) <
              4 * eps * condition);
        // The state does not change: the next step is the same.
        LevenbergMarquardt::State<Scalar> copy = state;
        Vector<Scalar> other = theta;
        state.inverse_diagonal();
        state.step(settings, function.f, theta);
        copy.step(settings, function.f, other);
        CHECK(theta == other);
    }
}

TEST_CASE("inverse diagonal: by hand", "[optim][levenberg_marquardt]") {
    // A = [4 2; 2 5], det A = 16: the diagonal of its inverse is 5/16, 4/16.
    struct Bowl {
        double operator()(ConstTheta<double> x) const { return x.squaredNorm(); }
        double operator()(ConstTheta<double> x, Theta<double> g, Matrix<double>& A) const {
            g = 2 * x;
            A << 4, 99, 2, 5;  // the upper triangle is not read
            return (*this)(x);
        }
    };
    const LevenbergMarquardt settings;
    LevenbergMarquardt::State<double> state(settings, 2);
    Vector<double> theta{{1, 1}};
    state.step(settings, Bowl{}, theta);
    const Vector<double> diagonal = *state.inverse_diagonal();
    CHECK_THAT(diagonal(0), WithinRel(5.0 / 16, 1e-14));
    CHECK_THAT(diagonal(1), WithinRel(4.0 / 16, 1e-14));
}

TEST_CASE("inverse diagonal: an entry without influence does not spoil the others",
          "[optim][levenberg_marquardt]") {
    const test::LeastSquares<double> f(3, 3, [](const auto* x, auto* r) {
        r[0] = 2 * x[0];
        r[1] = x[0] + 3 * x[2];
        r[2] = 0 * x[1];
    });
    const LevenbergMarquardt settings;
    LevenbergMarquardt::State<double> state(settings, 3);
    Vector<double> theta{{1, 1, 1}};
    state.step(settings, f, theta);
    const Vector<double>* diagonal = state.inverse_diagonal();
    REQUIRE(diagonal != nullptr);
    // Without that entry, A = [5 3; 3 9] and det A = 36.
    CHECK_THAT((*diagonal)(0), WithinRel(9.0 / 36, 1e-13));
    CHECK_THAT((*diagonal)(2), WithinRel(5.0 / 36, 1e-13));
    CHECK((*diagonal)(1) > 1e10);
}

TEST_CASE("inverse diagonal: exists for a matrix of low rank, up to rounding",
          "[optim][levenberg_marquardt]") {
    // The residuals are multiples of one linear form, so A = c a a^T. Its other eigenvalues are
    // rounding errors of either sign.
    const test::LeastSquares<double> f(12, 12, [](const auto* x, auto* r) {
        auto form = 0 * x[0];
        for (int j = 0; j < 12; ++j) form = form + std::sqrt(double(j + 2)) * x[j];
        for (int i = 0; i < 12; ++i) r[i] = std::sqrt(double(i + 3)) / 3 * form;
    });
    const LevenbergMarquardt settings;
    LevenbergMarquardt::State<double> state(settings, 12);
    Vector<double> theta = Vector<double>::Ones(12);
    state.step(settings, f, theta);
    const Matrix<double> A = matrix_of(f, theta);
    const Vector<double>* diagonal = state.inverse_diagonal();
    REQUIRE(diagonal != nullptr);
    // In eleven of twelve directions, the inverse is about 1 / ridge, up to rounding.
    CHECK(diagonal->allFinite());
    CHECK(diagonal->minCoeff() > 1e6 / A.trace());
}

TEST_CASE("inverse diagonal: does not exist for a matrix of zeros",
          "[optim][levenberg_marquardt]") {
    LevenbergMarquardt::State<double> state({}, 2);
    Vector<double> theta{{1, 1}};
    const test::LeastSquares<double> constant(2, 2, [](const auto* x, auto* r) {
        r[0] = 0 * x[0];
        r[1] = 0 * x[1] + 1;
    });
    CHECK(state.step({}, constant, theta) == StopReason::converged);
    CHECK(state.inverse_diagonal() == nullptr);
}

TEST_CASE("log determinant: covers the decayed entries only", "[optim][levenberg_marquardt]") {
    const auto wood = test::wood<double>();
    const LevenbergMarquardt settings;
    LevenbergMarquardt::State<double> state(settings, 4);
    Vector<double> theta = wood.start;
    const Decaying<double> f{wood.f, {0, 1, 3}, 0.7};
    state.step(settings, f, theta);
    Matrix<double> A = matrix_of(f, theta);
    A.row(2).setZero();
    A.col(2).setZero();
    A(2, 2) = 1;
    CHECK_THAT(state.log_determinant(f).value(), WithinRel(std::log(A.determinant()), 1e-13));

    // Nothing depends on the second entry, with decay and without.
    const test::LeastSquares<double> line(2, 2, [](const auto* x, auto* r) {
        r[0] = 2 * x[0];
        r[1] = 0 * x[1];
    });
    LevenbergMarquardt::State<double> other(settings, 2);
    Vector<double> at{{1, 1}};
    other.step(settings, line, at);
    CHECK_FALSE(other.log_determinant(Decaying<double>{line, {0, 1}}));
    CHECK_THAT(other.log_determinant(Decaying<double>{line, {0}}).value(),
               WithinRel(std::log(4.0), 1e-14));
}

TEST_CASE("added decay: leads to the same state as a new evaluation",
          "[optim][levenberg_marquardt]") {
    const auto wood = test::wood<double>();
    const LevenbergMarquardt settings{.damping = 1e-3};
    Decaying<double> f{wood.f, {0, 1, 3}};
    Vector<double> theta = wood.start;
    LevenbergMarquardt::State<double> state(settings, 4);
    for (int t = 0; t < 4; ++t) state.step(settings, f, theta);
    for (const double weight_decay : {0.7, 0.2}) {
        state.add_decay(weight_decay - f.weight_decay, f, theta);
        f.weight_decay = weight_decay;

        // The iterate and the inverse equal those of a new evaluation.
        LevenbergMarquardt::State<double> fresh(settings, 4);
        Vector<double> other = theta;
        const double value = f(theta);
        Vector<double> gradient(4);
        Matrix<double> A(4, 4);
        f(theta, gradient, A);
        CHECK_THAT(state.iterate().value, WithinRel(value, 1e-14));
        CHECK_THAT(state.iterate().gradient_norm, WithinRel(gradient.cwiseAbs().maxCoeff(), 1e-12));
        const Vector<double> expected = matrix_of(f, theta).inverse().diagonal();
        CHECK(test::relative_distance(*state.inverse_diagonal(), expected) < 1e-11);
    }
    // Further steps use the gradient with the decay: it vanishes where they end.
    while (!state.step(settings, f, theta))
        ;
    Vector<double> gradient(4);
    Matrix<double> A(4, 4);
    // Steps end when the possible decrease, g^2 / (2 curvature), is below the rounding eps f.
    const double value = f(theta, gradient, A);
    const double eps = std::numeric_limits<double>::epsilon();
    CHECK(gradient.norm() < std::sqrt(2 * eps * value * A.trace()));
    CHECK(theta.norm() > 0.1);
}
