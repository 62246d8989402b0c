// SPDX-License-Identifier: MIT
//
// A calibrated sensor curve inside another program: fitted once, then evaluated at single values.

#include <cmath>
#include <cstdio>

#include "curve.hpp"

int main() {
    const auto x = twolayer::Vector<double>::LinSpaced(41, -1, 1).eval();
    const auto y = x.unaryExpr([](double t) { return std::sin(3 * t); }).eval();
    const Curve curve = calibrate(x, y);

    double worst = 0;
    for (const double t : {-0.93, -0.5, 0.01, 0.37, 0.88}) {
        const double reading = curve.predict_one(twolayer::Vector<double, 1>(t))(0);
        std::printf("x %5.2f   curve %7.4f   sin 3x %7.4f\n", t, reading, std::sin(3 * t));
        worst = std::fmax(worst, std::abs(reading - std::sin(3 * t)));
    }
    return worst < 0.05 ? 0 : 1;
}
