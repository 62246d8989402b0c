// SPDX-License-Identifier: MIT
// The sizes of a network, and checks of the sizes of matrices.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

namespace twolayer {

/// The three widths of a network, and whether its layers have biases.
struct Shape {
    Index inputs;   ///< D
    Index hidden;   ///< M
    Index outputs;  ///< K
    bool biases = true;

    bool operator==(const Shape&) const = default;

    /// P, the number of weights:  D M + M K, plus M + K with biases.
    constexpr Index size() const {
        return (inputs + Index(biases)) * hidden + (hidden + Index(biases)) * outputs;
    }
};

namespace detail {

/// Maximum number of entries of an object: sizes in bytes are then far from overflowing.
inline constexpr Index max_entries = Index(
    std::min<std::intmax_t>((std::numeric_limits<Index>::max)() / 32, std::intmax_t(1) << 40));

/// Returns the shape. Throws std::invalid_argument for a layer without units and for more weights
/// than an Index can count.
inline const Shape& checked(const Shape& shape) {
    const auto& [inputs, hidden, outputs, biases] = shape;
    if (inputs < 1 || hidden < 1 || outputs < 1)
        fail("every layer needs at least one unit, the shape is ", inputs, " - ", hidden, " - ",
             outputs);
    if (inputs >= max_entries || outputs >= max_entries ||
        hidden > max_entries / (inputs + outputs + 2))
        fail("the shape ", inputs, " - ", hidden, " - ", outputs, " has more weights than fit");
    return shape;
}

/// Throws std::invalid_argument if `name`, a workspace or gradient, is made for a shape that
/// differs from the network's.
inline void check_same(std::string_view name, const Shape& made_for, const Shape& network) {
    if (!(made_for == network))
        fail("the ", name, " is for ", made_for.inputs, " - ", made_for.hidden, " - ",
             made_for.outputs, made_for.biases ? " with" : " without", " biases, the network is ",
             network.inputs, " - ", network.hidden, " - ", network.outputs,
             network.biases ? " with" : " without", " biases");
}

/// Throws std::invalid_argument for a negative number of rows or columns and for more entries than
/// an Index can count in bytes.
inline void check_size(std::string_view name, Index rows, Index cols) {
    if (rows < 0 || cols < 0 || rows > max_entries / (cols < 1 ? 1 : cols) || cols > max_entries)
        fail(name, " of ", rows, " x ", cols,
             " was requested, expected sizes of at least 0 that "
             "fit into memory: check the numbers of rows and columns");
}

inline void check_inputs(const Shape& shape, Index rows, Index cols, std::string_view prefix = "") {
    if (cols != shape.inputs)
        fail(prefix, "X is ", rows, " x ", cols, ", the network has ", shape.inputs, " inputs");
}

/// The same for one sample.
inline void check_input(const Shape& shape, Index values) {
    if (values != shape.inputs)
        fail("x has ", values, " values, expected ", shape.inputs, ", the inputs of the network");
}

}  // namespace detail

}  // namespace twolayer
