// SPDX-License-Identifier: MIT
// What functions of a network ask of its type, and the types of their parameters.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/policies/shape.hpp>

#include <concepts>

namespace twolayer {

/// A two-layer network of any kind of shape: a TwoLayerNet.
template <typename T>
concept Network = requires(const T& net) {
    typename T::Scalar;
    typename T::Output;
    { net.shape() } -> std::convertible_to<Shape>;
    { net.weights() } -> std::convertible_to<const typename T::Weights&>;
};

/// A loss for the network's output, of which the gradient is known; Curved: the Hessian as well.
template <typename Loss, typename Net>
concept LossOf = LossFor<Loss, typename Net::Output, typename Net::Scalar>;
template <typename Loss, typename Net>
concept CurvedLossOf = CurvedLossFor<Loss, typename Net::Output, typename Net::Scalar>;

template <typename Net>
using ScalarOf = typename Net::Scalar;

/// All weights of the network, or a gradient, or a direction.
template <typename Net>
using WeightsOf = typename Net::Weights;

/// A read-only parameter: any Eigen matrix or expression, not copied if it lies in memory.
template <typename Net>
using MatrixFor = const MatrixArg<typename Net::Scalar>&;

/// A read-only parameter: any Eigen vector, std::vector or span; empty if left out.
template <typename Net>
using VectorFor = const VectorArg<typename Net::Scalar>&;

template <typename Net>
using SamplesOf = Samples<typename Net::Scalar>;

/// A sum over samples, such as their total weight.
template <typename Net>
using SumOf = Accumulator<typename Net::Scalar>;

}  // namespace twolayer
