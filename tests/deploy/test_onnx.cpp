// SPDX-License-Identifier: MIT
#include <twolayer/deploy/onnx.hpp>

#include <cerrno>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/comma_locale.hpp"
#include "support/folder.hpp"
#include "support/problem.hpp"
#include "support/refusal.hpp"
#include "support/saved_models.hpp"

using namespace twolayer;
using namespace std::string_literals;
using test::refusal;
using test::same_bits;

namespace {

template <typename T>
std::string bytes_of(const T& model) {
    std::ostringstream out;
    export_onnx(out, model);
    return out.str();
}

template <typename T>
T back(const std::string& bytes) {
    std::istringstream in(bytes);
    return import_onnx<T>(in, "t");
}

/// A text or message of less than 128 bytes after its key.
std::string field(char key, const std::string& value) {
    return key + std::string(1, char(value.size())) + value;
}

}  // namespace

TEST_CASE("onnx: the bytes of the smallest network, by hand", "[deploy][onnx]") {
    // A key is 8 times the number of the field, and 2 more where bytes follow.
    TwoLayerNet<double, Identity> net({.inputs = 1, .hidden = 1, .outputs = 1});
    net.weights().theta() << 1, -2;
    const auto node = [](const std::string& operands, const std::string& name,
                         const std::string& operation) {
        return field('\x0A', operands + field('\x12', name) + field('\x22', operation));
    };
    const auto tensor = [](const std::string& name, const std::string& number) {
        return field('\x2A', "\x08\x01\x08\x01\x10\x0B" + field('\x42', name) +
                                 field('\x4A', "\0\0\0\0\0\0"s + number));
    };
    const auto value = [](char key, const std::string& name) {
        const std::string shape = field('\x0A', field('\x12', "N")) + field('\x0A', "\x08\x01");
        return field(key, field('\x0A', name) +
                              field('\x12', field('\x0A', "\x08\x0B" + field('\x12', shape))));
    };
    const std::string graph = node(field('\x0A', "X") + field('\x0A', "W1"), "H", "Gemm") +
                              node(field('\x0A', "H"), "Z", "Sigmoid") +
                              node(field('\x0A', "Z") + field('\x0A', "W2"), "Yhat", "Gemm") +
                              field('\x12', "two_layer_net") + tensor("W1", "\xF0\x3F") +
                              tensor("W2", "\0\xC0"s) + value('\x5A', "X") + value('\x62', "Yhat");
    const std::string version = std::to_string(TWOLAYER_VERSION_MAJOR) + "." +
                                std::to_string(TWOLAYER_VERSION_MINOR) + "." +
                                std::to_string(TWOLAYER_VERSION_PATCH);
    std::string size;
    detail::append_varint(size, graph.size());
    detail::Crc64 crc;  // version, no class names, then names and numbers of the tensors
    for (const auto& text :
         {version, "0"s, "W1"s, "\0\0\0\0\0\0\xF0\x3F"s, "W2"s, "\0\0\0\0\0\0\0\xC0"s})
        crc.add_text(text);
    const std::string checksum =
        field('\x72', field('\x0A', "crc64") + field('\x12', crc.digits()));
    CHECK(bytes_of(net) == "\x08\x08" + field('\x12', "twolayer") + field('\x1A', version) +
                               "\x3A" + size + graph + checksum + field('\x42', "\x10\x0D"));
}

TEST_CASE("onnx: the numbers of a tensor stand row by row", "[deploy][onnx]") {
    TwoLayerNet<float> net({.inputs = 2, .hidden = 3, .outputs = 1});
    net.weights().W1() << 1, 2, 3, 4, 5, 6;
    std::string rows;
    for (const float number : {1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f})
        detail::append_little_endian(rows, number);
    const std::string bytes = bytes_of(net);
    const auto file = detail::OnnxParser("t", bytes).take();
    REQUIRE(file.find("W1") != nullptr);
    CHECK(file.find("W1")->dims == std::vector<std::uint64_t>{2, 3});
    CHECK(file.find("W1")->numbers == rows);
}

TEMPLATE_TEST_CASE("onnx: a network comes back bit for bit", "[deploy][onnx]",
                   (TwoLayerNet<double, Sigmoid>), (TwoLayerNet<float, Sigmoid>),
                   (TwoLayerNet<double, Softmax>), (TwoLayerNet<float, Softmax>),
                   (TwoLayerNet<double, Identity>), (TwoLayerNet<float, Identity>)) {
    using Scalar = typename TestType::Scalar;
    const bool biases = GENERATE(false, true);
    const auto net =
        test::hard_weights(test::Problem<Scalar, typename TestType::Output>(biases).net);
    const std::string bytes = bytes_of(net);
    const auto same = back<TestType>(bytes);
    CHECK(same.shape() == net.shape());
    CHECK(same_bits(same.weights().theta(), net.weights().theta()));
    CHECK(bytes_of(same) == bytes);

    // As a Model of it, without scalings.
    CHECK(same_bits(back<Model<TestType>>(bytes), Model<TestType>{.net = net}));
    CHECK(bytes_of(Model<TestType>{.net = net}) == bytes);
}

TEMPLATE_TEST_CASE("onnx: a model comes back with all that it has", "[deploy][onnx]", Sigmoid,
                   Softmax, Identity) {
    const test::Folder folder;
    auto model = test::full_model<double, TestType>();
    model.net = test::hard_weights(model.net);
    using Saved = decltype(model);
    const auto path = folder / "model.onnx";
    export_onnx(path, model);
    const auto same = import_onnx<Saved>(path);
    CHECK(same_bits(same, model));
    CHECK(same.class_names == model.class_names);
    REQUIRE(same.columns);
    CHECK(same.columns->names() == model.columns->names());
    CHECK(bytes_of(same) == bytes_of(model));

    // One scaling without the other.
    model.inputs = Standardizer<double>(3);
    model.targets = Standardizer<double>::fit(test::Problem<double, TestType>().Y);
    CHECK(same_bits(back<Saved>(bytes_of(model)), model));
}

TEST_CASE("onnx: one output has two class names", "[deploy][onnx]") {
    Model<TwoLayerNet<double>> model{
        .net = TwoLayerNet<double>({.inputs = 2, .hidden = 3, .outputs = 1})};
    model.class_names = {"no", "yes"};
    CHECK(back<Model<TwoLayerNet<double>>>(bytes_of(model)).class_names == model.class_names);
}

TEST_CASE("onnx: both shape kinds are the same file", "[deploy][onnx]") {
    using Fixed = TwoLayerNet<float, Softmax, 1, 3, 2>;  // W1 has one row, W2 more
    Fixed fixed(true);
    std::mt19937 generator(1);
    fixed.randomize(generator);
    const TwoLayerNet<float, Softmax> dynamic = fixed;
    CHECK(bytes_of(fixed) == bytes_of(dynamic));
    const auto loaded = back<Fixed>(bytes_of(dynamic));
    CHECK(same_bits(loaded.weights().theta(), fixed.weights().theta()));
    CHECK(refusal([&] { back<TwoLayerNet<float, Softmax, 1, 4, 2>>(bytes_of(fixed)); }) ==
          "t: the shape is 1 - 3 - 2, the type is made for 1 - 4 - 2 (-1: any)");
}

TEST_CASE("onnx: a decimal comma changes nothing", "[deploy][onnx]") {
    const auto model = test::full_model<double, Softmax>();
    const std::string bytes = bytes_of(model);
    const test::CommaLocale comma;
    CHECK(bytes_of(model) == bytes);
    CHECK(same_bits(back<Model<TwoLayerNet<double, Softmax>>>(bytes), model));
}

TEST_CASE("onnx: what cannot be exported is not, and the old file stays", "[deploy][onnx]") {
    const test::Folder folder;
    const auto path = folder / "m.onnx";
    const auto good = test::full_model<double, Softmax>();
    export_onnx(path, good);
    auto model = good;
    const auto said = [&] {
        return refusal<std::invalid_argument>([&] { export_onnx(path, model); });
    };
    model.class_names[1] = "B\xF6hm";
    CHECK(said() == "the name \"B\xF6hm\" is not in UTF-8, as all names in ONNX must be");
    model = good;
    model.columns = InputColumns({{"\xFF", {}}, {"b", {}}, {"c", {}}});
    CHECK_THAT(said(), Catch::Matchers::Contains("not in UTF-8"));
    model = good;
    model.columns = InputColumns({{"a", {"\xFF"}}, {"b", {}}, {"c", {}}});
    CHECK_THAT(said(), Catch::Matchers::Contains("not in UTF-8"));
    model = good;
    model.class_names.pop_back();
    CHECK(said() == "there are 3 class names for 4 outputs, there must be 4");
    model = good;
    model.net.weights().W2()(4, 3) = std::nan("");
    CHECK_THAT(said(), Catch::Matchers::Contains("theta is nan"));
    CHECK(same_bits(import_onnx<Model<TwoLayerNet<double, Softmax>>>(path), good));

    std::ostringstream broken;
    broken.setstate(std::ios::badbit);
    CHECK(refusal([&] { export_onnx(broken, good); }) ==
          "the stream of the ONNX file cannot be written");
    CHECK_THAT(refusal([&] { export_onnx(folder / "none" / "m.onnx", good); }),
               Catch::Matchers::Contains(detail::reason(ENOENT)));
    CHECK_THAT(refusal([&] { import_onnx<TwoLayerNet<double>>(folder / "none.onnx"); }),
               Catch::Matchers::Contains("cannot be opened" + detail::reason(ENOENT)));
}

TEST_CASE("onnx: labels come back as what they were", "[deploy][onnx]") {
    const Classifier<double, int> model{
        .net = TwoLayerNet<double, Softmax>({.inputs = 2, .hidden = 3, .outputs = 2}),
        .class_names = {-1, 10}};
    CHECK(back<Classifier<double, int>>(bytes_of(model)).class_names == model.class_names);
    CHECK(back<Classifier<double>>(bytes_of(model)).class_names ==
          std::vector<std::string>{"-1", "10"});
    CHECK_THROWS_WITH((back<Classifier<double, bool>>(bytes_of(model))),
                      Catch::Matchers::Contains("the class name \"-1\" is no label"));
}
