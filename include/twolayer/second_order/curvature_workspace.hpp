// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/buffer.hpp>
#include <twolayer/core/gradient.hpp>
#include <twolayer/core/kernels/product.hpp>
#include <twolayer/core/tile_sum.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/workspace.hpp>

namespace twolayer {

/// What a product with the Hessian writes on the way, beside a gradient's workspace: the change
/// R{...} of each matrix of the tile along the direction. With a kept one, products allocate
/// nothing.
template <typename Net>
class CurvatureWorkspace {
    using Scalar = typename Net::Scalar;

public:
    /// Throws std::invalid_argument for a shape without units.
    explicit CurvatureWorkspace(const Shape& shape)
        : gradient_(shape),
          change_(gradient_.tile_rows() * (3 * shape.hidden + 3 * shape.outputs)) {}

    Workspace<Net>& gradient() { return gradient_; }

    struct Change {
        MatrixView<Scalar> RH;       ///< n x M
        MatrixView<Scalar> RZ;       ///< n x M
        MatrixView<Scalar> RO;       ///< n x K
        MatrixView<Scalar> RYhat;    ///< n x K
        MatrixView<Scalar> Rdelta2;  ///< n x K
        MatrixView<Scalar> Rdelta1;  ///< n x M
    };

    Change change(Index rows) {
        const Index M = gradient_.shape().hidden, K = gradient_.shape().outputs;
        Scalar* next = change_.data();
        const auto take = [&](Index columns) {
            const MatrixView<Scalar> view(next, rows, columns, columns, 1);
            next += gradient_.tile_rows() * columns;
            return view;
        };
        return {take(M), take(M), take(K), take(K), take(K), take(M)};
    }

private:
    Workspace<Net> gradient_;
    detail::Buffer<Scalar, Dynamic> change_;
};

}  // namespace twolayer
