// SPDX-License-Identifier: MIT
//
// Fit a noisy curve with Levenberg-Marquardt, and again with a weight decay chosen from the data:
//
//     fit_curve [--plot FILE]

#include <cmath>
#include <cstdio>
#include <exception>
#include <random>
#include <string>
#include <twolayer.hpp>
#include <vector>

#include "support/plot.hpp"

using namespace twolayer;

namespace {

double truth(double x) {
    return std::sin(3 * x) / (1 + x * x) + 0.2 * x;
}

/// A sum of twelve uniform numbers minus its mean: nearly normal, with standard deviation 1.
double noise(std::mt19937_64& generator) {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform(generator);
    return sum;
}

std::vector<double> numbers(const Matrix<double>& column) {
    return {column.data(), column.data() + column.size()};
}

}  // namespace

int main(int count, char** arguments) try {
    const std::string plot = plot_argument(count, arguments);
    constexpr Index N = 100;
    constexpr double deviation = 0.15;
    std::mt19937_64 generator(13);
    Matrix<double> X(N, 1), Y(N, 1);
    for (Index n = 0; n < N; ++n) {
        X(n, 0) = 6 * uniform(generator) - 3;
        Y(n, 0) = truth(X(n, 0)) + deviation * noise(generator);
    }
    const Matrix<double> grid = Vector<double>::LinSpaced(400, -3, 3);
    const Matrix<double> curve = grid.unaryExpr(&truth);

    std::printf("%-26s%8s%12s%12s%12s%12s\n", "method", "epochs", "loss", "decay", "parameters",
                "error");
    double error = 0;
    std::vector<Curve> curves{{.title = "true curve",
                               .style = "lines lw 2 lc rgb '#999999'",
                               .x = numbers(grid),
                               .y = numbers(curve)},
                              {.title = "data",
                               .style = "points pt 7 ps 0.7 lc rgb '#333333'",
                               .x = numbers(X),
                               .y = numbers(Y)}};
    const auto fit_by = [&](const auto& method, const char* color) {
        TwoLayerNet<double, Identity> net({.inputs = 1, .hidden = 10, .outputs = 1});
        const FitReport report = fit(net, X, Y, SquaredError{}, method);
        const Matrix<double> Yhat = net.predict(grid);
        error = rmse({.target = curve, .prediction = Yhat});
        const double parameters =
            report.weight_decay > 0 ? report.effective_parameters : double(net.weights().size());
        std::printf("%-26s%8td%12.5f%12.2g%12.1f%12.4f\n", report.method.data(), report.epochs,
                    report.final_loss, report.weight_decay, parameters, error);
        curves.push_back({.title = report.method.data(),
                          .style = std::string("lines lw 2.5 lc rgb '") + color + "'",
                          .x = numbers(grid),
                          .y = numbers(Yhat)});
    };
    fit_by(LevenbergMarquardt{}, "#d62728");
    fit_by(BayesianRegularization{}, "#1f77b4");
    std::printf("\nerror: root mean square distance from the true curve; the noise is %g\n",
                deviation);
    if (!plot.empty())
        draw(plot, "set xlabel 'x'\nset ylabel 'y'\nset yrange [-1.6:1.6]\nset key bottom right",
             curves);
    return error < deviation / 2 ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "fit_curve: %s\n", error.what());
    return 1;
}
