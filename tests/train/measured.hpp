// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/train/fit_automatic.hpp>

#include <cmath>
#include <random>
#include <string>

#include "catch.hpp"

namespace twolayer::test {

template <typename Scalar>
using Curve = TwoLayerNet<Scalar, Identity>;

/// A noisy curve on [0, 1], in any units, N = 120.
struct Measured {
    Vector<double> u, truth, noisy;

    Measured() : u(120), truth(120), noisy(120) {
        std::mt19937_64 generator(3);
        for (Index n = 0; n < 120; ++n) {
            u(n) = double(n) / 119;
            truth(n) = std::sin(7 * u(n));
            noisy(n) = truth(n) + 0.4 * (uniform(generator) - 0.5);
        }
    }

    /// The root mean square distance of the fitted curve from the true one. x and y are in the
    /// given units, and shifted by an offset in units of their deviation.
    template <typename Scalar>
    double error(double x_unit, double y_unit, double offset,
                 const FitOptions& options = {}) const {
        // The deviations are 0.29 and 0.69.
        const Matrix<Scalar> x = (x_unit * (u.array() + 0.29 * offset)).cast<Scalar>();
        const Matrix<Scalar> y = (y_unit * (noisy.array() + 0.69 * offset)).cast<Scalar>();
        Curve<Scalar> net({.inputs = 1, .hidden = 4, .outputs = 1});
        const FitReport report = fit(net, x, y, options);
        CHECK(report.warnings.empty());
        CHECK(report.choice.find("standardized") != std::string::npos);
        const Vector<double> fitted = net.predict(x).template cast<double>() / y_unit;
        return std::sqrt(((fitted - truth).array() - 0.69 * offset).square().mean());
    }
};

/// Two inputs and two targets in units that differ by 1e4 and more, N = 50.
struct Units {
    Matrix<double> X{50, 2}, Y{50, 2};
    Vector<double> w{50};
    Curve<double> net{{.inputs = 2, .hidden = 3, .outputs = 2}};

    Units() {
        std::mt19937_64 generator(4);
        const auto number = [&] { return 2 * uniform(generator) - 1; };
        for (Index n = 0; n < 50; ++n) {
            const double a = number(), b = number();
            X.row(n) << 2000 + 10 * a, 1e-3 * b;
            Y.row(n) << 1e4 * (3 + std::sin(2 * a) + 0.1 * number()), 1e-2 * (a * b);
            w(n) = 1 + b;
        }
    }

    double loss() const { return mean_loss(net, X, Y, SquaredError{}, w); }
};

}  // namespace twolayer::test
