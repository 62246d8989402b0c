// SPDX-License-Identifier: MIT
// The forward pass of a single sample.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/elementwise.hpp>
#include <twolayer/kernels/few_rows.hpp>
#include <twolayer/kernels/vectors.hpp>
#include <twolayer/policies/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace twolayer::detail {

/// add_outputs() in vectors, along the columns of W1 and W2, several hidden units at a time.
template <typename Weights, kernels::Vectorized Scalar>
[[gnu::always_inline]] inline void add_outputs_in_vectors(const Weights& weights,
                                                          const Shape& shape,
                                                          const VectorView<const Scalar>& x,
                                                          std::span<Scalar> O) {
    constexpr Index max_units = 64;
    const auto& [D, M, K, biases] = shape;
    const Scalar* const W1 = weights.W1().data();
    const Scalar* const b1 = weights.b1().data();
    const Scalar* const W2 = weights.W2().data();
    alignas(64) Scalar Z[std::size_t(max_units + kernels::read_beyond)];
    // Four outputs at a time; the last ones get their own place if O has no room for all four.
    const Index fours = Index(O.size()) % 4 == 0 ? K : K / 4 * 4;
    Scalar rest[4];
    std::copy_n(O.data() + fours, K - fours, rest);
    for (Index m = 0; m < M; m += max_units) {
        const Index units = (std::min)(max_units, M - m);
        if (biases)
            std::copy_n(b1 + m, units, Z);
        else
            std::fill_n(Z, units, Scalar(0));
        add_dots(x, D, W1 + m * D, units, Z);
        kernels::sigmoid_in_place(Z, units);
        kernels::add_dots(Z, W2 + m, M, units, fours, O.data());
        kernels::add_dots(Z, W2 + fours * M + m, M, units, K - fours, rest);
    }
    std::copy_n(rest, K - fours, O.data() + fours);
}

/// O += z W2 with z = sigma(x W1 + b1), for one sample x; O may be padded to a multiple of four
/// entries. `shape` is that of the weights; sizes that their type fixes are known at compile time.
template <typename Weights, Real Scalar>
[[gnu::always_inline]] inline void add_outputs(const Weights& weights, const Shape& shape,
                                               const VectorView<const Scalar>& x,
                                               std::span<Scalar> O) {
    // Not an overload with a constraint: compilers before clang 16 would give both one name.
    if constexpr (kernels::Vectorized<Scalar>) {
        add_outputs_in_vectors(weights, shape, x, O);
    } else {
        const auto W1 = weights.W1();
        const auto b1 = weights.b1();
        const auto W2 = weights.W2();
        for (Index m = 0; m < shape.hidden; ++m) {
            Scalar h = shape.biases ? b1(m) : Scalar(0);
            for (Index d = 0; d < shape.inputs; ++d) h += x(d) * W1(d, m);
            const Scalar z = sigmoid(h).value;
            for (Index k = 0; k < shape.outputs; ++k) O[std::size_t(k)] += z * W2(m, k);
        }
    }
}

}  // namespace twolayer::detail
