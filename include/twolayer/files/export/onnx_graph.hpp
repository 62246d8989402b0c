// SPDX-License-Identifier: MIT
// The graph of a model in ONNX, without its weights: field numbers, names, nodes and values.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/files/export/protobuf.hpp>
#include <twolayer/files/tensors/model_tensors.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/policies/output.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer::detail {

// The numbers of the fields and scalar types in onnx.proto.
namespace onnx {

namespace model {
inline constexpr std::uint32_t ir_version = 1, producer_name = 2, producer_version = 3, graph = 7,
                               opset_import = 8, metadata_props = 14;
}
namespace opset {
inline constexpr std::uint32_t version = 2;
}
namespace entry {
inline constexpr std::uint32_t key = 1, value = 2;
}
namespace graph {
inline constexpr std::uint32_t node = 1, name = 2, initializer = 5, input = 11, output = 12;
}
namespace node {
inline constexpr std::uint32_t input = 1, output = 2, op_type = 4;
}
namespace tensor {
inline constexpr std::uint32_t dims = 1, data_type = 2, name = 8, raw_data = 9;
}
namespace value {
inline constexpr std::uint32_t name = 1, type = 2;
}
namespace type {
inline constexpr std::uint32_t tensor_type = 1, elem_type = 1, shape = 2;
}
namespace shape {
inline constexpr std::uint32_t dim = 1, dim_value = 1, dim_param = 2;
}

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

}  // namespace twolayer::detail
