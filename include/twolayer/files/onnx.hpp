// SPDX-License-Identifier: MIT
// Writes a network or model as an ONNX file, for runtimes of other languages.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/version.hpp>
#include <twolayer/files/bytes/encoding.hpp>
#include <twolayer/files/bytes/write_file.hpp>
#include <twolayer/files/tensors/model_tensors.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/shape.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer {

namespace detail {

// ONNX files are Protocol Buffers. A message is a sequence of fields. A field is a key, with its
// number and its type, and a value: a whole number or bytes, which are text or another message.
// Reference: protobuf.dev, Encoding.

/// Seven bits a byte, the lowest first; the eighth says whether more follow.
inline std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7F) | 0x80);
    return bytes + static_cast<char>(value);
}

/// A field of type 0.
template <typename Field>
std::string field(Field number, std::uint64_t value) {
    return varint(std::uint64_t(number) << 3) + varint(value);
}

/// A field of type 2.
template <typename Field>
std::string field(Field number, std::string_view bytes) {
    return (varint(std::uint64_t(number) << 3 | 2) + varint(bytes.size())).append(bytes);
}

// The numbers of the fields in onnx.proto.
namespace onnx {

enum class model {
    ir_version = 1,
    producer_name = 2,
    producer_version = 3,
    graph = 7,
    opset_import = 8,
    metadata_props = 14
};
enum class opset { version = 2 };
enum class entry { key = 1, value = 2 };
enum class graph { node = 1, name = 2, initializer = 5, input = 11, output = 12 };
enum class node { input = 1, output = 2, op_type = 4 };
enum class tensor { dims = 1, data_type = 2, name = 8, raw_data = 9 };
enum class value { name = 1, type = 2 };
enum class type { tensor_type = 1, elem_type = 1, shape = 2 };
enum class shape { dim = 1, dim_value = 1, dim_param = 2 };

}  // namespace onnx

/// name = operation(operands)
struct OnnxNode {
    std::string_view name, operation;
    std::vector<std::string_view> operands;
};

/// The operations from X, N x D, to Yhat, N x K, in their order. Gemm(A, B, c) is A B + 1 c, and
/// Softmax is of each row.
template <typename Net>
std::vector<OnnxNode> onnx_nodes(const Model<Net>& model) {
    using Output = typename Net::Output;
    std::vector<OnnxNode> nodes;
    const auto then = [&](std::string_view name, std::string_view operation,
                          std::vector<std::string_view> operands = {}) {
        operands.insert(operands.begin(), nodes.empty() ? "X" : nodes.back().name);
        nodes.push_back({name, operation, std::move(operands)});
    };
    using Operands = std::vector<std::string_view>;
    const bool biases = model.net.shape().biases;
    if (changes(model.inputs)) {
        then("X_centred", "Sub", {"input_mean"});
        then("X_scaled", "Div", {"input_deviation"});
    }
    then("H", "Gemm", biases ? Operands{"W1", "b1"} : Operands{"W1"});
    then("Z", "Sigmoid");
    then("O", "Gemm", biases ? Operands{"W2", "b2"} : Operands{"W2"});
    if (!std::same_as<Output, Identity>)
        then("Yhat_scaled", std::same_as<Output, Sigmoid> ? "Sigmoid" : "Softmax");
    if (changes(model.targets)) {
        then("Yhat_centred", "Mul", {"target_deviation"});
        then("Yhat_raw", "Add", {"target_mean"});
    }
    nodes.back().name = "Yhat";
    return nodes;
}

/// The input or output of a graph: numbers of this type, N x columns for any N.
inline std::string onnx_value(std::string_view name, std::uint64_t data_type, Index columns) {
    const std::string rows = field(onnx::shape::dim_param, "N"),
                      cols = field(onnx::shape::dim_value, std::uint64_t(columns)),
                      shape = field(onnx::shape::dim, rows) + field(onnx::shape::dim, cols),
                      tensor =
                          field(onnx::type::elem_type, data_type) + field(onnx::type::shape, shape);
    return field(onnx::value::name, name) +
           field(onnx::value::type, field(onnx::type::tensor_type, tensor));
}

/// The GraphProto of a model.
template <typename Net>
std::string onnx_graph(const Model<Net>& model) {
    const Shape& shape = model.net.shape();
    constexpr std::uint64_t type =
        std::same_as<typename Net::Scalar, float> ? 1 : 11;  // in onnx.proto
    std::string graph;
    for (const auto& [name, operation, operands] : onnx_nodes(model)) {
        std::string node;
        for (const std::string_view operand : operands) node += field(onnx::node::input, operand);
        node += field(onnx::node::output, name) + field(onnx::node::op_type, operation);
        graph += field(onnx::graph::node, node);
    }
    graph += field(onnx::graph::name, "two_layer_net");
    for_each_effective_tensor(model, [&](const TensorName& name, const auto& values) {
        std::string tensor, numbers;
        for (const Index length : name.dimensions(shape))
            tensor += field(onnx::tensor::dims, std::uint64_t(length));
        append_little_endian(numbers, values);
        tensor += field(onnx::tensor::data_type, type) +
                  field(onnx::tensor::name, name.identifier()) +
                  field(onnx::tensor::raw_data, numbers);
        graph += field(onnx::graph::initializer, tensor);
    });
    return graph + field(onnx::graph::input, onnx_value("X", type, shape.inputs)) +
           field(onnx::graph::output, onnx_value("Yhat", type, shape.outputs));
}

/// The names of columns and their categories and of classes, each with its key, so that none needs
/// escapes.
template <typename Net>
std::string onnx_names(const Model<Net>& model) {
    std::string entries;
    const auto add = [&entries](const std::string& key, std::string_view name) {
        if (!is_utf8(name))
            fail("the name ", in_quotes(name), " is not in UTF-8, as all names in ONNX must be");
        entries += field(onnx::model::metadata_props,
                         field(onnx::entry::key, key) + field(onnx::entry::value, name));
    };
    const auto add_each = [&add](const std::string& what, const std::vector<std::string>& names) {
        for (std::size_t i = 0; i < names.size(); ++i) add(message(what, ".", i), names[i]);
    };
    if (model.columns)
        for (std::size_t c = 0; const InputColumn& column : model.columns->columns()) {
            const std::string key = message("columns.", c++);
            add(key, column.name);
            add_each(key, column.categories);
        }
    add_each("class_names", model.class_names);
    return entries;
}

/// The ModelProto of a model. Throws as export_onnx().
template <typename Net>
std::string onnx_bytes(const Model<Net>& model) {
    check_exportable(model);
    // The operator set, which every reader requires, is last: no part of a file passes for a whole.
    std::string file = field(onnx::model::ir_version, 8) +
                       field(onnx::model::producer_name, "twolayer") +
                       field(onnx::model::producer_version, library_version()) + onnx_names(model) +
                       field(onnx::model::graph, onnx_graph(model)) +
                       field(onnx::model::opset_import, field(onnx::opset::version, 13));
    if (file.size() > std::size_t((std::numeric_limits<std::int32_t>::max)()))
        fail("the model takes ", file.size(), " bytes, an ONNX file has at most 2147483647");
    return file;
}

}  // namespace detail

/// Writes an ONNX file (IR version 8, operator set 13). Its graph has the scalar type of the
/// network. It maps the input X, N x D raw numbers for any N, to the output Yhat, N x K: scaling of
/// the inputs, network, output and, for a regression, scaling back. The values in between have the
/// letters of the derivation. A runtime predicts what the library does, except for rounding. The
/// metadata hold the names of columns, categories and classes: columns.0, columns.0.0,
/// class_names.0 and so on.
///
/// Throws std::invalid_argument for parts of a model that do not fit each other, for a number that
/// is not finite, for a name that is not UTF-8, and for more than the 2 GB of an ONNX file. Throws
/// std::runtime_error with the reason if the file cannot be written; the old file then stays.
template <NetworkOrModel T>
void export_onnx(const std::filesystem::path& path, const T& model) {
    write_atomically(path, detail::onnx_bytes(detail::as_model(model)));
}

/// Overload for streams. If writing fails, it throws std::runtime_error, and the stream may hold
/// partial output.
template <NetworkOrModel T>
void export_onnx(std::ostream& stream, const T& model) {
    detail::write_all(stream, detail::onnx_bytes(detail::as_model(model)),
                      "the stream of the ONNX file");
}

}  // namespace twolayer
