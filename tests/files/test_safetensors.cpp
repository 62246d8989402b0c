// SPDX-License-Identifier: MIT
#include <twolayer/files/safetensors.hpp>

#include <cstdint>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "support/comma_locale.hpp"
#include "support/folder.hpp"
#include "support/problem.hpp"
#include "support/saved_models.hpp"

using namespace twolayer;
using test::same_bits;

namespace {

template <typename T>
std::string bytes_of(const T& saved, const Provenance& provenance = {}) {
    std::ostringstream out;
    save(out, saved, provenance);
    return out.str();
}

template <typename T>
T back(const std::string& bytes, const LoadOptions& options = {}) {
    std::istringstream in(bytes);
    return load<T>(in, "t", options);
}

/// The bytes of a file as written by safetensors.numpy: only tensors.
template <typename Scalar>
std::string foreign(const Matrix<Scalar>& W1, const Matrix<Scalar>& W2) {
    detail::TensorFile file;
    file.add<Scalar>("W1", {W1.rows(), W1.cols()}, W1.template reshaped<Eigen::RowMajor>());
    file.add<Scalar>("W2", {W2.rows(), W2.cols()}, W2.template reshaped<Eigen::RowMajor>());
    return detail::tensor_file_bytes(file);
}

}  // namespace

TEMPLATE_TEST_CASE("safetensors: a network is loaded bit for bit", "[files][safetensors]",
                   (TwoLayerNet<double, Sigmoid>), (TwoLayerNet<float, Sigmoid>),
                   (TwoLayerNet<double, Softmax>), (TwoLayerNet<float, Softmax>),
                   (TwoLayerNet<double, Identity>), (TwoLayerNet<float, Identity>)) {
    using Scalar = typename TestType::Scalar;
    const bool biases = GENERATE(false, true);
    const test::Problem<Scalar, typename TestType::Output> p(biases);
    const auto net = test::hard_weights(p.net);
    const std::string bytes = bytes_of(net);
    const auto same = back<TestType>(bytes);
    CHECK(same.shape() == net.shape());
    CHECK(same_bits(same.weights().theta(), net.weights().theta()));
    CHECK(bytes_of(same) == bytes);

    // As a Model, without scalings, so its predictions equal those of the network.
    const auto model = back<Model<TestType>>(bytes);
    CHECK(same_bits(model.predict(p.X), net.predict(p.X)));
}

TEMPLATE_TEST_CASE("safetensors: a model is loaded with all its parts", "[files][safetensors]",
                   Sigmoid, Softmax, Identity) {
    const test::Folder folder;
    const auto path = folder / "model.safetensors";
    auto model = test::full_model<double, TestType>();
    model.net = test::hard_weights(model.net);
    save(path, model);
    const auto same = load<Model<TwoLayerNet<double, TestType>>>(path);
    CHECK(same_bits(same, model));
    CHECK(same.class_names == model.class_names);
    REQUIRE(same.columns);
    CHECK(same.columns->names() == model.columns->names());
    CHECK(same.columns->fills_missing());
    model.columns = InputColumns(model.columns->columns());
    CHECK_FALSE(
        back<Model<TwoLayerNet<double, TestType>>>(bytes_of(model)).columns->fills_missing());

    std::ifstream in(path, std::ios::binary);
    const auto from_stream = load<Model<TwoLayerNet<double, TestType>>>(in);
    CHECK(same_bits(from_stream, model));

    using Fixed = Model<TwoLayerNet<double, TestType, 3, 5, test::Problem<double, TestType>::K>>;
    const auto fixed = load<Fixed>(path);
    CHECK(same_bits(fixed, model));
    CHECK(bytes_of(fixed) == bytes_of(same));
}

TEST_CASE("safetensors: floats load into doubles, and doubles are rounded on request",
          "[files][safetensors]") {
    using Single = TwoLayerNet<float>;
    using Double = TwoLayerNet<double>;
    const auto single = test::hard_weights(test::Problem<float>(true).net);
    const auto wide = back<Double>(bytes_of(single));
    const auto widened = single.cast<double>();
    CHECK(same_bits(wide.weights().theta(), widened.weights().theta()));

    const auto model = test::full_model<double, Identity>();
    using SingleModel = Model<TwoLayerNet<float, Identity>>;
    const auto rounded = back<SingleModel>(bytes_of(model), {.round = true});
    const auto narrow = model.net.cast<float>();
    CHECK(same_bits(rounded.net.weights().theta(), narrow.weights().theta()));
    CHECK(same_bits(rounded.targets.deviation(), model.targets.deviation().cast<float>()));
    const auto twice = back<Single>(bytes_of(single), {.round = true});
    CHECK(same_bits(twice.weights().theta(), single.weights().theta()));
}

TEST_CASE("safetensors: a file of another program has its matrices row by row, by hand",
          "[files][safetensors]") {
    // W1 = [1 2 3; 4 5 6] and W2 = [7; 8; 9] as float32.
    const std::string header = R"({"W1":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
                               R"("W2":{"dtype":"F32","shape":[3,1],"data_offsets":[24,36]}})";
    std::string bytes;
    detail::append_little_endian(bytes, std::uint64_t(header.size()));
    bytes += header;
    for (int i = 1; i <= 9; ++i) detail::append_little_endian(bytes, float(i));
    const auto net = back<TwoLayerNet<double, Identity>>(bytes);
    CHECK(net.shape() == Shape{2, 3, 1, false});
    CHECK(net.weights().W1() == Matrix<double>{{1, 2, 3}, {4, 5, 6}});
    CHECK(net.weights().W2() == Matrix<double>{{7}, {8}, {9}});
    const auto single = back<TwoLayerNet<float, Sigmoid>>(bytes);
    CHECK(single.weights().W1()(1, 0) == 4);
}

TEST_CASE("safetensors: metadata of another program are ignored", "[files][safetensors]") {
    const Matrix<double> W1{{1, 2, 3}, {4, 5, 6}}, W2{{7, 8}, {9, 10}, {11, 12}};
    detail::TensorFile file = detail::parse_tensor_file(foreign(W1, W2));
    file.metadata = {{"format", "np"}, {"output", "something"}, {"class_names", "[["}};
    const auto net = back<TwoLayerNet<double, Softmax>>(detail::tensor_file_bytes(file));
    CHECK(net.weights().W2() == W2);
    CHECK(detail::describe(file).output.empty());
}

TEST_CASE("describe: reports what a file holds", "[files][safetensors]") {
    const test::Folder folder;
    const auto path = folder / "model.safetensors";
    const auto model = test::full_model<float, Softmax>();
    save(path, model,
         {.loss = "cross-entropy",
          .method = "Adam",
          .seed = ~std::uint64_t(0),
          .comment = "\xC3\xA9",
          .samples = 266,
          .epochs = 0,
          .weight_decay = 0.1});
    const FileDescription file = describe(path);
    CHECK(file.shape == model.net.shape());
    CHECK(file.scalar == "float");
    CHECK(file.output == "softmax");
    CHECK(file.has_scalings);
    CHECK(file.has_ranges);
    CHECK(file.class_names == model.class_names);
    REQUIRE(file.columns);
    CHECK(file.columns->names() == model.columns->names());
    CHECK(file.provenance.loss == "cross-entropy");
    CHECK(file.provenance.method == "Adam");
    CHECK(file.provenance.seed == ~std::uint64_t(0));
    CHECK(file.provenance.comment == "\xC3\xA9");
    CHECK(file.provenance.samples == 266U);
    CHECK(file.provenance.epochs == 0U);
    CHECK(file.provenance.weight_decay == 0.1);
    CHECK(file.version == library_version());

    save(path, test::Problem<double>(false).net);
    const FileDescription bare = describe(path);
    CHECK(bare.shape == Shape{3, 5, 2, false});
    CHECK(bare.scalar == "double");
    CHECK(bare.output == "sigmoid");
    CHECK_FALSE(bare.has_scalings);
    CHECK_FALSE(bare.has_ranges);
    CHECK(bare.class_names.empty());
    CHECK_FALSE(bare.columns);
    CHECK_FALSE(bare.provenance.seed);
    CHECK_FALSE(bare.provenance.weight_decay);

    std::ofstream(path, std::ios::binary) << foreign(Matrix<float>(Matrix<float>::Ones(2, 3)),
                                                     Matrix<float>(Matrix<float>::Ones(3, 1)));
    const FileDescription other = describe(path);
    CHECK(other.shape == Shape{2, 3, 1, false});
    CHECK(other.scalar == "float");
    CHECK(other.output.empty());
    CHECK(other.version.empty());
}

TEST_CASE("safetensors: a decimal comma of the locale changes nothing", "[files][safetensors]") {
    const auto model = test::full_model<double, Softmax>();
    const std::string expected = bytes_of(model, {.seed = 1234567});
    const test::CommaLocale comma;
    CHECK(bytes_of(model, {.seed = 1234567}) == expected);
    CHECK(same_bits(back<Model<TwoLayerNet<double, Softmax>>>(expected), model));
}

TEST_CASE("safetensors: one output has two class names", "[files][safetensors]") {
    Model<TwoLayerNet<double>> model{
        .net = TwoLayerNet<double>({.inputs = 2, .hidden = 3, .outputs = 1, .biases = false})};
    model.class_names = {"no", "yes"};
    CHECK(back<Model<TwoLayerNet<double>>>(bytes_of(model)).class_names == model.class_names);
    model.class_names = {"yes"};
    CHECK_THROWS_WITH(bytes_of(model), "the number of class names is 1, expected 2 for 1 output");
}

TEST_CASE("safetensors: labels keep their type", "[files][safetensors]") {
    enum class Colour { red = 5, green = -2 };
    using Net = TwoLayerNet<double, Softmax>;
    const auto same = [](const auto& labels) {
        using Label = typename std::remove_cvref_t<decltype(labels)>::value_type;
        const Model<Net, Label> model{
            .net = Net({.inputs = 2, .hidden = 3, .outputs = 2, .biases = false}),
            .class_names = labels};
        CHECK(back<Model<Net, Label>>(bytes_of(model)).class_names == labels);
    };
    same(std::vector<int>{-1, 1});
    same(std::vector<unsigned char>{7, 70});
    same(std::vector<bool>{false, true});
    same(std::vector<char>{'a', '1'});
    same(std::vector<Colour>{Colour::green, Colour::red});

    // Integer class names of a file load as texts or, on request, as integers. Others remain texts.
    Classifier<double> model{.net = Net({.inputs = 2, .hidden = 3, .outputs = 2, .biases = false}),
                             .class_names = {"-1", "10"}};
    CHECK(back<Classifier<double>>(bytes_of(model)).class_names == model.class_names);
    const auto numbers = back<Classifier<double, int>>(bytes_of(model));
    CHECK(numbers.class_names == std::vector<int>{-1, 10});
    CHECK(numbers.classify(Matrix<double>{{1, 2}}) == std::vector<int>{-1});
    model.class_names = {"-1", "ten"};
    CHECK_THROWS_WITH(
        (back<Classifier<double, int>>(bytes_of(model))),
        Catch::Matchers::Contains("the class name \"ten\" is not a label of the requested "
                                  "type, integers in its range"));
}
