// SPDX-License-Identifier: MIT
#include <twolayer/files/safetensors.hpp>

#include <cstdint>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/folder.hpp"
#include "support/refusal.hpp"
#include "support/saved_models.hpp"

using namespace twolayer;
using Catch::Matchers::Contains;
using test::refusal;
using namespace std::string_literals;

namespace {

using Net = TwoLayerNet<double, Softmax>;

template <typename T = Model<Net>>
std::string refusal_of(const std::string& bytes, const LoadOptions& options = {}) {
    return refusal([&] {
        std::istringstream in(bytes);
        load<T>(in, "t", options);
    });
}

/// The file of a model, changed, with a valid checksum.
template <typename Change>
std::string changed(Change change) {
    detail::TensorFile file = detail::parse_tensor_file(
        detail::file_bytes(test::full_model<double, Softmax>(), {.seed = 1}));
    change(file);
    file.seal();
    return detail::tensor_file_bytes(file);
}

/// The file of a model with one text of the metadata replaced.
std::string with_text(const std::string& name, const std::string& text) {
    return changed([&](detail::TensorFile& file) { file.metadata[name] = text; });
}

/// The file of a model with one tensor replaced.
std::string with_tensor(const std::string& name, const std::vector<Index>& shape,
                        double number = 1) {
    return changed([&](detail::TensorFile& file) {
        const auto bytes = *detail::tensor_bytes(detail::f64, shape);
        file.add<double>(name, shape, std::vector<double>(bytes / 8, number));
    });
}

}  // namespace

TEST_CASE("safetensors: a changed byte is refused, or changes only free text",
          "[files][safetensors][not_valgrind]") {
    const auto model = test::full_model<double, Softmax>();
    const std::string comment = "free text";
    const std::string bytes = detail::file_bytes(model, {.seed = 7, .comment = comment});
    const std::size_t begin = bytes.find(comment);
    REQUIRE(begin != std::string::npos);
    REQUIRE(refusal_of(bytes) == "nothing refused");
    int loaded = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        for (const int change :
             {1, 2, 4, 8, 16, 32, 64, 128, 255, bytes[i] ^ ' ', bytes[i] ^ '0'}) {
            if (change == 0)
                continue;
            std::string other = bytes;
            other[i] = char(other[i] ^ change);
            std::istringstream in(other);
            try {
                const auto same = load<Model<Net>>(in, "t");
                ++loaded;
                INFO("byte " << i << " changed by " << change);
                REQUIRE(i >= begin);
                REQUIRE(i < begin + comment.size());
                REQUIRE(test::same_bits(same, model));
                REQUIRE(same.class_names == model.class_names);
            } catch (const std::runtime_error& error) {
                REQUIRE(std::string_view(error.what()).starts_with("t: "));
            }
        }
    CHECK(loaded > 5 * int(comment.size()));
}

TEST_CASE("safetensors: a file truncated anywhere is refused", "[files][safetensors]") {
    const std::string bytes = detail::file_bytes(test::full_model<float, Identity>(), {});
    using Saved = Model<TwoLayerNet<float, Identity>>;
    for (std::size_t size = 0; size < bytes.size(); ++size)
        REQUIRE(refusal_of<Saved>(bytes.substr(0, size)).starts_with("t: "));
    CHECK(refusal_of<Saved>(bytes) == "nothing refused");
    CHECK(refusal_of<Saved>(bytes + '\0').starts_with("t: "));
}

TEST_CASE("safetensors: the requested type must match the file", "[files][safetensors]") {
    const std::string bytes = detail::file_bytes(test::full_model<double, Softmax>(), {});
    CHECK(refusal_of<Model<TwoLayerNet<double, Sigmoid>>>(bytes) ==
          "t: its output is \"softmax\", the requested network has \"sigmoid\"");
    CHECK_THAT((refusal_of<Model<TwoLayerNet<float, Softmax>>>(bytes)),
               Contains("its numbers are doubles") && Contains("LoadOptions::round"));
    CHECK_THAT(refusal_of<Net>(bytes), Contains("it has scalings") && Contains("load a Model"));
    CHECK_THAT((refusal_of<Model<TwoLayerNet<double, Softmax, 3, 5, 2>>>(bytes)),
               Contains("t: the shape is 3 - 5 - 4, the type is made for 3 - 5 - 2"));
    const auto hard = test::hard_weights(test::Problem<double, Softmax>(true).net);
    CHECK_THAT(
        (refusal_of<TwoLayerNet<float, Softmax>>(detail::file_bytes(hard, {}), {.round = true})),
        Contains("t: W1 is inf in row 0, column 0"));
    const TwoLayerNet<double, Sigmoid> single(
        {.inputs = 2, .hidden = 3, .outputs = 1, .biases = false});
    detail::TensorFile file = detail::parse_tensor_file(detail::file_bytes(single, {}));
    file.metadata.clear();
    CHECK_THAT(refusal_of<Net>(detail::tensor_file_bytes(file)), Contains("at least 2 units"));
}

TEST_CASE("safetensors: tensors that do not form a network are refused by name",
          "[files][safetensors]") {
    CHECK(refusal_of(with_tensor("W1", {3, 5})) == "nothing refused");
    CHECK_THAT(refusal_of(with_tensor("W1", {4, 5})),
               Contains("\"inputs.mean\" is F64 [3]") && Contains("that fit W1, F64 [4]"));
    CHECK_THAT(refusal_of(with_tensor("W1", {3, 6})), Contains("\"W2\" is F64 [5,4]"));
    CHECK_THAT(refusal_of(with_tensor("W1", {15})), Contains("must have two dimensions"));
    CHECK_THAT(refusal_of(with_tensor("W1", {0, 5})), Contains("at least one unit"));
    CHECK_THAT(refusal_of(with_tensor("b1", {1, 5})), Contains("\"b1\" is F64 [1,5]"));
    CHECK_THAT(refusal_of(with_tensor("b2", {5})), Contains("\"b2\" is F64 [5]"));
    CHECK_THAT(refusal_of(with_tensor("W3", {1})),
               Contains("the tensors are \"W1\", \"W2\", \"W3\""));
    CHECK_THAT(refusal_of(changed([](auto& file) { file.tensors.erase("b1"); })),
               Contains("those of a network are"));
    for (const std::string name : {"W1", "W2", "b2", "inputs.deviation", "targets.mean"})
        CHECK_THAT(refusal_of(changed([&](auto& file) { file.tensors.erase(name); })),
                   Contains("there is no tensor \"" + name + "\""));
    CHECK_THAT(refusal_of(changed(
                   [](auto& file) { file.template add<float>("b1", {5}, std::vector<float>(5)); })),
               Contains("\"b1\" is F32 [5], expected the type and sizes that fit W1, F64 [5]"));
    CHECK_THAT(refusal_of(changed([](auto& file) {
                   file.template add<std::int64_t>("W1", {3, 5}, std::vector<int>(15));
               })),
               Contains("\"W1\" is I64"));
}

TEST_CASE("safetensors: impossible numbers of a network are refused, with their position",
          "[files][safetensors]") {
    const double inf = std::numeric_limits<double>::infinity();
    CHECK_THAT(refusal_of(with_tensor("W2", {5, 4}, inf)),
               Contains("W2 is inf in row 0, column 0"));
    CHECK_THAT(refusal_of(with_tensor("b1", {5}, std::nan(""))), Contains("b1 is nan"));
    CHECK_THAT(refusal_of(with_tensor("inputs.deviation", {3}, 0)),
               Contains("the deviation 0, both must be finite, and the deviation positive"));
    CHECK_THAT(refusal_of(with_tensor("targets.mean", {4}, -inf)),
               Contains("targets.mean is -inf"));
}

TEST_CASE("safetensors: metadata that do not match are refused by name", "[files][safetensors]") {
    CHECK(refusal_of(with_text("class_names", R"(["a","b","c","d"])")) == "nothing refused");
    CHECK_THAT(refusal_of(with_text("twolayer", "2")),
               Contains("the version of its format is \"2\", this library reads \"1\""));
    CHECK_THAT(refusal_of(changed([](auto& file) { file.metadata.erase("twolayer"); })),
               Contains("no \"twolayer\""));
    CHECK_THAT(refusal_of(with_text("class_names", R"(["a","b","c"])")),
               Contains("class names is 3, expected 4 for 4 outputs"));
    CHECK_THAT(refusal_of(with_text("class_names", R"(["a","b","c","d","e"])")),
               Contains("class names is 5, expected 4 for 4 outputs"));
    CHECK_THAT(refusal_of(with_text("class_names", R"(["a",2])")),
               Contains("class_names: it must be a list of texts"));
    CHECK_THAT(refusal_of(with_text("class_names", R"(["a")")),
               Contains("class_names: it is not JSON"));
    CHECK_THAT(refusal_of(with_text("class_names", R"("a")")),
               Contains("class_names: it must be a list of texts"));
    CHECK_THAT(refusal_of(with_text("class_names", "[]")),
               Contains("class_names: the list is empty"));
    CHECK_THAT(refusal_of(with_text("class_names", R"([["a","b","c","d"]])")),
               Contains("class_names: it must be a list of texts"));
    CHECK(refusal_of(with_text("columns", R"([["x"],["y"],["z"]])")) == "nothing refused");
    CHECK_THAT(refusal_of(changed([](auto& file) {
                   file.metadata["columns"] = R"([["x"],["y"],["z"]])";
                   file.metadata["missing"] = "median";
               })),
               Contains("missing inputs are \"median\", this library knows \"mean\""));
    CHECK_THAT(refusal_of(with_text("columns", R"([["x"],["y"]])")),
               Contains("the columns make 2 inputs, the network has 3"));
    CHECK_THAT(refusal_of(with_text("columns", R"([["x"],["y"],["x"]])")),
               Contains("t: the input column \"x\" is given twice"));
    CHECK_THAT(refusal_of(with_text("columns", R"([["x"],["y","b","a"]])")),
               Contains("t: the categories of the input column \"y\" must be"));
    CHECK_THAT(refusal_of(with_text("columns", R"([["x","1","2","3","4","5","6"]])")),
               Contains("the columns make 6 inputs, the network has 3"));
    CHECK_THAT(refusal_of(with_text("columns", R"([["x"],[],["z"]])")), Contains("has no name"));
    CHECK_THAT(refusal_of(with_text("columns", R"([["x"],"y",["z"]])")),
               Contains("columns: it must be a list of lists of texts"));
    CHECK_THAT(refusal_of(with_text("columns", R"([["x"],["y",null],["z"]])")),
               Contains("columns: it must be a list of lists of texts"));
    CHECK_THAT(refusal_of(with_text("columns", "{}")),
               Contains("columns: it must be a list of lists of texts"));
    CHECK_THAT(refusal_of(with_text("columns", "[" + std::string(100000, '['))),
               Contains("columns: it is not JSON"));
    CHECK_THAT(refusal_of(with_text("seed", "-1")), Contains("the seed is \"-1\""));
    CHECK_THAT(refusal_of(with_text("seed", "18446744073709551616")), Contains("below 2^64"));
    CHECK_THAT(refusal_of(with_text("seed", "1x")), Contains("the seed is \"1x\""));
    CHECK_THAT(refusal_of(with_text("weight_decay", "0.1x")),
               Contains("the weight_decay is \"0.1x\", it must be a number"));
}

TEST_CASE("safetensors: sizes in a file are not trusted", "[files][safetensors]") {
    const std::string header = GENERATE(
        R"({"W1":{"dtype":"F64","shape":[1000000000,1000],"data_offsets":[0,8000000000000]}})"s,
        "{\"a\":" + std::string(20000, '['), R"({"a":{"shape":[)" + std::string(20000, '9') + "]",
        R"({"a":{"dtype":")" + std::string(20000, 'x') + "\"}}",
        R"({"__metadata__":{"a":")" + std::string(20000, 'x') + "\"}}");
    std::string bytes;
    detail::append_little_endian(bytes, std::uint64_t(header.size()));
    bytes += header;
    // The header is held once for its parser, and once more if it is a single text.
    const std::size_t before = test::allocated_bytes();
    CHECK(refusal_of(bytes) != "nothing refused");
    CHECK(test::allocated_bytes() - before < 16 * bytes.size() + (1 << 17));
}

TEST_CASE("save: refuses what could not be loaded, and keeps the old file",
          "[files][safetensors]") {
    const test::Folder folder;
    const auto path = folder / "m.safetensors";
    const auto good = test::full_model<double, Softmax>();
    save(path, good);
    auto model = good;
    const auto said = [&] { return refusal<std::invalid_argument>([&] { save(path, model); }); };
    model.net.weights().W2()(4, 3) = std::nan("");
    CHECK(said() == "W2 is nan in row 4, column 3, every entry must be finite");
    model = good;
    model.class_names.push_back("more");
    CHECK(said() == "the number of class names is 5, expected 4 for 4 outputs");
    model = good;
    model.class_names[1] = "\xE9t\xE9";
    CHECK_THAT(said(), Contains("is not UTF-8"));
    model = good;
    model.columns = InputColumns(std::vector<InputColumn>{{"x", {}}});
    CHECK(said() == "the columns make 1 inputs, the network has 3");
    model = good;
    model.inputs = Standardizer<double>(2);
    CHECK_THAT(said(), Contains("the model has 2 scaled inputs, its network has 3"));
    model = good;
    model.lowest = Vector<double>::Zero(3);
    model.highest = Vector<double>::Zero(2);
    CHECK(said() == "the model has 2 inputs with a highest value, its network has 3");
    CHECK(test::same_bits(load<Model<Net>>(path), good));

    std::ostringstream closed;
    closed.setstate(std::ios::failbit);
    CHECK(refusal([&] { save(closed, good); }) == "the stream cannot be written");
    CHECK_THAT(refusal([&] { save(folder / "none" / "m", good); }),
               Contains("m cannot be written: its folder"));
    CHECK_THAT(refusal([&] { load<Net>(folder / "none"); }), Contains("none cannot be opened"));
    CHECK_THAT(refusal([&] { describe(folder / "none"); }), Contains("none cannot be opened"));
}
