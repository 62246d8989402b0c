// SPDX-License-Identifier: MIT
#include <twolayer/deploy/onnx.hpp>

#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/refusal.hpp"
#include "support/saved_models.hpp"

using namespace twolayer;
using Catch::Matchers::Contains;
using namespace std::string_literals;

namespace {

using Net = TwoLayerNet<double, Softmax>;

template <typename T = Model<Net>>
std::string refusal_of(const std::string& bytes) {
    return test::refusal([&] { detail::import_onnx<T>("t", bytes); });
}

std::string file_of_a_model() {
    return detail::onnx_bytes(test::full_model<double, Softmax>());
}

/// The same as version 0.1 wrote it: without the entry of the checksum.
std::string file_without_crc() {
    std::string bytes = file_of_a_model(), entry;
    detail::append_entry(entry, "crc64", "0123456789abcdef");
    const std::size_t begin = bytes.find("crc64") - (entry.find("crc64"));
    return bytes.erase(begin, entry.size());
}

/// That file with its first `before` changed into `after`, which is as long.
std::string with(const std::string& before, const std::string& after) {
    std::string bytes = file_without_crc();
    const std::size_t place = bytes.find(before);
    REQUIRE(place != std::string::npos);
    REQUIRE(before.size() == after.size());
    return bytes.replace(place, before.size(), after);
}

/// A file of a model with this graph.
std::string with_graph(const std::string& graph) {
    std::string bytes, opset;
    detail::append_number(bytes, detail::onnx::model::ir_version, 8);
    detail::append_bytes(bytes, detail::onnx::model::producer_name, "twolayer");
    detail::append_bytes(bytes, detail::onnx::model::graph, graph);
    detail::append_number(opset, detail::onnx::opset::version, 13);
    detail::append_bytes(bytes, detail::onnx::model::opset_import, opset);
    return bytes;
}

std::string graph_of_a_model() {
    return detail::onnx_graph(test::full_model<double, Softmax>());
}

std::string plus(std::string message, std::uint32_t field, const std::string& bytes) {
    detail::append_bytes(message, field, bytes);
    return message;
}

std::string tensor_of(const std::string& name, std::vector<std::uint64_t> dims, std::size_t size) {
    std::string message;
    for (const auto dim : dims) detail::append_number(message, detail::onnx::tensor::dims, dim);
    detail::append_number(message, detail::onnx::tensor::data_type, 11);
    detail::append_bytes(message, detail::onnx::tensor::name, name);
    return plus(message, detail::onnx::tensor::raw_data, std::string(size, '\0'));
}

/// A graph of the network 3 - 5 - 4 without scalings, with these tensors.
std::string with_tensors(const std::vector<std::string>& tensors, bool biases = false) {
    std::string graph;
    for (const auto& node : detail::onnx_nodes({{3, 5, 4, biases}, "softmax", false, false}))
        graph = plus(graph, detail::onnx::graph::node, node.message());
    graph = plus(graph, detail::onnx::graph::name, "two_layer_net");
    for (const std::string& t : tensors) graph = plus(graph, detail::onnx::graph::initializer, t);
    graph = plus(graph, detail::onnx::graph::input, detail::onnx_value("X", 11, 3));
    return with_graph(plus(graph, detail::onnx::graph::output, detail::onnx_value("Yhat", 11, 4)));
}

}  // namespace

TEST_CASE("onnx: a file cut off anywhere is refused", "[deploy][onnx]") {
    const std::string bytes = file_of_a_model();
    for (std::size_t size = 0; size < bytes.size(); ++size)
        REQUIRE_THAT(refusal_of(bytes.substr(0, size)), Catch::Matchers::StartsWith("t: "));
    CHECK(refusal_of(bytes) == "nothing refused");
    CHECK_THAT(refusal_of(bytes + '\0'), Contains("this key of a field is none"));
}

TEST_CASE("onnx: a file with a byte changed is refused", "[deploy][onnx]") {
    const std::string bytes = file_of_a_model();
    for (std::size_t i = 0; i < bytes.size(); ++i)
        for (const int change : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
            std::string other = bytes;
            other[i] = char(other[i] ^ change);
            INFO("byte " << i << " changed by " << change);
            REQUIRE_THAT(refusal_of(other), Catch::Matchers::StartsWith("t: "));
        }
}

TEST_CASE("onnx: the checksum covers names and numbers, files without it are read",
          "[deploy][onnx]") {
    const std::string bytes = file_of_a_model(), without = file_without_crc();
    CHECK(refusal_of(without) == "nothing refused");
    CHECK(detail::onnx_bytes(detail::import_onnx<Model<Net>>("t", without)) == bytes);
    for (const auto* name : {"mass", "Dream", "class\t"}) {
        std::string other = bytes;
        REQUIRE(other.find(name) != std::string::npos);
        ++other[other.find(name)];
        CHECK_THAT(refusal_of(other), Contains("t: the file is damaged: its checksum is"));
    }
}

TEST_CASE("onnx: what is asked for must be what the file holds", "[deploy][onnx]") {
    const std::string bytes = file_of_a_model();
    CHECK(refusal_of<Model<TwoLayerNet<double, Sigmoid>>>(bytes) ==
          "t: its output is \"softmax\", asked for is \"sigmoid\"");
    CHECK(refusal_of<Model<TwoLayerNet<double, Identity>>>(bytes) ==
          "t: its output is \"softmax\", asked for is \"identity\"");
    CHECK_THAT((refusal_of<Model<TwoLayerNet<float, Softmax>>>(bytes)),
               Contains("\"W1\" is 3 x 5, of the type 11, in 120 bytes") &&
                   Contains("of the type 1 (float), in 60"));
    CHECK(refusal_of<Net>(bytes) ==
          "t: it has scalings, without which its network means nothing: import a Model");
    CHECK_THAT((refusal_of<Model<TwoLayerNet<double, Softmax, 3, 5, 2>>>(bytes)),
               Contains("t: the shape is 3 - 5 - 4, the type is made for 3 - 5 - 2"));
}

TEST_CASE("onnx: a graph of another is refused, by node and field", "[deploy][onnx]") {
    using namespace detail::onnx;
    CHECK(refusal_of("") ==
          "t: it was made by \"\", only what export_onnx() wrote can be imported");
    CHECK_THAT(refusal_of("PK\x03\x04"), Contains("t: byte 0: field 10 of the model is none"));
    CHECK_THAT(refusal_of(with("twolayer", "pytorches"s.substr(0, 8))),
               Contains("made by \"pytorche"));
    CHECK_THAT(refusal_of(with("two_layer_net", "two_layer_nut")), Contains("only what export"));
    CHECK_THAT(refusal_of(with("\x08\x08", "\x08\x0A")),
               Contains("of IR version 10 and operator set 13"));
    CHECK_THAT(refusal_of(with("\x10\x0D", "\x10\x0E")), Contains("operator set 14"));
    CHECK_THAT(refusal_of(with("Sigmoid", "Softmax")),
               Contains("node 3 is not Z = Sigmoid(H), as a model"));
    CHECK_THAT(refusal_of(with("X_centred", "X_centrad")),
               Contains("node 0 is not X_centred = Sub(X, input_mean)"));

    CHECK(refusal_of(with_graph(graph_of_a_model())) == "nothing refused");
    const std::string more = plus(graph_of_a_model(), graph::node, "");
    CHECK_THAT(refusal_of(with_graph(more)),
               Contains("there are 7 nodes, a model with these tensors has 6"));
    CHECK_THAT(refusal_of(with_graph(plus(plus(more, graph::node, ""), graph::node, ""))),
               Contains("there are more than 8 nodes"));
    CHECK_THAT(refusal_of(with_graph(plus(graph_of_a_model(), graph::input, ""))),
               Contains("its input is not X, N x 3"));
    CHECK_THAT(refusal_of(with_graph(plus(graph_of_a_model(), graph::output, ""))),
               Contains("its output is not Yhat, N x 4"));
    CHECK_THAT(refusal_of(with_graph(plus(graph_of_a_model(), 10, "a text"))),
               Contains("field 10 of the graph is none"));
    CHECK_THAT(refusal_of(with_graph(plus(graph_of_a_model(), graph::initializer, "\x18\x01"))),
               Contains("field 3 of a tensor is none"));
    CHECK_THAT(refusal_of(plus(file_of_a_model(), model::opset_import, "\x0A\x01z")),
               Contains("field 1 of an operator set is none"));
    CHECK_THAT(refusal_of(plus(file_of_a_model(), model::metadata_props, "\x1A\x01z")),
               Contains("field 3 of the metadata is none"));
}

TEST_CASE("onnx: tensors that make no network are refused, by name", "[deploy][onnx]") {
    const std::string W1 = tensor_of("W1", {3, 5}, 120), W2 = tensor_of("W2", {5, 4}, 160),
                      b1 = tensor_of("b1", {5}, 40), b2 = tensor_of("b2", {4}, 32);
    CHECK(refusal_of<Net>(with_tensors({W1, W2})) == "nothing refused");
    CHECK(refusal_of<Net>(with_tensors({b2, W2, b1, W1}, true)) == "nothing refused");
    const auto said = [&](const std::vector<std::string>& tensors) {
        return refusal_of<Net>(with_tensors(tensors));
    };
    CHECK(said({W2}) == "t: there is no tensor \"W1\" with two dimensions");
    CHECK(said({W1}) == "t: there is no tensor \"W2\" with two dimensions");
    CHECK_THAT(said({tensor_of("W1", {15}, 120), W2}), Contains("no tensor \"W1\" with two"));
    CHECK_THAT(said({tensor_of("W1", {3, 5, 1}, 120), W2}), Contains("more than 2 dimensions"));
    CHECK_THAT(said({tensor_of("W1", {0, 5}, 0), W2}),
               Contains("\"W1\" is said to be 0 x 5, it has 0"));
    CHECK_THAT(said({tensor_of("W1", {0, 5}, 120), W2}), Contains("at least one unit"));
    CHECK_THAT(said({tensor_of("W1", {3, 5}, 119), W2}),
               Contains("in 119 bytes, it must be 3 x 5"));
    CHECK_THAT(said({W1, tensor_of("W2", {6, 4}, 192)}),
               Contains("\"W2\" is 6 x 4") && Contains("it must be 5 x 4"));
    CHECK_THAT(said({W1, W2, W2}), Contains("there are 3 tensors, the graph needs 2"));
    CHECK_THAT(said({W1, W2, b1}), Contains("node 0 is not H = Gemm(X, W1, b1)"));
    CHECK_THAT(said({W1, W2, tensor_of("input_mean", {3}, 24)}),
               Contains("node 0 is not X_centred"));
    CHECK_THAT(said({W1, W2, tensor_of("target_mean", {4}, 32)}),
               Contains("node 3 is not Yhat_scaled"));
    CHECK_THAT(said(std::vector<std::string>(9, W1)), Contains("there are more than 8 tensors"));
    const auto biased = [&](const std::string& b) {
        return refusal_of<Net>(with_tensors({W1, W2, b1, b}, true));
    };
    CHECK(biased(tensor_of("b3", {4}, 32)) == "t: there is no tensor \"b2\"");
    CHECK_THAT(biased(tensor_of("b2", {5}, 40)),
               Contains("\"b2\" is 5, ") && Contains("it must be 4"));
}

TEST_CASE("onnx: numbers and names that no model has are refused", "[deploy][onnx]") {
    const auto with_number = [&](std::string_view name, double number) {
        // The numbers of a tensor follow its name, a key and their size.
        std::string bytes = file_without_crc();
        const std::size_t place =
            bytes.rfind(std::string(1, char(name.size())) + std::string(name)) + 1 + name.size() +
            2;
        std::string digits;
        detail::append_little_endian(digits, number);
        return refusal_of(bytes.replace(place, 8, digits));
    };
    const double inf = std::numeric_limits<double>::infinity();
    CHECK(with_number("W1", 1) == "nothing refused");
    CHECK_THAT(with_number("W1", inf), Contains("t: theta is inf in row 0"));
    CHECK_THAT(with_number("b2", std::nan("")), Contains("t: theta is nan"));
    CHECK_THAT(with_number("input_mean", inf), Contains("t: column 0 has the mean inf"));
    CHECK_THAT(with_number("input_deviation", 0), Contains("the deviation 0"));

    CHECK_THAT(
        refusal_of(with("class_names.3", "class_names.2")),
        Contains("the entry \"class_names.2\" of the metadata") && Contains("not in its turn"));
    CHECK_THAT(refusal_of(with("columns.1.0", "columns.0.1")), Contains("not in its turn"));
    const std::string fifth =
        "\x0A\x0D"
        "class_names.4";
    CHECK(refusal_of(plus(file_without_crc(), detail::onnx::model::metadata_props, fifth)) ==
          "t: there are 5 class names for 4 outputs, there must be 4");
    CHECK(refusal_of(plus(file_without_crc(), detail::onnx::model::metadata_props,
                          "\x0A\x09"
                          "columns.2")) == "t: the model has 4 named inputs, its network has 3");
}

TEST_CASE("onnx: a file is not believed to be large", "[deploy][onnx]") {
    using namespace detail::onnx;
    std::string nodes, tensors, dims, entries, names;
    for (int i = 0; i < 10000; ++i) {
        nodes = plus(std::move(nodes), graph::node, "");
        tensors = plus(std::move(tensors), graph::initializer, "");
        detail::append_number(dims, detail::onnx::tensor::dims, 1);
        entries = plus(std::move(entries), model::metadata_props, "");
        std::string entry;
        detail::append_bytes(entry, entry::key, "columns." + std::to_string(i));
        names = plus(std::move(names), model::metadata_props, entry);
    }
    const std::uint64_t huge = std::uint64_t(1) << 40;
    const std::string bytes = GENERATE_COPY(
        with_graph(nodes), with_graph(tensors), with_graph(plus("", graph::initializer, dims)),
        entries, names,
        with_tensors({tensor_of("W1", {3, huge}, 120), tensor_of("W2", {huge, 4}, 160)}),
        with_tensors({tensor_of("W1", {100, 100}, 120), tensor_of("W2", {100, 100}, 120)}));
    const std::size_t before = test::allocated_bytes();
    CHECK(refusal_of(bytes) != "nothing refused");
    CHECK(test::allocated_bytes() - before < 16 * bytes.size() + 4096);
}
