// SPDX-License-Identifier: MIT
//
// Samples in the order of time: sizes and weight decays are compared on the last samples, which are
// predicted from the earlier ones, as future samples will be.

#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>
#include <twolayer.hpp>
#include <vector>

using namespace twolayer;

int main() {
    // A price that swings, and drifts by a random walk: predicted from its last three values.
    std::mt19937_64 generator(1);
    std::vector<double> price;
    double drift = 0;
    for (int day = 0; day < 403; ++day) {
        drift += 0.2 * (uniform(generator) - 0.5);
        price.push_back(100 + 5 * std::sin(day / 4.0) + drift);
    }
    Matrix<double> X(400, 3), Y(400, 1);
    for (Index n = 0; n < 400; ++n) {
        for (Index d = 0; d < 3; ++d) X(n, d) = price[std::size_t(n + d)];
        Y(n, 0) = price[std::size_t(n + 3)];
    }

    std::vector<Index> last_quarter(75);  // of the 300 days before the test
    std::iota(last_quarter.begin(), last_quarter.end(), Index(225));
    const auto [model, report] =
        fit_regressor(X.topRows(300), Y.topRows(300), {.validation_rows = last_quarter});
    const Matrix<double> later = model.predict(X.bottomRows(100)), actual = Y.bottomRows(100);
    const double error = rmse({.target = actual, .prediction = later});
    const double no_change = rmse({.target = actual, .prediction = X.bottomRows(100).col(2)});
    std::printf("RMSE %.3f on the 100 days after; %.3f by the day before\n", error, no_change);
    return error < no_change / 2 ? 0 : 1;
}
