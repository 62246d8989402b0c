// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

/// Throws where a picture of this name cannot be drawn: std::invalid_argument for an ending other
/// than .png or .svg, std::runtime_error without gnuplot.
inline void check_plot(const std::string& path) {
    if (!path.ends_with(".png") && !path.ends_with(".svg"))
        throw std::invalid_argument("--plot is " + path + ", the name must end in .png or .svg");
    const auto folder = std::filesystem::path(path).parent_path();
    if (!folder.empty() && !std::filesystem::is_directory(folder))
        throw std::invalid_argument("--plot is " + path + ", there is no folder " +
                                    folder.string());
    if (std::system("command -v gnuplot > /dev/null 2>&1") != 0)
        throw std::runtime_error("--plot needs gnuplot (Debian package gnuplot-nox)");
}

/// Draws both losses over the epochs, on a logarithmic scale, through gnuplot. Throws
/// std::runtime_error when gnuplot fails.
inline void plot_learning_curve(const std::string& path, const std::vector<double>& training,
                                const std::vector<double>& held_out) {
    std::FILE* gnuplot = popen("gnuplot", "w");
    if (gnuplot == nullptr)
        throw std::runtime_error("gnuplot cannot be started");
    std::string name = path;  // in single quotes, where a quote is written twice
    for (std::size_t i = name.find('\''); i != std::string::npos; i = name.find('\'', i + 2))
        name.insert(i, 1, '\'');
    const bool png = path.ends_with(".png");
    std::fprintf(gnuplot, "set terminal %s size 800,450 font 'sans,%d' background rgb 'white'\n",
                 png ? "pngcairo" : "svg", png ? 12 : 14);
    std::fprintf(gnuplot,
                 "set output '%s'\n"
                 "set logscale y\nset format y '%%g'\nset grid ytics lc rgb '#dddddd'\n"
                 "set border 3\nset tics nomirror\nset key top right\n"
                 "set xlabel 'epoch'\nset ylabel 'loss'\n"
                 "plot '-' with lines lw 2.5 lc rgb '#1f77b4' title 'training', "
                 "'-' with lines lw 2.5 lc rgb '#d62728' title 'held out'\n",
                 name.c_str());
    for (const auto* losses : {&training, &held_out}) {
        for (std::size_t e = 0; e < losses->size(); ++e)
            std::fprintf(gnuplot, "%zu %.17g\n", e + 1, (*losses)[e]);
        std::fputs("e\n", gnuplot);
    }
    if (pclose(gnuplot) != 0)
        throw std::runtime_error("gnuplot could not draw " + path);
}
