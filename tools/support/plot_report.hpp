// SPDX-License-Identifier: MIT
// The picture of train --plot: learning curve, and confusion matrix or predictions.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "plot.hpp"
#include "report.hpp"

/// Losses over the epochs, on a logarithmic scale.
inline Panel learning_curve(const Training& training) {
    const twolayer::FitReport& report = training.report;
    Panel panel{
        "set logscale y\nset format y '%g'\nset grid ytics lc rgb '#dddddd'\n"
        "set title 'learning curve'\nset xlabel 'epoch'\nset ylabel 'loss'",
        {{"training", "lines lw 2.5 lc rgb '#1f77b4'", {}, report.losses},
         {"validation", "lines lw 2.5 lc rgb '#ff7f0e'", {}, report.validation_losses},
         {"held out", "lines lw 2.5 lc rgb '#d62728'", {}, training.held_out_losses}}};
    std::erase_if(panel.curves, [](const Curve& curve) { return curve.y.empty(); });
    for (Curve& curve : panel.curves)
        for (std::size_t e = 1; e <= curve.y.size(); ++e) curve.x.push_back(double(e));
    return panel;
}

/// A square for each class and prediction, the darker, the larger its share of the class.
inline Panel confusion_picture(const twolayer::ConfusionMatrix& confusion) {
    const Index K = confusion.counts.rows();
    constexpr Index most_names = 40, most_counts = 20;
    Panel panel{
        "unset logscale\nset format y\nunset grid\nunset key\nunset colorbox\n"
        "set title 'confusion matrix of the held-out samples'\nset size square\n"
        "set palette defined (0 'white', 1 '#1f77b4')\nset cbrange [0:1]\n"
        "set xlabel 'prediction'\nset ylabel 'class'\nset border 15\nset tics scale 0\n",
        {{"", "image", {}, {}, {}}}};
    panel.axes += format("set xrange [-0.5:%td.5]\nset yrange [%td.5:-0.5]\n", K - 1, K - 1);
    std::string names;
    std::size_t characters = 0;
    for (Index c = 0; c < K && K <= most_names; ++c) {
        const std::string name = cut(confusion.labels[std::size_t(c)], 12);
        names += (c > 0 ? ", " : "") + plot_text(name) + format(" %td", c);
        characters += width_of(name) + 2;
    }
    panel.axes += "set xtics (" + names + ") noenhanced" +
                  (characters > 40 ? " rotate by 45 right" : "") + "\nset ytics (" + names +
                  ") noenhanced\n";
    for (Index c = 0; c < K; ++c)
        for (Index p = 0; p < K; ++p) {
            const double count = confusion.counts(c, p),
                         share = count == 0 ? 0 : count / confusion.counts.row(c).sum();
            panel.curves[0].x.push_back(double(p));
            panel.curves[0].y.push_back(double(c));
            panel.curves[0].z.push_back(share);
            if (count > 0 && K <= most_counts)
                panel.axes += format("set label '%.0f' at %td,%td center front tc rgb '%s'\n",
                                     count, p, c, share > 0.5 ? "white" : "black");
        }
    return panel;
}

/// A distance of at most five tics in a range: 1, 2 or 5 times a power of ten.
inline double tic_distance(double range) {
    const double most = range / 5, power = std::pow(10, std::floor(std::log10(most)));
    for (const double factor : {1, 2, 5})
        if (factor * power >= most)
            return factor * power;
    return 10 * power;
}

/// A point for each held-out sample, or for enough of them, and the diagonal, where a perfect
/// prediction would be.
inline Panel predictions_picture(const TrainData& data, const Training& training) {
    const Matrix<double>&Y = training.held_out.Y, &Yhat = training.Yhat;
    double lowest = std::min(Y.minCoeff(), Yhat.minCoeff()),
           highest = std::max(Y.maxCoeff(), Yhat.maxCoeff());
    const double margin = highest > lowest ? 0.03 * (highest - lowest) : 1;
    lowest -= margin;
    highest += margin;
    Panel panel{
        "unset logscale\nset format '%g'\nunset key\nset size square\nset title 'held-out "
        "samples'\n"
        "set grid xtics ytics lc rgb '#dddddd'\n",
        {{"", "lines lw 1.5 lc rgb '#999999'", {lowest, highest}, {lowest, highest}},
         {"", "points pt 7 ps 0.5 lc rgb '#601f77b4'", {}, {}}}};
    const double distance = tic_distance(highest - lowest);
    for (const std::string axis : {"x", "y"})
        panel.axes += "set " + axis + format("range [%.17g:%.17g]\nset ", lowest, highest) + axis +
                      format("tics %.17g\nset ", distance) + axis + "label " +
                      plot_text((axis == "x" ? "measured " : "predicted ") + data.target) +
                      " noenhanced\n";
    constexpr Index enough = 5000;
    const Index step = Y.rows() / enough + 1;
    for (Index n = 0; n < Y.rows(); n += step) {
        panel.curves[1].x.push_back(Y(n, 0));
        panel.curves[1].y.push_back(Yhat(n, 0));
    }
    return panel;
}

/// Draws what fits the task. Throws as draw().
inline void plot_report(const std::string& path, const TrainData& data, const Training& training,
                        const HeldOut& held_out) {
    std::vector<Panel> panels;
    if (!training.report.losses.empty())
        panels.push_back(learning_curve(training));
    panels.push_back(held_out.classes ? confusion_picture(held_out.classes->confusion)
                                      : predictions_picture(data, training));
    draw(path, panels);
}
