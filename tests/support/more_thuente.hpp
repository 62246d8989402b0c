// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <functional>
#include <numbers>
#include <utility>
#include <vector>

namespace twolayer::test {

/// A function of one variable, the conditions that a step must satisfy, and the number of
/// evaluations of the literature's line search from the steps 1e-3, 1e-1, 1e1 and 1e3.
struct Line {
    std::function<std::pair<double, double>(double)> phi;  ///< value and slope
    double decrease;
    double curvature;
    std::vector<int> evaluations;
    std::vector<double> steps;  ///< final steps, to two digits
};

/// Functions 5.1 to 5.3 of More and Thuente 1994, "Line search algorithms with guaranteed
/// sufficient decrease", and 5.4 after Yanai, Ozawa and Kaneko 1981; tables I to VI.
inline std::vector<Line> more_thuente() {
    const auto rational = [](double a) {
        const double d = a * a + 2;
        return std::pair(-a / d, (a * a - 2) / (d * d));
    };
    const auto steep = [](double a) {
        const double t = a + 0.004;
        return std::pair(std::pow(t, 5) - 2 * std::pow(t, 4), 5 * std::pow(t, 4) - 8 * t * t * t);
    };
    const auto wavy = [](double a) {
        const double beta = 0.01, wave = 39 * std::numbers::pi / 2;
        double value = std::abs(1 - a), slope = a < 1 ? -1 : 1;
        if (value < beta) {
            value = (a - 1) * (a - 1) / (2 * beta) + beta / 2;
            slope = (a - 1) / beta;
        }
        return std::pair(value + (1 - beta) / wave * std::sin(wave * a),
                         slope + (1 - beta) * std::cos(wave * a));
    };
    const auto convex = [](double beta1, double beta2) {
        return [beta1, beta2](double a) {
            const double left = std::hypot(1 - a, beta2), right = std::hypot(a, beta1);
            const double gamma1 = std::hypot(1, beta1) - beta1,
                         gamma2 = std::hypot(1, beta2) - beta2;
            return std::pair(gamma1 * left + gamma2 * right,
                             gamma1 * (a - 1) / left + gamma2 * a / right);
        };
    };
    return {{rational, 1e-3, 0.1, {6, 3, 1, 4}, {1.4, 1.4, 10, 37}},
            {steep, 0.1, 0.1, {12, 8, 8, 11}, {1.6, 1.6, 1.6, 1.6}},
            {wavy, 0.1, 0.1, {12, 12, 10, 13}, {1.0, 1.0, 1.0, 1.0}},
            {convex(1e-3, 1e-3), 1e-3, 1e-3, {4, 1, 3, 4}, {0.085, 0.10, 0.35, 0.83}},
            {convex(1e-2, 1e-3), 1e-3, 1e-3, {6, 3, 7, 8}, {0.075, 0.078, 0.073, 0.076}},
            {convex(1e-3, 1e-2), 1e-3, 1e-3, {13, 11, 8, 11}, {0.93, 0.93, 0.92, 0.92}}};
}

}  // namespace twolayer::test
