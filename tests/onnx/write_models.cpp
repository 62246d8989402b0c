// SPDX-License-Identifier: MIT
//
// Writes every kind of model into a folder as NAME.onnx, for a runtime in another language, with a
// file NAME.samples: the doubles N, D, K, then X, its predictions and the bounds on their errors,
// each in row-major order. NAME begins with the scalar type.

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <twolayer/data/labels.hpp>
#include <twolayer/files/onnx.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/table.hpp>
#include <twolayer/train/fit.hpp>

#include "support/draw.hpp"
#include "support/rounding.hpp"

using namespace twolayer;

namespace {

template <typename Scalar>
constexpr const char* type_name = std::same_as<Scalar, float> ? "float" : "double";

class Writer {
public:
    explicit Writer(const std::filesystem::path& folder) : folder_(folder) {
        std::filesystem::create_directories(folder);
    }

    template <typename Net>
    void write(const std::string& kind, const Model<Net>& model,
               const Matrix<typename Net::Scalar>& X, const Matrix<double>& bound) const {
        const std::string name = type_name<typename Net::Scalar> + ("_" + kind);
        export_onnx(folder_ / (name + ".onnx"), model);
        const Matrix<double> Yhat = model.predict(X).template cast<double>();
        std::ofstream out(folder_ / (name + ".samples"), std::ios::binary);
        out.exceptions(std::ios::failbit | std::ios::badbit);
        append(out, Matrix<double>{{double(X.rows()), double(X.cols()), double(Yhat.cols())}});
        append(out, X.template cast<double>());
        append(out, Yhat);
        append(out, bound);
    }

private:
    static void append(std::ostream& out, const Matrix<double>& A) {
        std::string bytes;
        for (const double x : A.reshaped<Eigen::RowMajor>()) detail::append_little_endian(bytes, x);
        out.write(bytes.data(), std::ssize(bytes));
    }

    std::filesystem::path folder_;
};

template <typename Scalar, typename Output>
void write_kinds(const Writer& writer, bool biases) {
    // No dimension equals another, so that a forgotten transpose cannot pass.
    const Shape shape{.inputs = 3, .hidden = 5, .outputs = 4, .biases = biases};
    Model<TwoLayerNet<Scalar, Output>> model{.net = TwoLayerNet<Scalar, Output>(shape)};
    std::mt19937 generator(3);
    model.net.weights().theta() = test::draw<Scalar>(generator, shape.size(), 1, -1, 1);
    const Matrix<Scalar> X = test::draw<Scalar>(generator, 20, shape.inputs, -3, 3);
    const std::string kind = std::string(Output::name) + (biases ? "_biases" : "_no_biases");
    const auto write = [&](const std::string& scaling) {
        writer.write(kind + scaling, model, model.inputs.inverse(X),
                     test::rounding_bound(model, X));
    };
    write("_raw");
    model.inputs =
        Standardizer<Scalar>::fit(test::draw<Scalar>(generator, 9, shape.inputs, 100, 300));
    write("_scaled_inputs");
    model.targets =
        Standardizer<Scalar>::fit(test::draw<Scalar>(generator, 9, shape.outputs, -8, 90));
    write("_scaled");
}

template <typename Scalar>
void write_all_kinds(const Writer& writer) {
    for (const bool biases : {false, true}) {
        write_kinds<Scalar, Sigmoid>(writer, biases);
        write_kinds<Scalar, Softmax>(writer, biases);
        write_kinds<Scalar, Identity>(writer, biases);
    }
}

/// Writes a classifier of handwritten digits, with a fixed bound on the errors of its
/// probabilities.
void write_digits(const Writer& writer, const std::filesystem::path& csv) {
    const Table table = read_csv(csv);
    std::vector<Index> inputs(std::size_t(table.columns() - 1));
    for (std::size_t d = 0; d < inputs.size(); ++d) inputs[d] = Index(d);
    const InputColumns columns = input_columns(table, inputs);
    const Matrix<double> X = encode(columns, table);
    const auto names = class_names(table, table.columns() - 1);
    const auto labels = class_indexes(table, table.columns() - 1, names);

    using Net = TwoLayerNet<double, Softmax>;
    const Index K = std::ssize(names);
    Model<Net> model{.net = Net({.inputs = X.cols(), .hidden = 32, .outputs = K}),
                     .inputs = Standardizer<double>::fit(X),
                     .columns = columns,
                     .class_names = names};
    fit(model.net, model.inputs.transform(X), one_hot<double>(labels, K), CrossEntropy{}, Lbfgs{},
        {.epochs = 30, .seed = 1, .weight_decay = 3e-4});
    const auto write = [&](const auto& some, double limit) {
        using Scalar = typename decltype(some.net)::Scalar;
        writer.write("digits", some, X.cast<Scalar>(),
                     Matrix<double>::Constant(X.rows(), K, limit));
    };
    write(model, 1e-13);
    write(Model<TwoLayerNet<float, Softmax>>{.net = model.net.cast<float>(),
                                             .inputs = Standardizer<float>(
                                                 model.inputs.mean().cast<float>(),
                                                 model.inputs.deviation().cast<float>()),
                                             .columns = columns,
                                             .class_names = names},
          1e-6);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: onnx_models FOLDER DIGITS.CSV\n");
        return 2;
    }
    try {
        const Writer writer(argv[1]);
        write_all_kinds<float>(writer);
        write_all_kinds<double>(writer);
        write_digits(writer, argv[2]);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "onnx_models: %s\n", error.what());
        return 1;
    }
}
