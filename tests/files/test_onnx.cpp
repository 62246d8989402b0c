// SPDX-License-Identifier: MIT
#include <twolayer/files/onnx.hpp>

#include <cerrno>
#include <cmath>
#include <concepts>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <twolayer/files/bytes/read_file.hpp>
#include <vector>

#include "catch.hpp"
#include "support/comma_locale.hpp"
#include "support/draw.hpp"
#include "support/folder.hpp"
#include "support/refusal.hpp"
#include "support/saved_models.hpp"

using namespace twolayer;
using namespace std::string_literals;
using Catch::Matchers::Contains;
using test::refusal;

namespace {

template <typename T>
std::string bytes_of(const T& model) {
    std::ostringstream out;
    export_onnx(out, model);
    return out.str();
}

/// A key, and a text or message of less than 128 bytes.
std::string field(char key, const std::string& value) {
    return key + std::string(1, char(value.size())) + value;
}

/// A tensor of less than 128 bytes of numbers, in row-major order.
template <typename Derived>
std::string tensor_of(const std::string& name, const std::string& dims,
                      const Eigen::DenseBase<Derived>& A) {
    using Scalar = typename Derived::Scalar;
    std::string numbers;
    for (const Scalar x : A.template reshaped<Eigen::RowMajor>())
        detail::append_little_endian(numbers, x);
    std::string message;
    for (const char dim : dims) message += "\x08"s + dim;
    message += std::same_as<Scalar, float> ? "\x10\x01" : "\x10\x0B";
    return message + field('\x42', name) + field('\x4A', numbers);
}

}  // namespace

TEST_CASE("onnx: the bytes of the smallest network, by hand", "[files][onnx]") {
    // A key is 8 times the number of the field, plus 2 if bytes follow.
    TwoLayerNet<double, Identity> net({.inputs = 1, .hidden = 1, .outputs = 1, .biases = false});
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
    CHECK(bytes_of(net) == "\x08\x08" + field('\x12', "twolayer") + field('\x1A', version) +
                               "\x3A" + detail::varint(graph.size()) + graph +
                               field('\x42', "\x10\x0D"));
}

TEMPLATE_TEST_CASE("onnx: every weight is in the file, bit for bit", "[files][onnx]", float,
                   double) {
    const bool biases = GENERATE(false, true);
    TwoLayerNet<TestType> net({.inputs = 2, .hidden = 3, .outputs = 4, .biases = biases});
    std::mt19937 generator(1);
    net.weights().theta() = test::draw<TestType>(generator, net.shape().size(), 1, -1, 1);
    net = test::hard_weights(net);
    const auto& weights = net.weights();
    const std::string bytes = bytes_of(net);
    CHECK_THAT(bytes, Contains(tensor_of("W1", "\2\3", weights.W1())) &&
                          Contains(tensor_of("W2", "\3\4", weights.W2())) && !Contains("_mean"));
    if (biases)
        CHECK_THAT(bytes, Contains(tensor_of("b1", "\3", weights.b1())) &&
                              Contains(tensor_of("b2", "\4", weights.b2())));
    else
        CHECK_THAT(bytes, !Contains("b1") && !Contains("b2"));
    CHECK(bytes_of(Model<TwoLayerNet<TestType>>{.net = net}) == bytes);
}

TEST_CASE("onnx: scalings and names of a model are in the file", "[files][onnx]") {
    const auto entry = [](const std::string& key, const std::string& name) {
        return field('\x72', field('\x0A', key) + field('\x12', name));
    };
    const auto check_parts = [](const std::string& bytes, const std::vector<std::string>& parts) {
        for (const std::string& part : parts) CHECK_THAT(bytes, Contains(part));
    };
    const auto scaling = [](const std::string& name, const std::string& size,
                            const Standardizer<double>& of) {
        return std::vector{tensor_of(name + "_mean", size, of.mean()),
                           tensor_of(name + "_deviation", size, of.deviation())};
    };
    auto model = test::full_model<double, Identity>();
    check_parts(bytes_of(model), scaling("input", "\3", model.inputs));
    check_parts(bytes_of(model), scaling("target", "\2", model.targets));
    check_parts(bytes_of(model),
                {entry("columns.0", "mass \"g\""), entry("columns.1", "isl\\and"),
                 entry("columns.1.0", "\nDream"), entry("columns.1.1", "Bisc\xC3\xB6")});
    model.inputs = Standardizer<double>(3);
    check_parts(bytes_of(model), scaling("target", "\2", model.targets));
    CHECK_THAT(bytes_of(model), !Contains("input_"));

    const auto classes = test::full_model<double, Softmax>();
    check_parts(bytes_of(classes), scaling("input", "\3", classes.inputs));
    check_parts(bytes_of(classes),
                {entry("class_names.0", "class\t0"), entry("class_names.3", "class\t3")});
    CHECK_THAT(bytes_of(classes), !Contains("target_"));
}

TEST_CASE("onnx: labels are written as text", "[files][onnx]") {
    const TwoLayerNet<double, Softmax> net(
        {.inputs = 2, .hidden = 3, .outputs = 2, .biases = false});
    CHECK(bytes_of(Classifier<double, int>{.net = net, .class_names = {-1, 10}}) ==
          bytes_of(Classifier<double>{.net = net, .class_names = {"-1", "10"}}));
}

TEST_CASE("onnx: fixed and dynamic shapes give the same file", "[files][onnx]") {
    using Fixed = TwoLayerNet<float, Softmax, 1, 3, 2>;  // W1 has one row, W2 more
    Fixed fixed(true);
    std::mt19937 generator(1);
    fixed.randomize(generator);
    CHECK(bytes_of(fixed) == bytes_of(TwoLayerNet<float, Softmax>(fixed)));
}

TEST_CASE("onnx: a decimal comma changes nothing", "[files][onnx]") {
    const auto model = test::full_model<double, Softmax>();
    const std::string bytes = bytes_of(model);
    const test::CommaLocale comma;
    CHECK(bytes_of(model) == bytes);
}

TEST_CASE("onnx: a refused export keeps the old file", "[files][onnx]") {
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
    CHECK_THAT(said(), Contains("not in UTF-8"));
    model = good;
    model.columns = InputColumns({{"a", {"\xFF"}}, {"b", {}}, {"c", {}}});
    CHECK_THAT(said(), Contains("not in UTF-8"));
    model = good;
    model.class_names.pop_back();
    CHECK(said() == "the number of class names is 3, expected 4 for 4 outputs");
    model = good;
    model.net.weights().W2()(4, 3) = std::nan("");
    CHECK_THAT(said(), Contains("W2 is nan in row 4, column 3"));
    CHECK(detail::read_file(path) == bytes_of(good));

    std::ostringstream broken;
    broken.setstate(std::ios::badbit);
    CHECK(refusal([&] { export_onnx(broken, good); }) ==
          "the stream of the ONNX file cannot be written");
    CHECK_THAT(refusal([&] { export_onnx(folder / "none" / "m.onnx", good); }),
               Contains(detail::reason(ENOENT)));
}
