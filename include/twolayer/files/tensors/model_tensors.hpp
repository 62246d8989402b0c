// SPDX-License-Identifier: MIT
// The tensors of a network or model: their names, shapes and values, the same for every format.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/standardizer.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/shape.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer {

/// A network that a file can hold: of float or double, with an output that has a name. For other
/// scalar types, write net.cast<double>().
template <typename Net>
concept SavedNetwork = Network<Net> && requires {
    { Net::Output::name } -> std::convertible_to<std::string_view>;
} && (std::same_as<typename Net::Scalar, float> || std::same_as<typename Net::Scalar, double>);

namespace detail {

/// The model to write: of a bare network, or with labels as texts.
template <Network Net>
Model<Net> as_model(const Net& net) {
    return {.net = net};
}
template <Network Net>
const Model<Net>& as_model(const Model<Net>& model) {
    return model;
}
template <Network Net, typename Label>
Model<Net> as_model(const Model<Net, Label>& model) {
    return with_labels(model, label_texts(model.class_names));
}

/// The network itself, or that of a model.
template <typename T>
using NetOf = decltype(as_model(std::declval<const T&>()).net);

template <typename T>
inline constexpr bool is_model = !std::same_as<T, NetOf<T>>;

}  // namespace detail

/// A network that a file can hold, or a model of one.
template <typename T>
concept NetworkOrModel = SavedNetwork<detail::NetOf<T>>;

namespace detail {

/// The name of a tensor, and the letters of its dimensions.
struct TensorName {
    std::string_view name, letters;

    /// The dimensions in a network of this shape.
    std::vector<Index> dimensions(const Shape& shape) const {
        std::vector<Index> result;
        for (const char letter : letters)
            result.push_back(letter == 'D'   ? shape.inputs
                             : letter == 'M' ? shape.hidden
                                             : shape.outputs);
        return result;
    }

    /// The name as an identifier, as ONNX and C require: input_mean for inputs.mean.
    std::string identifier() const {
        std::string text(name);
        if (const auto end = text.find("s."); end != std::string::npos)
            text.replace(end, 2, "_");
        return text;
    }
};

/// Which tensors a model has, besides W1 and W2.
struct TensorChoice {
    bool biases, inputs, targets, ranges = false;
};

/// Calls visit(name, values) for each tensor; values(model) is a view of it, as a matrix.
template <typename Visit>
void for_each_tensor(const TensorChoice& has, Visit visit) {
    const auto view = [](auto&& A) { return MatrixView(A); };
    if (has.inputs) {
        visit(TensorName{"inputs.mean", "D"}, [=](auto& m) { return view(m.inputs.mean()); });
        visit(TensorName{"inputs.deviation", "D"},
              [=](auto& m) { return view(m.inputs.deviation()); });
    }
    if (has.ranges) {
        visit(TensorName{"inputs.lowest", "D"}, [=](auto& m) { return view(m.lowest); });
        visit(TensorName{"inputs.highest", "D"}, [=](auto& m) { return view(m.highest); });
    }
    visit(TensorName{"W1", "DM"}, [=](auto& m) { return view(m.net.weights().W1()); });
    visit(TensorName{"W2", "MK"}, [=](auto& m) { return view(m.net.weights().W2()); });
    if (has.biases) {
        visit(TensorName{"b1", "M"}, [=](auto& m) { return view(m.net.weights().b1()); });
        visit(TensorName{"b2", "K"}, [=](auto& m) { return view(m.net.weights().b2()); });
    }
    if (has.targets) {
        visit(TensorName{"targets.mean", "K"}, [=](auto& m) { return view(m.targets.mean()); });
        visit(TensorName{"targets.deviation", "K"},
              [=](auto& m) { return view(m.targets.deviation()); });
    }
}

/// Whether a scaling changes anything.
template <typename Scalar>
bool changes(const Standardizer<Scalar>& scaling) {
    return !scaling.mean().isZero(0) || !scaling.deviation().isOnes(0);
}

/// Calls visit(name, view) for each tensor that affects a prediction.
template <typename Net, typename Visit>
void for_each_effective_tensor(const Model<Net>& model, Visit visit) {
    for_each_tensor({model.net.shape().biases, changes(model.inputs), changes(model.targets)},
                    [&](const TensorName& name, auto values) { visit(name, values(model)); });
}

/// Throws std::invalid_argument for columns that make a different number of inputs.
inline void check_width(const InputColumns& columns, Index inputs) {
    if (columns.width() != inputs)
        fail("the columns make ", columns.width(), " inputs, the network has ", inputs);
}

/// Throws std::invalid_argument if the parts of a model do not match, or if one of their numbers is
/// not finite.
template <typename Net>
void check_model(const Model<Net>& model) {
    const Shape& shape = model.net.shape();
    const auto check_count = [](std::string_view what, Index count, Index expected) {
        if (count != expected)
            fail("the model has ", count, " ", what, ", its network has ", expected);
    };
    check_count("scaled inputs", model.inputs.columns(), shape.inputs);
    check_count("scaled outputs", model.targets.columns(), shape.outputs);
    if (model.columns)
        check_width(*model.columns, shape.inputs);
    check_class_names(model.class_names, shape.outputs);
    const bool ranges = model.lowest.size() > 0 || model.highest.size() > 0;
    if (ranges) {
        check_count("inputs with a lowest value", model.lowest.size(), shape.inputs);
        check_count("inputs with a highest value", model.highest.size(), shape.inputs);
    }
    for_each_tensor({shape.biases, true, true, ranges}, [&](const TensorName& tensor, auto values) {
        check_finite<typename Net::Scalar>(tensor.name, values(model));
    });
}

/// The same; does not compile for an output that is not one of the library's.
template <typename Net>
void check_exportable(const Model<Net>& model) {
    using Output = typename Net::Output;
    static_assert(std::same_as<Output, Sigmoid> || std::same_as<Output, Softmax> ||
                      std::same_as<Output, Identity>,
                  "only networks with the output Sigmoid, Softmax or Identity are exported");
    check_model(model);
}

}  // namespace detail

}  // namespace twolayer
