// SPDX-License-Identifier: MIT
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

/// Points (x, y) of a picture, drawn as gnuplot's `style` says.
struct Curve {
    std::string title;
    std::string style = "lines lw 2.5";
    std::vector<double> x, y;
};

/// Throws where a picture of this name cannot be drawn: std::invalid_argument for an ending other
/// than .png or .svg, std::runtime_error without gnuplot.
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

/// Draws the curves through gnuplot; `axes` are commands that say how. Throws std::runtime_error
/// when gnuplot fails, and as write_atomically().
inline void draw(const std::string& path, const std::string& axes,
                 const std::vector<Curve>& curves) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> picture(std::tmpfile(), std::fclose);
    std::FILE* const gnuplot = picture ? start_gnuplot(picture.get()) : nullptr;
    if (gnuplot == nullptr)
        throw std::runtime_error("gnuplot cannot be started");
    const bool png = path.ends_with(".png");
    std::fprintf(gnuplot, "set terminal %s size 800,450 font 'sans,%d' background rgb 'white'\n",
                 png ? "pngcairo" : "svg", png ? 12 : 14);
    std::fprintf(gnuplot, "set border 3\nset tics nomirror\nset key top right\n%s\nplot",
                 axes.c_str());
    for (std::size_t c = 0; c < curves.size(); ++c)
        std::fprintf(gnuplot, "%s '-' with %s title '%s'", c == 0 ? "" : ",",
                     curves[c].style.c_str(), curves[c].title.c_str());
    std::fputs("\n", gnuplot);
    for (const Curve& curve : curves) {
        for (std::size_t i = 0; i < curve.x.size(); ++i)
            std::fprintf(gnuplot, "%.17g %.17g\n", curve.x[i], curve.y[i]);
        std::fputs("e\n", gnuplot);
    }
    const int status = pclose(gnuplot);
    std::rewind(picture.get());
    std::string bytes;
    for (int byte; (byte = std::fgetc(picture.get())) != EOF;) bytes += static_cast<char>(byte);
    if (status != 0 || bytes.empty())
        throw std::runtime_error("gnuplot could not draw " + path);
    twolayer::write_atomically(path, bytes);
}

/// Draws losses over the epochs, on a logarithmic scale; those of no epoch are left out. Throws as
/// draw().
inline void plot_learning_curve(const std::string& path, const std::vector<double>& training,
                                const std::vector<double>& validation,
                                const std::vector<double>& held_out) {
    std::vector<Curve> curves{
        {.title = "training", .style = "lines lw 2.5 lc rgb '#1f77b4'", .x = {}, .y = training},
        {.title = "validation", .style = "lines lw 2.5 lc rgb '#ff7f0e'", .x = {}, .y = validation},
        {.title = "held out", .style = "lines lw 2.5 lc rgb '#d62728'", .x = {}, .y = held_out}};
    std::erase_if(curves, [](const Curve& curve) { return curve.y.empty(); });
    for (Curve& curve : curves)
        for (std::size_t e = 1; e <= curve.y.size(); ++e) curve.x.push_back(double(e));
    draw(path,
         "set logscale y\nset format y '%g'\nset grid ytics lc rgb '#dddddd'\n"
         "set xlabel 'epoch'\nset ylabel 'loss'",
         curves);
}
