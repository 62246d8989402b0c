// SPDX-License-Identifier: MIT
// The forward pass of a single sample.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/elementwise.hpp>
#include <twolayer/kernels/product.hpp>
#include <twolayer/kernels/vectors.hpp>
#include <twolayer/policies/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace twolayer::detail {

/// O += z W2 with z = sigma(x W1 + b1), for one sample x; O may be padded to a multiple of four
/// entries. `shape` is that of the weights; sizes that their type fixes are known at compile time.
template <typename Weights, Real Scalar>
[[gnu::always_inline]] inline void add_outputs(const Weights& weights, const Shape& shape,
                                               const VectorView<const Scalar>& x,
                                               std::span<Scalar> O) {
    const auto& [D, M, K, biases] = shape;
    const Scalar* const W1 = weights.W1().data();
    const Scalar* const b1 = weights.b1().data();
    const Scalar* const W2 = weights.W2().data();
    if constexpr (!kernels::Vectorized<Scalar>) {
        for (Index m = 0; m < M; ++m) {
            Scalar h = biases ? b1[m] : Scalar(0);
            for (Index d = 0; d < D; ++d) h += x(d) * W1[m * D + d];
            const Scalar z = sigmoid(h).value;
            for (Index k = 0; k < K; ++k) O[std::size_t(k)] += z * W2[k * M + m];
        }
    } else {
        // In vectors, along the columns of W1 and W2, several hidden units at a time.
        constexpr Index max_units = 64;
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
}

}  // namespace twolayer::detail
