// SPDX-License-Identifier: MIT
// Converts networks and models to the tensors of a file, and back.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/label_text.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/standardizer.hpp>
#include <twolayer/files/tensors/json.hpp>
#include <twolayer/files/tensors/network_file.hpp>
#include <twolayer/files/tensors/tensor_file.hpp>
#include <twolayer/model/input_columns.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/policies/shape.hpp>

#include <array>
#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace twolayer {

/// A network that a file can hold: of float or double, with an output that has a name.
template <typename Net>
concept SavedNetwork = Network<Net> && std::floating_point<typename Net::Scalar> &&
                       detail::TensorNumber<typename Net::Scalar> && requires {
                           { Net::Output::name } -> std::convertible_to<std::string_view>;
                       };

namespace detail {

template <typename T>
struct NetworkOf {
    using Type = T;
    static constexpr bool is_model = false;
};

template <typename Net, typename Label>
struct NetworkOf<Model<Net, Label>> {
    using Type = Net;
    static constexpr bool is_model = true;
};

template <typename T>
concept Saved = SavedNetwork<typename NetworkOf<T>::Type>;

/// Adds a matrix row by row, or a vector. Throws std::invalid_argument for an entry that is not
/// finite.
template <typename Derived>
void add_tensor(TensorFile& file, std::string_view name, const std::vector<Index>& shape,
                const Eigen::DenseBase<Derived>& A) {
    using Scalar = typename Derived::Scalar;
    check_finite<Scalar>(name, A);
    file.add<Scalar>(std::string(name), shape, A.template reshaped<Eigen::RowMajor>());
}

template <typename Scalar>
void add_scaling(TensorFile& file, const ScalingNames& names, const Standardizer<Scalar>& scaling) {
    add_tensor(file, names[0], {scaling.columns()}, scaling.mean());
    add_tensor(file, names[1], {scaling.columns()}, scaling.deviation());
}

template <SavedNetwork Net>
void add_network(TensorFile& file, const Net& net) {
    const auto& [D, M, K, biases] = net.shape();
    add_tensor(file, "W1", {D, M}, net.weights().W1());
    add_tensor(file, "W2", {M, K}, net.weights().W2());
    if (biases) {
        add_tensor(file, "b1", {M}, net.weights().b1());
        add_tensor(file, "b2", {K}, net.weights().b2());
    }
    file.metadata.emplace(metadata::output, Net::Output::name);
}

template <SavedNetwork Net, typename Label>
void add_network(TensorFile& file, const Model<Net, Label>& model) {
    add_network(file, model.net);
    add_scaling(file, input_scaling, model.inputs);
    add_scaling(file, target_scaling, model.targets);
    check_class_names(model.class_names, model.net.shape().outputs);
    if (!model.class_names.empty())
        file.metadata.emplace(metadata::class_names, to_json(label_texts(model.class_names)));
    if (!model.columns)
        return;
    check_width(*model.columns, model.net.shape().inputs);
    std::string lists;
    for (const InputColumn& column : model.columns->columns()) {
        TextList texts{column.name};
        texts.insert(texts.end(), column.categories.begin(), column.categories.end());
        lists += lists.empty() ? '[' : ',';
        lists += to_json(texts);
    }
    file.metadata.emplace(metadata::columns, lists + "]");
}

/// Reads a tensor as a matrix of rows x cols. Doubles are rounded if Scalar is float. Throws
/// std::invalid_argument for a number that is then not finite.
template <typename Scalar>
Matrix<Scalar> read_tensor(const TensorFile& file, std::string_view name, Index rows, Index cols) {
    const Tensor& tensor = file.tensor(name);
    Matrix<Scalar> A(rows, cols);
    for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < cols; ++j)
            A(i, j) = tensor.type == TensorType::f32 ? Scalar(tensor.at<float>(i * cols + j))
                                                     : Scalar(tensor.at<double>(i * cols + j));
    check_finite<Scalar>(name, A);
    return A;
}

template <typename Scalar>
Standardizer<Scalar> read_scaling(const TensorFile& file, const ScalingNames& names,
                                  Index columns) {
    return {read_tensor<Scalar>(file, names[0], 1, columns),
            read_tensor<Scalar>(file, names[1], 1, columns)};
}

template <SavedNetwork Net>
Net read_network(const TensorFile& file, const Shape& shape) {
    using Scalar = typename Net::Scalar;
    const auto& [D, M, K, biases] = shape;
    Net net(shape);
    net.weights().W1() = read_tensor<Scalar>(file, "W1", D, M);
    net.weights().W2() = read_tensor<Scalar>(file, "W2", M, K);
    if (biases) {
        net.weights().b1() = read_tensor<Scalar>(file, "b1", 1, M);
        net.weights().b2() = read_tensor<Scalar>(file, "b2", 1, K);
    }
    return net;
}

}  // namespace detail

}  // namespace twolayer
