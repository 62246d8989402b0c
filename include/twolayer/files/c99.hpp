// SPDX-License-Identifier: MIT
// Exports a network or model as one C99 file.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/random.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/version.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/files/bytes/c_text.hpp>
#include <twolayer/files/bytes/write_file.hpp>
#include <twolayer/files/tensors/model_tensors.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/policies/output.hpp>

#include <algorithm>
#include <concepts>
#include <filesystem>
#include <limits>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace twolayer {

/// How export_c() names things, and how much it tests.
struct CSourceOptions {
    std::string prefix = "model";  ///< of all names in the file: a letter; letters, digits, _
    Index samples = 8;             ///< the maximum number in the self-test
};

namespace detail {

/// Raw samples, the model's predictions, and how far those of another program may differ from them.
template <typename Scalar>
struct StoredSamples {
    Matrix<Scalar> X;      ///< N x D
    Matrix<Scalar> Yhat;   ///< N x K
    Matrix<Scalar> bound;  ///< N x K
};

/// How far apart the predictions of two programs with different rounding may be, N x K:
///
///     4 (D + M + 8) eps (1 + |b2_k| + sum_m |Z_m W2_mk| + (|x| |W1|)_m |W2_mk| / 4)
///
/// for scaled x, in the units of O, since the slope of a sigmoid is 1/4 at most. For a softmax,
/// whose outputs all depend on each other, the largest of these.
template <typename Net>
Matrix<double> rounding_bound(const Model<Net>& model,
                              const Matrix<typename Net::Scalar>& scaled_X) {
    using Scalar = typename Net::Scalar;
    const Shape& shape = model.net.shape();
    const auto size = [](const auto& A) {
        return Matrix<double>(A.template cast<double>().cwiseAbs());
    };
    const auto& weights = model.net.weights();
    const Matrix<double> H = size(scaled_X).lazyProduct(size(weights.W1()));
    const Matrix<double> Z = size(model.net.forward(scaled_X).Z) + H / 4;
    Matrix<double> O = Z.lazyProduct(size(weights.W2()));
    O.array() += 1;
    if (shape.biases)
        O.rowwise() += size(weights.b2()).row(0);
    if (std::same_as<typename Net::Output, Softmax>)
        O = O.rowwise().maxCoeff().eval().replicate(1, shape.outputs);

    O *= size(model.targets.deviation()).row(0).asDiagonal();
    O.rowwise() += size(model.targets.mean()).row(0);
    return 4 * double(shape.inputs + shape.hidden + 8) *
           double(std::numeric_limits<Scalar>::epsilon()) * O;
}

/// Evenly spaced rows of X or, if X is empty, samples within two deviations of the means of the
/// model's inputs. Throws std::invalid_argument if the number of columns is not the model's number
/// of inputs, and for a number in X or in its predictions that is not finite.
template <typename Net>
StoredSamples<typename Net::Scalar> stored_samples(
    const Model<Net>& model, const MatrixView<const typename Net::Scalar>& given, Index most) {
    using Scalar = typename Net::Scalar;
    if (given.rows > 0)
        check_inputs(model.net.shape(), given.rows, given.cols);
    const auto& mean = model.inputs.mean();
    const auto& deviation = model.inputs.deviation();
    const Index count = given.rows == 0 ? most : (std::min)(most, given.rows);
    Matrix<Scalar> X(count, model.net.shape().inputs);
    std::mt19937 generator(1);
    for (Index n = 0; n < count; ++n)
        for (Index d = 0; d < X.cols(); ++d)
            X(n, d) = given.rows == 0 ? mean(d) + Scalar(4 * uniform(generator) - 2) * deviation(d)
                                      : given(n * given.rows / count, d);
    check_finite<Scalar>("X", X);
    Matrix<Scalar> Yhat = model.predict(X);
    check_finite<Scalar>("the prediction of a sample to store", Yhat);
    const Matrix<double> bound = rounding_bound(model, model.inputs.transform(X));
    const double largest = (std::numeric_limits<Scalar>::max)();
    return {std::move(X), std::move(Yhat), bound.cwiseMin(largest).template cast<Scalar>()};
}

/// The replacements for the $-marks of the patterns; the prefix comes last, since others contain
/// it.
template <typename Net>
std::vector<std::pair<std::string_view, std::string>> c_marks(const Model<Net>& model,
                                                              const std::string& prefix,
                                                              Index samples) {
    constexpr bool single = std::same_as<typename Net::Scalar, float>;
    constexpr bool sigmoid = std::same_as<typename Net::Output, Sigmoid>;
    constexpr bool softmax = std::same_as<typename Net::Output, Softmax>;
    const Shape& shape = model.net.shape();
    const std::string upper = upper_case(prefix);
    return {{"$version", library_version()},
            {"$plus_b1", shape.biases ? " + b1" : ""},
            {"$plus_b2", shape.biases ? " + b2" : ""},
            {"$output", sigmoid   ? "sigma(O)"
                        : softmax ? "softmax(O)"
                                  : "O"},
            {"$SELF_TEST", upper + "_SELF_TEST"},
            {"$NO_MAIN", upper + "_NO_MAIN"},
            {"$D", std::to_string(shape.inputs)},
            {"$M", std::to_string(shape.hidden)},
            {"$K", std::to_string(shape.outputs)},
            {"$N", std::to_string(samples)},
            {"$classes", std::to_string(model.class_names.size())},
            {"$b1", shape.biases ? "$name_b1[m]" : "0"},
            {"$b2", shape.biases ? "$name_b2[k]" : "0"},
            {"$scaled_x", changes(model.inputs)
                              ? "(x[d] - $name_input_mean[d]) / $name_input_deviation[d]"
                              : "x[d]"},
            {"$real", single ? "float" : "double"},
            {"$exp", single ? "expf" : "exp"},
            {"$name", prefix}};
}

/// The text of the file. Throws as export_c().
template <typename Net>
std::string c_source(const Model<Net>& model, const CSourceOptions& options,
                     const MatrixView<const typename Net::Scalar>& X) {
    using Scalar = typename Net::Scalar;
    using Output = typename Net::Output;
    check_c_prefix(options.prefix);
    if (options.samples < 1)
        fail("samples is ", options.samples, ", expected at least 1 for the self-test");
    check_exportable(model);
    const StoredSamples<Scalar> samples = stored_samples(model, X, options.samples);
    const auto marks = c_marks(model, options.prefix, samples.X.rows());
    std::string text = filled(c_introduction, marks);
    const auto add = [&](std::string_view pattern) { text += filled(pattern, marks); };
    const auto add_names = [&](std::string_view declaration, const auto& names) {
        const std::string array = filled(declaration, marks);
        text += "\nextern " + array + ";\n" + c_strings(array, names);
    };
    const auto add_array = [&](const std::string& name, const MatrixView<const Scalar>& A) {
        text += c_array(filled("static const $real $name_" + name, marks), A);
    };

    if (model.columns)
        add_names("const char *const $name_input_names[$name_inputs]", model.columns->names());
    if (!model.class_names.empty())
        add_names("const char *const $name_class_names[$classes]", model.class_names);
    text += '\n';
    for_each_effective_tensor(model, [&](const TensorName& name, const auto& values) {
        std::string sizes;
        for (const char letter : name.letters)
            sizes += letter == 'D'   ? "[$name_inputs]"
                     : letter == 'M' ? "[$name_hidden]"
                                     : "[$name_outputs]";
        add_array(name.identifier() + sizes, values);
    });

    add(c_prediction);
    if (std::same_as<Output, Sigmoid>)
        add(c_sigmoid);
    if (std::same_as<Output, Softmax>)
        add(c_softmax);
    if (changes(model.targets))
        add(c_target_scaling);
    add("}\n\n#ifdef $SELF_TEST\n");
    add_array("sample_x[$N][$name_inputs]", samples.X);
    add_array("sample_yhat[$N][$name_outputs]", samples.Yhat);
    add(c_bound);
    add_array("sample_bound[$N][$name_outputs]", samples.bound);
    add(c_self_test);
    add("#endif\n");
    return text;
}

}  // namespace detail

/// Writes a network or model as one C99 file that predicts from raw inputs, scaling included. The
/// file uses no heap, no input or output, and of the C library only expf or exp. It has all numbers
/// to the last bit, and M numbers lie on its stack. It predicts what the library does, except for
/// rounding. A self-test proves this on samples that it stores: rows of X or, if X is left out,
/// samples around the means of the model's inputs.
///
/// All names begin with options.prefix, so that a program can have several models. If the model
/// knows the names of inputs and classes, they are in the file.
///
/// Throws std::invalid_argument for a number that is not finite, in the model, in X or in the
/// prediction for a stored sample; if X has a different number of columns than the model has
/// inputs; for a prefix that is not a name in C; for no samples; and for names of more than 4095
/// bytes. Throws std::runtime_error if the file cannot be written; the old file then stays.
template <NetworkOrModel T, Real Scalar = typename detail::NetOf<T>::Scalar>
void export_c(const std::filesystem::path& path, const T& model, const CSourceOptions& options = {},
              const MatrixArg<std::type_identity_t<Scalar>>& X = MatrixView<const Scalar>()) {
    write_atomically(path, detail::c_source(detail::as_model(model), options, X));
}

/// Overload for streams. If writing fails, the stream may hold partial output.
template <NetworkOrModel T, Real Scalar = typename detail::NetOf<T>::Scalar>
void export_c(std::ostream& stream, const T& model, const CSourceOptions& options = {},
              const MatrixArg<std::type_identity_t<Scalar>>& X = MatrixView<const Scalar>()) {
    detail::write_all(stream, detail::c_source(detail::as_model(model), options, X),
                      "the stream of the C source");
}

}  // namespace twolayer
