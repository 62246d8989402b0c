// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/data/input_columns.hpp>
#include <twolayer/data/table.hpp>
#include <twolayer/deploy/onnx_graph.hpp>
#include <twolayer/deploy/protobuf.hpp>
#include <twolayer/files/crc64.hpp>
#include <twolayer/files/utf8.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer::detail {

struct OnnxTensor {
    std::string_view name;
    std::vector<std::uint64_t> dims;
    std::uint64_t data_type = 0;
    std::string_view numbers;
};

/// The parts of what export_onnx() writes. The views look into the bytes of the file.
struct OnnxFile {
    std::string source;
    std::uint64_t ir_version = 0, opset = 0;
    std::string_view producer, version, graph_name, input, output;
    std::vector<std::string_view> nodes;
    std::vector<OnnxTensor> tensors;
    std::vector<InputColumn> columns;
    std::vector<std::string> class_names;
    std::string_view found_crc;  ///< empty in files of version 0.1, which have none

    template <typename... Parts>
    [[noreturn]] void refuse(const Parts&... parts) const {
        fail<std::runtime_error>(source, ": ", parts...);
    }

    const OnnxTensor* find(std::string_view name) const {
        const auto found = std::ranges::find(tensors, name, &OnnxTensor::name);
        return found == tensors.end() ? nullptr : &*found;
    }

    /// The checksum of version, names and tensors. The rest is the same in every file with such
    /// tensors.
    std::string crc() const {
        Crc64 crc;
        crc.add_text(version);
        const auto add_names = [&crc](const std::vector<std::string>& names) {
            crc.add_text(std::to_string(names.size()));
            for (const std::string& name : names) crc.add_text(name);
        };
        for (const InputColumn& column : columns) {
            crc.add_text(column.name);
            add_names(column.categories);
        }
        add_names(class_names);
        for (const OnnxTensor& tensor : tensors) {
            crc.add_text(tensor.name);
            crc.add_text(tensor.numbers);
        }
        return crc.digits();
    }
};

/// Takes a file apart and refuses every field that export_onnx() does not write, and more of the
/// others than it writes, so that what is kept is no larger than a small multiple of the file.
class OnnxParser {
public:
    OnnxParser(const std::string& source, std::string_view bytes) {
        file_.source = source;
        ProtobufReader model(file_.source, bytes);
        while (!model.at_end()) read_model_field(model);
        if (const std::string expected = file_.crc();
            !file_.found_crc.empty() && file_.found_crc != expected)
            file_.refuse("the file is damaged: its checksum is ", in_quotes(file_.found_crc),
                         ", that of its contents is ", in_quotes(expected));
    }

    OnnxFile take() && { return std::move(file_); }

private:
    static constexpr std::size_t max_nodes = 8, max_tensors = 8, max_dims = 2;

    void read_model_field(ProtobufReader& model) {
        namespace field = onnx::model;
        switch (const auto number = model.next()) {
            case field::ir_version:
                file_.ir_version = model.number();
                break;
            case field::producer_name:
                file_.producer = model.bytes();
                break;
            case field::producer_version:
                file_.version = model.bytes();
                break;
            case field::graph:
                for (ProtobufReader graph = model.message(); !graph.at_end();)
                    read_graph_field(graph);
                break;
            case field::opset_import:
                for (ProtobufReader opset = model.message(); !opset.at_end();) {
                    if (const auto n = opset.next(); n != onnx::opset::version)
                        refuse_field(opset, n, "an operator set");
                    file_.opset = opset.number();
                }
                break;
            case field::metadata_props:
                read_entry(model);
                break;
            default:
                refuse_field(model, number, "the model");
        }
    }

    void read_graph_field(ProtobufReader& graph) {
        namespace field = onnx::graph;
        switch (const auto number = graph.next()) {
            case field::node:
                file_.nodes.push_back(graph.bytes());
                if (file_.nodes.size() > max_nodes)
                    graph.refuse("there are more than ", max_nodes, " nodes");
                break;
            case field::name:
                file_.graph_name = graph.bytes();
                break;
            case field::initializer:
                read_tensor(graph.message());
                if (file_.tensors.size() > max_tensors)
                    graph.refuse("there are more than ", max_tensors, " tensors");
                break;
            case field::input:
                file_.input = graph.bytes();
                break;
            case field::output:
                file_.output = graph.bytes();
                break;
            default:
                refuse_field(graph, number, "the graph");
        }
    }

    void read_tensor(ProtobufReader message) {
        namespace field = onnx::tensor;
        OnnxTensor& tensor = file_.tensors.emplace_back();
        while (!message.at_end()) switch (const auto number = message.next()) {
                case field::dims:
                    tensor.dims.push_back(message.number());
                    if (tensor.dims.size() > max_dims)
                        message.refuse("the tensor has more than ", max_dims, " dimensions");
                    break;
                case field::data_type:
                    tensor.data_type = message.number();
                    break;
                case field::name:
                    tensor.name = message.bytes();
                    break;
                case field::raw_data:
                    tensor.numbers = message.bytes();
                    break;
                default:
                    refuse_field(message, number, "a tensor");
            }
    }

    /// The checksum, or the name of a column, category or class, in the order of the writer.
    void read_entry(ProtobufReader& model) {
        std::string_view key, name;
        for (ProtobufReader entry = model.message(); !entry.at_end();)
            switch (const auto number = entry.next()) {
                case onnx::entry::key:
                    key = entry.bytes();
                    break;
                case onnx::entry::value:
                    name = entry.bytes();
                    break;
                default:
                    refuse_field(entry, number, "the metadata");
            }
        if (!is_utf8(name))
            model.refuse("the name ", in_quotes(name), " is not in UTF-8");
        auto& columns = file_.columns;
        auto& class_names = file_.class_names;
        if (key == onnx_crc_key)
            file_.found_crc = name;
        else if (key == onnx_class_key(class_names.size()))
            class_names.emplace_back(name);
        else if (key == onnx_column_key(columns.size()))
            columns.push_back({std::string(name), {}});
        else if (!columns.empty() &&
                 key == onnx_category_key(columns.size() - 1, columns.back().categories.size()))
            columns.back().categories.emplace_back(name);
        else
            model.refuse("the entry ", in_quotes(key),
                         " of the metadata is none of export_onnx(),"
                         " or not in its turn");
    }

    [[noreturn]] static void refuse_field(const ProtobufReader& message, std::uint32_t number,
                                          std::string_view what) {
        message.refuse("field ", number, " of ", what, " is none that export_onnx() writes");
    }

    OnnxFile file_;
};

}  // namespace twolayer::detail
