// SPDX-License-Identifier: MIT
// The memory of products with the Hessian.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/buffer.hpp>
#include <twolayer/kernels/vectors.hpp>
#include <twolayer/tiles/packed_weights.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace twolayer {

/// Memory for a product with the Hessian, in addition to a gradient's workspace: R{A}, the
/// derivative along the direction, of each matrix A of a tile (see hessian_vector_product.hpp).
/// Products that reuse it allocate nothing.
template <typename Net>
class CurvatureWorkspace {
    using Scalar = typename Net::Scalar;

public:
    /// Throws std::invalid_argument for a shape without units.
    explicit CurvatureWorkspace(const Shape& shape) : CurvatureWorkspace(Workspace<Net>(shape)) {}

    /// For one call on `samples` samples, as Workspace::for_one_call().
    static CurvatureWorkspace for_one_call(const Shape& shape, Index samples) {
        return CurvatureWorkspace(Workspace<Net>::for_one_call(shape, samples));
    }

    /// Lets up to `threads` threads compute products, as Workspace::use_threads().
    void use_threads(int threads) {
        gradient_.use_threads(threads);
        changes_.assign(std::size_t(gradient_.threads()), buffer());
    }

    Workspace<Net>& gradient() & { return gradient_; }

    /// Copies a direction of weight space into the layout that products need.
    detail::PackedWeights<const Scalar> load_direction(const typename Net::Weights& V) & {
        return Direction(V.shape(), direction_.data()).load(V);
    }

    struct Change {
        MatrixView<Scalar> RH;       ///< n x M
        MatrixView<Scalar> RZ;       ///< n x M
        MatrixView<Scalar> RO;       ///< n x K
        MatrixView<Scalar> RYhat;    ///< n x K
        MatrixView<Scalar> Rdelta2;  ///< n x K
        MatrixView<Scalar> Rdelta1;  ///< n x M
    };

    /// Memory for the changes of a tile; each thread has its own.
    Change change(Index rows, int thread) & {
        const Index M = gradient_.shape().hidden, K = gradient_.shape().outputs;
        Scalar* next = changes_[std::size_t(thread)].data();
        const auto take = [&](Index columns) {
            const MatrixView<Scalar> view(next, rows, columns, columns, 1);
            next += gradient_.tile_rows() * columns;
            return view;
        };
        return {take(M), take(M), take(K), take(K), take(K), take(M)};
    }

private:
    using Direction = detail::PackedWeightBuffer<typename Net::Weights, true>;

    explicit CurvatureWorkspace(Workspace<Net>&& gradient)
        : gradient_(std::move(gradient)),
          direction_(Direction::size(gradient_.shape()) + kernels::read_beyond),
          changes_(1, buffer()) {}

    detail::Buffer<Scalar, Dynamic> buffer() const {
        const Shape& shape = gradient_.shape();
        return detail::Buffer<Scalar, Dynamic>(
            gradient_.tile_rows() * (3 * shape.hidden + 3 * shape.outputs) + kernels::read_beyond);
    }

    Workspace<Net> gradient_;
    detail::Buffer<Scalar, Dynamic> direction_;
    std::vector<detail::Buffer<Scalar, Dynamic>> changes_;
};

}  // namespace twolayer
