// SPDX-License-Identifier: MIT
// The picture of train --plot: learning curve, and confusion matrix or predictions.
#pragma once

#include <algorithm>
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
    for (Index c = 0; c < K && K <= most_names; ++c)
        names += (c > 0 ? ", " : "") + plot_text(cut(confusion.labels[std::size_t(c)], 12)) +
                 format(" %td", c);
    panel.axes += "set xtics (" + names + ") noenhanced" + (K > 5 ? " rotate by 45 right" : "") +
                  "\nset ytics (" + names + ") noenhanced\n";
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

/// A point for each held-out sample, or for enough of them, and the diagonal, where a perfect
/// prediction would be.
inline Panel predictions_picture(const TrainData& data, const Training& training) {
    const Matrix<double>&Y = training.held_out.Y, &Yhat = training.Yhat;
    const double lowest = std::min(Y.minCoeff(), Yhat.minCoeff()),
                 highest = std::max(Y.maxCoeff(), Yhat.maxCoeff());
    constexpr Index enough = 5000;
    Panel panel{
        "unset logscale\nset format y\nunset key\nset size square\n"
        "set title 'held-out samples'\nset grid xtics ytics lc rgb '#dddddd'\n"
        "set xlabel " +
            plot_text("measured " + data.target) + " noenhanced\n" + "set ylabel " +
            plot_text("predicted " + data.target) + " noenhanced",
        {{"", "lines lw 1.5 lc rgb '#999999'", {lowest, highest}, {lowest, highest}},
         {"", "points pt 7 ps 0.5 lc rgb '#601f77b4'", {}, {}}}};
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
