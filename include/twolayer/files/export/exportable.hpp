// SPDX-License-Identifier: MIT
// Networks and models that can be exported.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/label_text.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/standardizer.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/shape.hpp>

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

namespace twolayer {

namespace detail {

/// Throws std::invalid_argument if the parts of a model do not match, or if one of their numbers is
/// not finite.
template <typename Net>
void check_exportable(const Model<Net>& model) {
    using Scalar = typename Net::Scalar;
    using Output = typename Net::Output;
    static_assert(std::same_as<Scalar, float> || std::same_as<Scalar, double>,
                  "only networks of float and double are exported: use net.cast<double>()");
    static_assert(std::same_as<Output, Sigmoid> || std::same_as<Output, Softmax> ||
                      std::same_as<Output, Identity>,
                  "only networks with the output Sigmoid, Softmax or Identity are exported");
    const auto check_count = [](std::string_view what, Index count, Index wanted) {
        if (count != wanted)
            fail("the model has ", count, " ", what, ", its network has ", wanted);
    };
    const Shape& shape = model.net.shape();
    check_count("scaled inputs", model.inputs.columns(), shape.inputs);
    check_count("scaled outputs", model.targets.columns(), shape.outputs);
    if (model.columns)
        check_count("named inputs", model.columns->width(), shape.inputs);
    check_class_names(model.class_names, shape.outputs);
    check_finite<Scalar>("theta", model.net.weights().theta());
    for (const auto* scaling : {&model.inputs, &model.targets}) {
        check_finite<Scalar>("the mean of a scaling", scaling->mean());
        check_finite<Scalar>("the deviation of a scaling", scaling->deviation());
    }
}

/// Whether a scaling changes anything.
template <typename Scalar>
bool changes(const Standardizer<Scalar>& scaling) {
    return !scaling.mean().isZero(0) || !scaling.deviation().isOnes(0);
}

/// The model to export: of a bare network, or with labels as texts.
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
    return {.net = model.net,
            .inputs = model.inputs,
            .targets = model.targets,
            .columns = model.columns,
            .class_names = label_texts(model.class_names)};
}

template <typename T>
using NetOf = std::remove_cvref_t<decltype(as_model(std::declval<const T&>()).net)>;

}  // namespace detail

/// A network, or a model of one.
template <typename T>
concept NetworkOrModel = requires { typename detail::NetOf<T>; };

}  // namespace twolayer
