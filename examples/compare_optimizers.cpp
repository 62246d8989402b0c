// SPDX-License-Identifier: MIT
//
// Compares the optimizers. The targets come from a network with 5 hidden units, so a network with 8
// can fit them exactly. Every method starts from the same weights and has the same time:
//
//     compare_optimizers [--plot FILE]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <random>
#include <string>
#include <twolayer.hpp>
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/optim/rprop.hpp>
#include <vector>

#include "support/plot.hpp"

using namespace twolayer;

int main(int count, char** arguments) try {
    const std::string plot = plot_argument(count, arguments);
    using Net = TwoLayerNet<double>;
    std::mt19937_64 generator(2);
    const Matrix<double> X =
        Matrix<double>::NullaryExpr(1000, 2, [&] { return 4 * uniform(generator) - 2; });
    Net teacher({.inputs = 2, .hidden = 5, .outputs = 1});
    teacher.randomize(generator, NguyenWidrow{});
    teacher.weights().W2() *= 3;
    const Matrix<double> Y = teacher.predict(X);
    Net start({.inputs = 2, .hidden = 8, .outputs = 1});
    start.randomize(generator, NguyenWidrow{});

    constexpr double seconds = 1;
    std::printf("%-22s%10s%14s%9s%12s  %s\n", "method", "epochs", "evaluations", "seconds", "loss",
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
            // One point for each percent of time is enough for a plot.
            if (curve.x.empty() || now.count() > 1.01 * curve.x.back()) {
                curve.x.push_back(now.count());
                curve.y.push_back(progress.loss);
            }
            return true;
        };
        const FitReport report = fit(
            net, X, Y, SquaredError{}, method,
            {.epochs = 1'000'000, .time_limit = seconds, .batch_size = batch, .callback = note});
        std::printf("%-22s%10td%14td%9.3f%12.3g  %s\n", name, report.epochs, report.evaluations,
                    report.seconds, report.final_loss, describe(report.stop_reason).data());
        best = std::min(best, report.final_loss);
        curves.push_back(std::move(curve));
    };
    run("GD, momentum 0.9", GradientDescent{.learning_rate = 2, .momentum = 0.9}, full_batch,
        "#999999");
    run("Adam", Adam{.learning_rate = 1e-2}, full_batch, "#9467bd");
    run("Adam, batches of 50", Adam{.learning_rate = 1e-2}, 50, "#e377c2");
    run("Rprop", Rprop{}, full_batch, "#ff7f0e");
    run("L-BFGS", Lbfgs{.gradient_tolerance = 1e-12}, full_batch, "#2ca02c");
    run("Newton-CG", NewtonCg{.gradient_tolerance = 1e-12}, full_batch, "#1f77b4");
    run("Levenberg-Marquardt", LevenbergMarquardt{}, full_batch, "#d62728");

    if (!plot.empty())
        draw(plot,
             "set logscale xy\nset format y '10^{%L}'\nset grid ytics lc rgb '#dddddd'\n"
             "set xlabel 'seconds'\nset ylabel 'loss'\nset xrange [1e-4:1]\n"
             "set yrange [1e-16:1]\nset key bottom left",
             curves);
    return best < 1e-12 ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "compare_optimizers: %s\n", error.what());
    return 1;
}
