// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/output.hpp>
#include <twolayer/core/shape.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/data/input_columns.hpp>
#include <twolayer/data/label_text.hpp>
#include <twolayer/data/model.hpp>
#include <twolayer/data/standardizer.hpp>
#include <twolayer/data/table.hpp>
#include <twolayer/deploy/exportable.hpp>
#include <twolayer/deploy/onnx_graph.hpp>
#include <twolayer/deploy/onnx_reader.hpp>
#include <twolayer/files/little_endian.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer::detail {

template <typename Scalar>
constexpr std::string_view name_of_scalar = std::same_as<Scalar, float> ? "float" : "double";

/// 3 x 5
inline std::string text_of_dims(const std::vector<std::uint64_t>& dims) {
    std::string text;
    for (const std::uint64_t dim : dims) text += (text.empty() ? "" : " x ") + std::to_string(dim);
    return text;
}

/// The tensor of this name, if it is of Scalar and has these dimensions, and as many numbers.
template <typename Scalar>
const OnnxTensor& checked_tensor(const OnnxFile& file, std::string_view name,
                                 const std::vector<std::uint64_t>& dims) {
    const OnnxTensor* const tensor = file.find(name);
    if (tensor == nullptr)
        file.refuse("there is no tensor ", in_quotes(name));
    std::uint64_t size = sizeof(Scalar);
    for (const std::uint64_t dim : dims) size *= dim;
    if (tensor->dims != dims || tensor->data_type != onnx::data_type<Scalar> ||
        tensor->numbers.size() != size)
        file.refuse("the tensor ", in_quotes(name), " is ", text_of_dims(tensor->dims),
                    ", of the type ", tensor->data_type, ", in ", tensor->numbers.size(),
                    " bytes, it must be ", text_of_dims(dims), ", of the type ",
                    onnx::data_type<Scalar>, " (", name_of_scalar<Scalar>, "), in ", size);
    return *tensor;
}

/// The shape that the tensors have; no layer is larger than the file.
inline Shape onnx_shape(const OnnxFile& file) {
    const auto dim = [&](std::string_view name, std::size_t i) {
        const OnnxTensor* const tensor = file.find(name);
        if (tensor == nullptr || tensor->dims.size() != 2)
            file.refuse("there is no tensor ", in_quotes(name), " with two dimensions");
        if (tensor->dims[i] > tensor->numbers.size())
            file.refuse("the tensor ", in_quotes(name), " is said to be ",
                        text_of_dims(tensor->dims), ", it has ", tensor->numbers.size(), " bytes");
        return static_cast<Index>(tensor->dims[i]);
    };
    return checked({.inputs = dim("W1", 0),
                    .hidden = dim("W1", 1),
                    .outputs = dim("W2", 1),
                    .biases = file.find("b1") != nullptr});
}

/// Throws std::runtime_error where the file is not of our making, as its head tells.
inline void check_head(const OnnxFile& file) {
    if (file.producer != onnx::producer || file.graph_name != onnx::graph_name)
        file.refuse("it was made by ", in_quotes(file.producer),
                    ", only what export_onnx() wrote can be imported");
    if (file.ir_version != onnx::written_ir_version || file.opset != onnx::written_opset)
        file.refuse("it is of IR version ", file.ir_version, " and operator set ", file.opset,
                    ", export_onnx() writes ", onnx::written_ir_version, " and ",
                    onnx::written_opset);
}

/// Throws std::runtime_error where the graph is another than that of the layout.
inline void check_graph(const OnnxFile& file, const OnnxLayout& layout, std::uint64_t data_type) {
    const auto is_node = [](std::string_view found, const OnnxNode& node) {
        return found == node.message();
    };
    for (const std::string_view output : {Sigmoid::name, Softmax::name, Identity::name}) {
        OnnxLayout other = layout;
        other.output = output;
        if (output != layout.output && std::ranges::equal(file.nodes, onnx_nodes(other), is_node))
            file.refuse("its output is ", in_quotes(output), ", asked for is ",
                        in_quotes(layout.output));
    }
    const std::vector<OnnxNode> nodes = onnx_nodes(layout);
    for (std::size_t i = 0; i < (std::min)(nodes.size(), file.nodes.size()); ++i)
        if (!is_node(file.nodes[i], nodes[i]))
            file.refuse("node ", i, " is not ", nodes[i].text(),
                        ", as a model with these tensors has it");
    if (file.nodes.size() != nodes.size())
        file.refuse("there are ", file.nodes.size(), " nodes, a model with these tensors has ",
                    nodes.size());
    const auto check_value = [&](std::string_view what, std::string_view found,
                                 std::string_view name, Index columns) {
        if (found != onnx_value(name, data_type, columns))
            file.refuse("its ", what, " is not ", name, ", N x ", columns, ", of the type ",
                        data_type);
    };
    check_value("input", file.input, "X", layout.shape.inputs);
    check_value("output", file.output, "Yhat", layout.shape.outputs);
}

/// Writes the numbers of a tensor into A, row by row.
template <typename Derived>
void read_numbers(const OnnxTensor& tensor, Eigen::DenseBase<Derived>&& A) {
    using Scalar = typename Derived::Scalar;
    std::string_view rest = tensor.numbers;
    for (Index i = 0; i < A.rows(); ++i)
        for (Index j = 0; j < A.cols(); ++j, rest.remove_prefix(sizeof(Scalar)))
            A.coeffRef(i, j) = little_endian<Scalar>(rest);
}

template <typename Scalar>
Standardizer<Scalar> read_scaling(const OnnxFile& file,
                                  const std::array<std::string_view, 2>& names, Index columns) {
    std::array<Vector<Scalar>, 2> parts;
    for (std::size_t i = 0; i < 2; ++i) {
        const auto& tensor =
            checked_tensor<Scalar>(file, names[i], {static_cast<std::uint64_t>(columns)});
        parts[i].resize(columns);
        read_numbers(tensor, parts[i].topRows(columns));
    }
    return {parts[0], parts[1]};
}

/// The network or model in a file. Throws as import_onnx(), but std::invalid_argument for parts
/// that do not fit each other.
template <typename T>
T from_onnx(OnnxFile file) {
    using Net = NetOf<T>;
    using Scalar = typename Net::Scalar;
    check_head(file);
    const OnnxLayout layout{.shape = onnx_shape(file),
                            .output = Net::Output::name,
                            .scaled_inputs = file.find(onnx::input_scaling[0]) != nullptr,
                            .scaled_outputs = file.find(onnx::target_scaling[0]) != nullptr};
    const Index D = layout.shape.inputs, M = layout.shape.hidden, K = layout.shape.outputs;
    const auto tensor = [&](std::string_view name, std::vector<std::uint64_t> dims) {
        return checked_tensor<Scalar>(file, name, dims);
    };
    const auto size = [](Index units) { return static_cast<std::uint64_t>(units); };
    const OnnxTensor W1 = tensor("W1", {size(D), size(M)}), W2 = tensor("W2", {size(M), size(K)});
    check_graph(file, layout, onnx::data_type<Scalar>);
    const std::size_t known =
        2 * (1 + std::size_t(layout.shape.biases) + std::size_t(layout.scaled_inputs) +
             std::size_t(layout.scaled_outputs));
    if (file.tensors.size() != known)
        file.refuse("there are ", file.tensors.size(), " tensors, the graph needs ", known);

    Model<Net> model{.net = Net(layout.shape)};
    auto& weights = model.net.weights();
    read_numbers(W1, weights.W1());
    read_numbers(W2, weights.W2());
    if (layout.shape.biases) {
        read_numbers(tensor("b1", {size(M)}), weights.b1());
        read_numbers(tensor("b2", {size(K)}), weights.b2());
    }
    if (layout.scaled_inputs)
        model.inputs = read_scaling<Scalar>(file, onnx::input_scaling, D);
    if (layout.scaled_outputs)
        model.targets = read_scaling<Scalar>(file, onnx::target_scaling, K);
    if (!file.columns.empty())
        model.columns.emplace(std::move(file.columns));
    model.class_names = std::move(file.class_names);
    check_exportable(model);
    if constexpr (std::same_as<T, Net>) {
        if (layout.scaled_inputs || layout.scaled_outputs)
            file.refuse("it has scalings, without which its network means nothing: import a Model");
        return std::move(model.net);
    } else {
        using Label = typename decltype(T::class_names)::value_type;
        return {.net = std::move(model.net),
                .inputs = std::move(model.inputs),
                .targets = std::move(model.targets),
                .columns = std::move(model.columns),
                .class_names = labels_of<Label>(std::move(model.class_names))};
    }
}

}  // namespace twolayer::detail
