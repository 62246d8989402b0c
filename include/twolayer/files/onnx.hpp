// SPDX-License-Identifier: MIT
// Writes a network or model as an ONNX file, for runtimes of other languages.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/version.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/files/bytes/encoding.hpp>
#include <twolayer/files/bytes/write_file.hpp>
#include <twolayer/files/tensors/model_tensors.hpp>
#include <twolayer/model/input_columns.hpp>
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
inline void append_varint(std::string& message, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) message += static_cast<char>((value & 0x7F) | 0x80);
    message += static_cast<char>(value);
}

/// A field of type 0.
template <typename Field>
void append_number(std::string& message, Field field, std::uint64_t value) {
    append_varint(message, std::uint64_t(field) << 3);
    append_varint(message, value);
}

/// A field of type 2.
template <typename Field>
void append_bytes(std::string& message, Field field, std::string_view bytes) {
    append_varint(message, std::uint64_t(field) << 3 | 2);
    append_varint(message, bytes.size());
    message += bytes;
}

// The numbers of the fields and scalar types in onnx.proto.
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

template <typename Scalar>
inline constexpr std::uint64_t data_type = std::same_as<Scalar, float> ? 1 : 11;

}  // namespace onnx

/// name = operation(operands)
struct OnnxNode {
    std::string_view name;
    std::string_view operation;
    std::vector<std::string_view> operands;

    std::string message() const {
        std::string result;
        for (const std::string_view operand : operands)
            append_bytes(result, onnx::node::input, operand);
        append_bytes(result, onnx::node::output, name);
        append_bytes(result, onnx::node::op_type, operation);
        return result;
    }
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
    std::string rows, cols, shape, tensor, type, value;
    append_bytes(rows, onnx::shape::dim_param, "N");
    append_number(cols, onnx::shape::dim_value, static_cast<std::uint64_t>(columns));
    append_bytes(shape, onnx::shape::dim, rows);
    append_bytes(shape, onnx::shape::dim, cols);
    append_number(tensor, onnx::type::elem_type, data_type);
    append_bytes(tensor, onnx::type::shape, shape);
    append_bytes(type, onnx::type::tensor_type, tensor);
    append_bytes(value, onnx::value::name, name);
    append_bytes(value, onnx::value::type, type);
    return value;
}

/// The TensorProto of the numbers of A, row by row, with these dimensions.
template <typename Scalar>
std::string onnx_tensor(std::string_view name, const std::vector<Index>& dimensions,
                        const MatrixView<const Scalar>& A) {
    std::string tensor, numbers;
    for (const Index length : dimensions)
        append_number(tensor, onnx::tensor::dims, static_cast<std::uint64_t>(length));
    append_number(tensor, onnx::tensor::data_type, onnx::data_type<Scalar>);
    append_bytes(tensor, onnx::tensor::name, name);
    append_little_endian(numbers, A);
    append_bytes(tensor, onnx::tensor::raw_data, numbers);
    return tensor;
}

/// The GraphProto of a model.
template <typename Net>
std::string onnx_graph(const Model<Net>& model) {
    const Shape& shape = model.net.shape();
    std::string graph;
    for (const OnnxNode& node : onnx_nodes(model))
        append_bytes(graph, onnx::graph::node, node.message());
    append_bytes(graph, onnx::graph::name, "two_layer_net");
    for_each_effective_tensor(model, [&](const TensorName& name, const auto& values) {
        append_bytes(graph, onnx::graph::initializer,
                     onnx_tensor(name.identifier(), name.dimensions(shape), values));
    });
    constexpr std::uint64_t type = onnx::data_type<typename Net::Scalar>;
    append_bytes(graph, onnx::graph::input, onnx_value("X", type, shape.inputs));
    append_bytes(graph, onnx::graph::output, onnx_value("Yhat", type, shape.outputs));
    return graph;
}

/// Adds an entry of the metadata. Throws std::invalid_argument for a name that is not UTF-8.
inline void append_entry(std::string& file, const std::string& key, std::string_view name) {
    if (!is_utf8(name))
        fail("the name ", in_quotes(name), " is not in UTF-8, as all names in ONNX must be");
    std::string entry;
    append_bytes(entry, onnx::entry::key, key);
    append_bytes(entry, onnx::entry::value, name);
    append_bytes(file, onnx::model::metadata_props, entry);
}

/// Adds an entry for each name, so that none needs escapes: what.0, what.1, ...
inline void append_names(std::string& file, const std::string& what,
                         const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < names.size(); ++i)
        append_entry(file, what + "." + std::to_string(i), names[i]);
}

/// The ModelProto of a model. Throws as export_onnx().
template <typename Net>
std::string onnx_bytes(const Model<Net>& model) {
    check_exportable(model);
    std::string file, opset;
    append_number(file, onnx::model::ir_version, 8);
    append_bytes(file, onnx::model::producer_name, "twolayer");
    append_bytes(file, onnx::model::producer_version, library_version());
    const std::vector<InputColumn> none;
    const auto& columns = model.columns ? model.columns->columns() : none;
    for (std::size_t c = 0; c < columns.size(); ++c) {
        const std::string key = "columns." + std::to_string(c);
        append_entry(file, key, columns[c].name);
        append_names(file, key, columns[c].categories);
    }
    append_names(file, "class_names", model.class_names);
    append_bytes(file, onnx::model::graph, onnx_graph(model));
    append_number(opset, onnx::opset::version, 13);
    // The operator set, which every reader requires, is last: no part of a file passes for a whole.
    append_bytes(file, onnx::model::opset_import, opset);
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
