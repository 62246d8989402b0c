// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string>
#include <utility>

#include "support/least_squares.hpp"

namespace twolayer::test {

/// A function to minimize, the start that the literature uses, and the minimum.
template <typename Scalar>
struct Function {
    std::string name;
    Vector<Scalar> start;
    double least;
    LeastSquares<Scalar> f;
};

/// 1/2 of the sum of m squares. The literature and the argument `least` are without the 1/2.
template <typename Scalar, typename Residuals>
Function<Scalar> function(std::string name, std::initializer_list<double> start, Index m,
                          double least, Residuals residuals) {
    const Index n = Index(start.size());
    const auto theta = Eigen::Map<const Vector<double>>(start.begin(), n);
    return {std::move(name), theta.cast<Scalar>(), least / 2, {n, m, residuals}};
}

/// Rosenbrock 1960: a curved valley.
template <typename Scalar>
Function<Scalar> rosenbrock() {
    return function<Scalar>("Rosenbrock", {-1.2, 1}, 2, 0, [](const auto* x, auto* r) {
        r[0] = 10 * (x[1] - x[0] * x[0]);
        r[1] = 1 - x[0];
    });
}

/// Powell 1962: the Hessian is singular at the minimum, which is the origin.
template <typename Scalar>
Function<Scalar> powell_singular() {
    return function<Scalar>("Powell singular", {3, -1, 0, 1}, 4, 0, [](const auto* x, auto* r) {
        const auto a = x[1] - 2 * x[2], b = x[0] - x[3];
        r[0] = x[0] + 10 * x[1];
        r[1] = std::sqrt(Scalar(5)) * (x[2] - x[3]);
        r[2] = a * a;
        r[3] = std::sqrt(Scalar(10)) * b * b;
    });
}

/// Beale 1958, with the minimum at (3, 1/2).
template <typename Scalar>
Function<Scalar> beale() {
    return function<Scalar>("Beale", {1, 1}, 3, 0, [](const auto* x, auto* r) {
        const auto y2 = x[1] * x[1];
        r[0] = Scalar(1.5) - x[0] * (1 - x[1]);
        r[1] = Scalar(2.25) - x[0] * (1 - y2);
        r[2] = Scalar(2.625) - x[0] * (1 - x[1] * y2);
    });
}

/// Wood, in Colville 1968: two coupled valleys in four dimensions.
template <typename Scalar>
Function<Scalar> wood() {
    return function<Scalar>("Wood", {-3, -1, -3, -1}, 6, 0, [](const auto* x, auto* r) {
        r[0] = 10 * (x[1] - x[0] * x[0]);
        r[1] = 1 - x[0];
        r[2] = std::sqrt(Scalar(90)) * (x[3] - x[2] * x[2]);
        r[3] = 1 - x[2];
        r[4] = std::sqrt(Scalar(10)) * (x[1] + x[3] - 2);
        r[5] = (x[1] - x[3]) / std::sqrt(Scalar(10));
    });
}

/// A quadratic in ten dimensions with curvatures from 1 to 10^4.
template <typename Scalar>
Function<Scalar> ill_conditioned() {
    return function<Scalar>("ill-conditioned quadratic", {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 10, 0,
                            [](const auto* x, auto* r) {
                                for (int i = 0; i < 10; ++i)
                                    r[i] = Scalar(std::pow(100.0, i / 9.0)) * x[i];
                            });
}

/// Bard 1970: fifteen measurements, three parameters.
template <typename Scalar>
Function<Scalar> bard() {
    return function<Scalar>("Bard", {1, 1, 1}, 15, 8.21487e-3, [](const auto* x, auto* r) {
        constexpr double y[] = {0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39,
                                0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39};
        for (int i = 0; i < 15; ++i) {
            const Scalar u = Scalar(i + 1), v = 16 - u, w = std::min(u, v);
            r[i] = Scalar(y[i]) - (x[0] + u / (v * x[1] + w * x[2]));
        }
    });
}

/// Kowalik and Osborne 1968: eleven measurements of an enzyme reaction, four parameters.
template <typename Scalar>
Function<Scalar> kowalik_osborne() {
    return function<Scalar>(
        "Kowalik-Osborne", {0.25, 0.39, 0.415, 0.39}, 11, 3.07505e-4, [](const auto* x, auto* r) {
            constexpr double y[] = {0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627,
                                    0.0456, 0.0342, 0.0323, 0.0235, 0.0246};
            constexpr double t[] = {4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625};
            for (int i = 0; i < 11; ++i) {
                const Scalar u = Scalar(t[i]);
                r[i] = Scalar(y[i]) - x[0] * (u * (u + x[1])) / (u * (u + x[2]) + x[3]);
            }
        });
}

/// Brown and Dennis 1971: very large residuals.
template <typename Scalar>
Function<Scalar> brown_dennis() {
    return function<Scalar>("Brown-Dennis", {25, 5, -5, -1}, 20, 85822.2,
                            [](const auto* x, auto* r) {
                                for (int i = 0; i < 20; ++i) {
                                    const Scalar t = Scalar(i + 1) / 5;
                                    const auto a = x[0] + t * x[1] - std::exp(t);
                                    const auto b = x[2] + std::sin(t) * x[3] - std::cos(t);
                                    r[i] = a * a + b * b;
                                }
                            });
}

/// Jennrich and Sampson 1968, with the minimum at (0.2578, 0.2578).
template <typename Scalar>
Function<Scalar> jennrich_sampson() {
    return function<Scalar>("Jennrich-Sampson", {0.3, 0.4}, 10, 124.362,
                            [](const auto* x, auto* r) {
                                using std::exp;
                                for (int i = 0; i < 10; ++i) {
                                    const Scalar k = Scalar(i + 1);
                                    r[i] = 2 + 2 * k - (exp(k * x[0]) + exp(k * x[1]));
                                }
                            });
}

/// Calls `use` with each function of the battery on which every method is tested. Starts and minima
/// are those of More, Garbow and Hillstrom 1981, "Testing unconstrained optimization software".
template <typename Scalar, typename Use>
void for_each_function(Use use) {
    use(rosenbrock<Scalar>());
    use(powell_singular<Scalar>());
    use(beale<Scalar>());
    use(wood<Scalar>());
    use(ill_conditioned<Scalar>());
    use(bard<Scalar>());
    use(kowalik_osborne<Scalar>());
    use(brown_dennis<Scalar>());
    use(jennrich_sampson<Scalar>());
}

}  // namespace twolayer::test
