// SPDX-License-Identifier: MIT
// What a file of a network says about it: shape, types, names and provenance.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/standard_library.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/files/tensors/model_tensors.hpp>
#include <twolayer/files/tensors/tensor_file.hpp>
#include <twolayer/files/tensors/tensors.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/policies/shape.hpp>

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace twolayer {

/// How a network was trained, as stored in its file; every field may be left out.
struct Provenance {
    std::string loss = {};                      ///< FitReport::loss
    std::string method = {};                    ///< FitReport::method
    std::optional<std::uint64_t> seed = {};     ///< FitOptions::seed
    std::string comment = {};                   ///< free text: the checksum does not cover it
    std::optional<std::uint64_t> samples = {};  ///< number of training samples
    std::optional<std::uint64_t> epochs = {};   ///< FitReport::epochs
    std::optional<double> weight_decay = {};    ///< FitReport::weight_decay
};

/// What a file of a network says about itself.
struct FileDescription {
    Shape shape = {};
    std::string scalar = {};  ///< "float" or "double"
    /// "sigmoid", "softmax" or "identity"; empty if the file does not say.
    std::string output = {};
    bool has_scalings = false;  ///< whether it is the file of a Model
    bool has_ranges = false;    ///< whether it has the ranges of a Model's inputs
    std::vector<std::string> class_names = {};
    std::optional<InputColumns> columns = {};
    Provenance provenance = {};
    std::string version = {};  ///< of the library that wrote it; empty for another program's file
};

namespace detail {

/// The version of the format: the value of "twolayer" in the metadata of a file that the library
/// wrote. All other keys may be missing.
inline constexpr std::string_view format_version = "1";

using TextList = std::vector<std::string>;

/// Shape and scalar type of the network with these tensors. Throws std::invalid_argument if they
/// are not those of a network.
inline void describe_tensors(const TensorFile& file, FileDescription& description) {
    const Tensor &W1 = file.tensor("W1"), &W2 = file.tensor("W2");
    if (W1.type != f32 && W1.type != f64)
        fail("the tensor \"W1\" is ", W1.type, ", it must be F32 or F64");
    if (W1.shape.size() != 2 || W2.shape.size() != 2)
        fail("W1 and W2 must have two dimensions, their shapes are ", text_of(W1.shape), " and ",
             text_of(W2.shape));
    description.scalar = W1.type == f32 ? "float" : "double";
    const Shape& shape = description.shape = checked({.inputs = W1.shape[0],
                                                      .hidden = W1.shape[1],
                                                      .outputs = W2.shape[1],
                                                      .biases = file.tensors.contains("b1")});
    const bool scalings = description.has_scalings = file.tensors.contains("inputs.mean");
    std::size_t known = 0;
    const bool ranges = description.has_ranges = file.tensors.contains("inputs.lowest");
    const TensorChoice has{shape.biases, scalings, scalings, ranges};
    for_each_tensor(has, [&](const TensorName& tensor, auto) {
        file.tensor(tensor.name, W1.type, tensor.dimensions(shape),
                    "the type and sizes that fit W1, ");
        ++known;
    });
    if (file.tensors.size() != known) {
        std::vector<std::string> names;
        for (const auto& [name, tensor] : file.tensors) names.push_back(name);
        fail("the tensors are ", listed(names),
             ", those of a network are W1, b1, W2, b2 and its scalings");
    }
}

/// Calls visit(key, text) for each text that the metadata hold as it is.
template <typename Description, typename Visit>
void for_each_text(Description& description, Visit visit) {
    visit("version", description.version);
    visit("output", description.output);
    visit("loss", description.provenance.loss);
    visit("method", description.provenance.method);
    visit(TensorFile::comment_key, description.provenance.comment);
}

/// Calls visit(key, number) for each number that the metadata hold as decimal text.
template <typename Description, typename Visit>
void for_each_number(Description& description, Visit visit) {
    visit("seed", description.provenance.seed);
    visit("samples", description.provenance.samples);
    visit("epochs", description.provenance.epochs);
    visit("weight_decay", description.provenance.weight_decay);
}

inline std::from_chars_result read_number(std::string_view text, std::uint64_t& number) {
    return std::from_chars(text.data(), text.data() + text.size(), number);
}
inline std::from_chars_result read_number(std::string_view text, double& number) {
    return from_chars(text.data(), text.data() + text.size(), number);
}

/// Adds what is known about a network to its metadata. Throws std::invalid_argument for a name that
/// is not UTF-8.
inline void add_metadata(TensorFile& file, const FileDescription& description) {
    const auto add = [&file](std::string_view key, const std::string& text) {
        if (!text.empty())
            file.metadata.emplace(key, text);
    };
    add("twolayer", std::string(format_version));
    for_each_text(description, add);
    for_each_number(description, [&add](std::string_view key, const auto& number) {
        if (number)
            add(key, message(*number));
    });
    if (!description.class_names.empty())
        add("class_names", to_json(description.class_names));
    if (!description.columns)
        return;
    // For each column a list of its name and, for a column of text, its categories.
    std::vector<TextList> lists;
    for (const InputColumn& column : description.columns->columns()) {
        lists.push_back({column.name});
        lists.back().insert(lists.back().end(), column.categories.begin(), column.categories.end());
    }
    add("columns", to_json(lists));
    if (description.columns->fills_missing())
        add("missing", "mean");
}

/// A list in JSON in the metadata; empty if there is none.
template <typename List>
List read_list(const TensorFile& file, std::string_view key) {
    List list;
    const std::string text = file.text_or_empty(key);
    if (text.empty())
        return list;
    try {
        list = parse_json(key, text).get<List>();
    } catch (const nlohmann::json::type_error&) {
        fail(key, ": it must be a list of ",
             std::same_as<List, TextList> ? "texts" : "lists of texts");
    }
    if (list.empty())
        fail(key, ": the list is empty");
    return list;
}

/// What the metadata say about a network of this shape. Throws std::invalid_argument if they do not
/// match it, or belong to a different version of the format.
inline void describe_metadata(const TensorFile& file, FileDescription& description) {
    const Shape& shape = description.shape;
    if (const std::string format = file.text("twolayer"); format != format_version)
        fail("the version of its format is ", in_quotes(format), ", this library reads ",
             in_quotes(format_version));
    for_each_text(description, [&file](std::string_view key, std::string& text) {
        text = file.text_or_empty(key);
    });
    for_each_number(description, [&file](std::string_view key, auto& number) {
        const std::string text = file.text_or_empty(key);
        if (text.empty())
            return;
        const auto [end, error] = read_number(text, number.emplace());
        if (error != std::errc() || end != text.data() + text.size())
            fail("the ", key, " is ", in_quotes(text), ", it must be a ",
                 std::same_as<decltype(*number), double&> ? "number" : "whole number below 2^64");
    });
    description.class_names = read_list<TextList>(file, "class_names");
    check_class_names(description.class_names, shape.outputs);
    std::vector<InputColumn> columns;
    for (const TextList& texts : read_list<std::vector<TextList>>(file, "columns")) {
        if (texts.empty())
            fail("an input column has no name");
        columns.push_back({texts.front(), {texts.begin() + 1, texts.end()}});
    }
    if (columns.empty())
        return;
    const std::string missing = file.text_or_empty("missing");
    if (!missing.empty() && missing != "mean")
        fail("missing inputs are ", in_quotes(missing), ", this library knows \"mean\"");
    description.columns = InputColumns(std::move(columns)).filling_missing(!missing.empty());
    check_width(*description.columns, shape.inputs);
}

/// What a file of tensors says, if it holds a network. A file without our metadata was written by
/// another program, whose own metadata are ignored. Throws std::invalid_argument.
inline FileDescription describe(const TensorFile& file) {
    FileDescription description;
    const bool has_metadata =
        file.metadata.contains("twolayer") || file.metadata.contains(TensorFile::crc_key);
    if (has_metadata)
        file.check_seal();
    describe_tensors(file, description);
    if (has_metadata)
        describe_metadata(file, description);
    return description;
}

}  // namespace detail

}  // namespace twolayer
