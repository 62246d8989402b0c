// SPDX-License-Identifier: MIT
//
// One smooth surface, every method from the same weights for the same time: how far each gets.
//
//     compare_optimizers [PICTURE.png]

#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <random>
#include <twolayer.hpp>

#include "support/plot.hpp"

using namespace twolayer;

int main(int count, char** arguments) try {
    // z = 1/2 + 4/10 sin(3 x) cos(2 y) on [-1, 1]^2
    constexpr Index N = 1000;
    std::mt19937_64 generator(3);
    Matrix<double> X(N, 2), Y(N, 1);
    for (Index n = 0; n < N; ++n) {
        X.row(n) << 2 * uniform(generator) - 1, 2 * uniform(generator) - 1;
        Y(n, 0) = 0.5 + 0.4 * std::sin(3 * X(n, 0)) * std::cos(2 * X(n, 1));
    }
    using Net = TwoLayerNet<double>;
    Net start({.inputs = 2, .hidden = 20, .outputs = 1, .biases = true});
    start.randomize(generator, NguyenWidrow{});

    constexpr double seconds = 1;
    std::printf("%-32s%10s%14s%9s%12s  %s\n", "method", "epochs", "evaluations", "seconds", "loss",
                "stopped because");
    std::vector<Curve> curves;
    double best = 1;
    const auto run = [&](const char* name, const auto& method, Index batch, const char* color) {
        Net net = start;
        const auto begin = std::chrono::steady_clock::now();
        Curve curve{.title = name,
                    .style = std::string("lines lw 2.5 lc rgb '") + color + "'",
                    .x = {},
                    .y = {}};
        const auto note = [&](const FitProgress& progress) {
            const std::chrono::duration<double> now = std::chrono::steady_clock::now() - begin;
            // One point for each percent of time is enough for a picture.
            if (curve.x.empty() || now.count() > 1.01 * curve.x.back()) {
                curve.x.push_back(now.count());
                curve.y.push_back(progress.loss);
            }
            return true;
        };
        const FitReport report =
            fit(net, X, Y, SquaredError{}, method,
                {.epochs = 1'000'000, .seconds = seconds, .batch = batch, .callback = note});
        std::printf("%-32s%10td%14td%9.3f%12.3g  %s\n", name, report.epochs, report.evaluations,
                    report.seconds, report.final_loss, describe(report.stop_reason).data());
        best = std::min(best, report.final_loss);
        curves.push_back(std::move(curve));
    };
    run("gradient descent, momentum 0.9", GradientDescent{.rate = 2, .momentum = 0.9}, full_batch,
        "#999999");
    run("Adam", Adam{.rate = 1e-2}, full_batch, "#9467bd");
    run("Adam, batches of 50", Adam{.rate = 1e-2}, 50, "#e377c2");
    run("Rprop", Rprop{}, full_batch, "#ff7f0e");
    run("L-BFGS", Lbfgs{.gradient_tolerance = 1e-12}, full_batch, "#2ca02c");
    run("Newton-CG, Gauss-Newton", NewtonCg{.gradient_tolerance = 1e-12}, full_batch, "#1f77b4");
    run("Levenberg-Marquardt", LevenbergMarquardt{}, full_batch, "#d62728");

    if (count > 1) {
        check_plot(arguments[1]);
        draw(arguments[1],
             "set logscale xy\nset format y '10^{%L}'\nset grid ytics lc rgb '#dddddd'\n"
             "set xlabel 'seconds'\nset ylabel 'loss'\nset xrange [1e-4:1]",
             curves);
    }
    return best < 1e-5 ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "compare_optimizers: %s\n", error.what());
    return 1;
}
