// SPDX-License-Identifier: MIT
// Draws curves, and diagrams side by side, through gnuplot.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <twolayer/files/bytes/write_file.hpp>
#include <vector>

#include "output_path.hpp"
#include "terminal.hpp"

/// Points (x, y) of a picture, or (x, y, z), drawn as gnuplot's `style` says.
struct Curve {
    std::string title;
    std::string style = "lines lw 2.5";
    std::vector<double> x, y;
    std::vector<double> z = {};
};

/// One of the diagrams of a picture, side by side; `axes` are commands that say how to draw it.
struct Panel {
    std::string axes;
    std::vector<Curve> curves;
};

/// A foreign text between single quotes, for a command: gnuplot would run what it finds in others.
inline std::string plot_text(std::string text) {
    for (char& c : text)
        if (c == '\'' || c == '`' || (0 <= c && c < 0x20) || c == 0x7F)
            c = ' ';
    return "'" + text + "'";
}

/// Checks that draw() can write this file. Throws std::invalid_argument if the name ends in neither
/// .png nor .svg, and std::runtime_error if gnuplot is not installed.
inline void check_plot(const std::string& path) {
    if (!path.ends_with(".png") && !path.ends_with(".svg"))
        throw std::invalid_argument("--plot is " + twolayer::detail::in_quotes(path) +
                                    ", the name must end in .png or .svg");
    if (std::system("command -v gnuplot > /dev/null 2>&1") != 0)
        throw std::runtime_error("--plot needs gnuplot (Debian package gnuplot-nox)");
}

/// The FILE of the command line `program [--plot FILE]`, empty without one. Throws as check_plot(),
/// and std::invalid_argument for another command line.
inline std::string plot_argument(int count, char** arguments) {
    if (count == 1)
        return {};
    if (count != 3 || std::string_view(arguments[1]) != "--plot")
        throw std::invalid_argument("the only option is --plot FILE");
    check_outputs({{"--plot", arguments[2]}}, {});
    check_plot(arguments[2]);
    return arguments[2];
}

/// gnuplot with its standard output in a file, so that the name of the picture never reaches a
/// shell or gnuplot, which would run what it finds there.
inline std::FILE* start_gnuplot(std::FILE* picture) {
    std::fflush(stdout);
    const int terminal = dup(STDOUT_FILENO);
    if (terminal < 0 || dup2(fileno(picture), STDOUT_FILENO) < 0)
        return nullptr;
    std::FILE* const gnuplot = popen("gnuplot", "w");
    dup2(terminal, STDOUT_FILENO);
    close(terminal);
    return gnuplot;
}

/// Commands that draw a panel, and its data.
inline std::string plot_commands(const Panel& panel) {
    std::string text = panel.axes + "\nplot";
    for (const Curve& curve : panel.curves)
        text += (&curve == &panel.curves.front() ? " '-' with " : ", '-' with ") + curve.style +
                " title '" + curve.title + "'";
    text += '\n';
    for (const Curve& curve : panel.curves) {
        for (std::size_t i = 0; i < curve.x.size(); ++i) {
            text += format("%.17g %.17g", curve.x[i], curve.y[i]);
            text += curve.z.empty() ? "\n" : format(" %.17g\n", curve.z[i]);
        }
        text += "e\n";
    }
    return text;
}

/// Draws the panels through gnuplot. Throws std::runtime_error if gnuplot fails, and as
/// write_atomically().
inline void draw(const std::string& path, const std::vector<Panel>& panels) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> picture(std::tmpfile(), std::fclose);
    std::FILE* const gnuplot = picture ? start_gnuplot(picture.get()) : nullptr;
    if (gnuplot == nullptr)
        throw std::runtime_error("gnuplot cannot be started");
    const bool png = path.ends_with(".png");
    const std::size_t count = panels.size();
    std::string text =
        format("set terminal %s size %d,450 font 'sans,%d' background rgb 'white'\n",
               png ? "pngcairo" : "svg", count == 1 ? 800 : 600 * int(count), png ? 12 : 14);
    text += "set border 3\nset tics nomirror\nset key top right\n";
    if (count > 1)
        text += format("set multiplot layout 1,%zu\n", count);
    for (const Panel& panel : panels) text += plot_commands(panel);
    text += count > 1 ? "unset multiplot\n" : "";
    std::fputs(text.c_str(), gnuplot);
    const int status = pclose(gnuplot);
    std::rewind(picture.get());
    std::string bytes;
    for (int byte; (byte = std::fgetc(picture.get())) != EOF;) bytes += static_cast<char>(byte);
    if (status != 0 || bytes.empty())
        throw std::runtime_error("gnuplot could not draw " + path);
    twolayer::write_atomically(path, bytes);
}

/// Draws a single panel.
inline void draw(const std::string& path, const std::string& axes,
                 const std::vector<Curve>& curves) {
    draw(path, {{axes, curves}});
}
