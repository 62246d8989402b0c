// SPDX-License-Identifier: MIT
// What predict --describe prints about a model.
#pragma once

#include <algorithm>
#include <string>
#include <twolayer/base/text.hpp>
#include <twolayer/data/standardizer.hpp>
#include <twolayer/files/safetensors.hpp>
#include <twolayer/model/model.hpp>
#include <utility>
#include <vector>

#include "terminal.hpp"

using twolayer::Index, twolayer::Matrix, twolayer::Vector;

/// The share of each input in  1/K sum_k sum_m |W1_dm| |W2_mk|,  the absolute weights of all paths
/// from an input to an output. The network takes standardized inputs, which are comparable.
template <typename Net>
Vector<double> input_influence(const Net& net) {
    const auto& weights = net.weights();
    const Matrix<double> W1 = weights.W1(), W2 = weights.W2();
    const Vector<double> paths = W1.cwiseAbs() * W2.cwiseAbs().rowwise().sum();
    const double sum = paths.sum();
    return sum > 0 ? Vector<double>(paths / sum) : paths;
}

/// The names of the inputs; their numbers from 1 if they have none.
inline std::vector<std::string> input_names(const twolayer::FileDescription& file) {
    if (file.columns)
        return file.columns->names();
    std::vector<std::string> names;
    for (Index d = 1; d <= file.shape.inputs; ++d) names.push_back(format("input %td", d));
    return names;
}

/// A row for each column of the table: its categories, or mean, deviation and range if the file has
/// them.
template <typename Net>
void print_columns(const Console& console, const twolayer::FileDescription& file,
                   const twolayer::Model<Net>& model) {
    if (!file.columns && !file.has_scalings)
        return;
    std::vector<twolayer::InputColumn> columns;
    if (file.columns)
        columns = file.columns->columns();
    else
        for (const std::string& name : input_names(file)) columns.push_back({name, {}});
    std::size_t width = 5;
    for (const auto& column : columns) width = std::max(width, width_of(column.name));
    width = std::min(width, terminal_columns - 2 - 4 * 12);
    console.print("\n" + left("column", width + 2) +
                  (file.has_scalings ? format("%12s%12s", "mean", "deviation") : "") +
                  (file.has_ranges ? format("%12s%12s", "lowest", "highest") : "") + "\n");
    Index input = 0;
    for (const twolayer::InputColumn& column : columns) {
        const std::string name = left(column.name, width) + "  ";
        if (column.is_text())
            console.print(
                wrapped(name + "categories " + twolayer::detail::listed(column.categories),
                        width + 2) +
                "\n");
        else
            console.print(name +
                          (file.has_scalings ? format("%12.5g%12.5g", model.inputs.mean()(input),
                                                      model.inputs.deviation()(input))
                                             : "") +
                          (file.has_ranges
                               ? format("%12.5g%12.5g", model.lowest(input), model.highest(input))
                               : "") +
                          "\n");
        input += column.width();
    }
}

inline void print_influence(const Console& console, const std::vector<std::string>& names,
                            const Vector<double>& influence, bool standardized) {
    constexpr std::size_t most = 10;
    std::vector<std::pair<double, std::string>> ranked;
    for (Index d = 0; d < influence.size(); ++d)
        ranked.emplace_back(-influence(d), names[std::size_t(d)]);
    std::ranges::stable_sort(ranked, {}, [](const auto& input) { return input.first; });
    ranked.resize(std::min(ranked.size(), most));
    console.print(
        "\n" +
        wrapped(
            "The most influential inputs: the absolute weights of all paths from an input to an "
            "output, |W1| |W2|, as a share of those of all inputs, " +
                std::string(standardized
                                ? "in standardized units."
                                : "in the units of the inputs, which the file does not scale."),
            0) +
        "\n");
    for (const auto& [share, name] : ranked)
        console.print(format("%6.1f %%  ", -100 * share) + cut(name, terminal_columns - 11) + "\n");
}

/// Prints what the file of a model says.
template <typename Net>
void print_description(const Console& console, const std::string& path,
                       const twolayer::FileDescription& file, const twolayer::Model<Net>& model) {
    const twolayer::Shape& shape = file.shape;
    console.line("file", path + ", " +
                             (file.version.empty() ? "not written by twolayer"
                                                   : "written by twolayer " + file.version) +
                             ", numbers of type " + file.scalar);
    console.line("network",
                 format("%td - %td - %td, %td weights%s", shape.inputs, shape.hidden, shape.outputs,
                        model.net.weights().size(), shape.biases ? "" : " without biases"));
    console.line("output", file.output.empty() ? "not named in the file" : file.output);
    const twolayer::Provenance& p = file.provenance;
    if (!p.method.empty())
        console.line("training",
                     p.loss + (p.samples ? " of " + counted(Index(*p.samples), "sample") : "") +
                         " minimized by " + p.method +
                         (p.epochs ? " in " + counted(Index(*p.epochs), "epoch") : "") +
                         (p.weight_decay ? format(", weight decay %.3g", *p.weight_decay) : "") +
                         (p.seed ? ", seed " + std::to_string(*p.seed) : ""));
    if (!p.comment.empty())
        console.line("comment", p.comment);
    if (!file.class_names.empty())
        console.line("classes", twolayer::detail::listed(file.class_names));
    if (file.has_scalings && file.output == "identity")
        for (Index k = 0; k < shape.outputs; ++k)
            console.line("target", format("mean %.5g, deviation %.5g", model.targets.mean()(k),
                                          model.targets.deviation()(k)));
    if (file.columns && file.columns->fills_missing())
        console.line("missing", "inputs become the mean of the training samples");
    print_columns(console, file, model);
    print_influence(console, input_names(file), input_influence(model.net), file.has_scalings);
}
