// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/forward.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/core/samples.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/workspace.hpp>

#include <algorithm>
#include <type_traits>

namespace twolayer::detail {

/// A sum over samples, tile by tile: of a number (or a few of them, whatever has +) and, where
/// there is one, of a vector of weight space.
///
/// The tiles are split in halves down to at most 2^levels parts, each summed in order: the order
/// depends on their number alone, and a sum of very many keeps its digits.
template <Network Net, typename AddTile>
class TileSum {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;
    using Sum = std::invoke_result_t<AddTile&, const Tile<Scalar>&, Weights*>;

public:
    /// `add(tile, vector)`, called for each tile after its forward pass, adds to the vector (none
    /// if null) and gives its part of the number.
    TileSum(const Net& net, const Samples<Scalar>& samples, Workspace<Net>& workspace, AddTile add)
        : net_(net), samples_(samples), workspace_(workspace), add_(add) {}

    /// The number; the vector is set to the sum unless it is null.
    Sum operator()(Weights* vector) {
        const Index rows = workspace_.tile_rows();
        if (vector != nullptr)
            vector->theta().setZero();
        return sum(0, (samples_.count() + rows - 1) / rows, 0, vector);
    }

private:
    Sum sum(Index first, Index count, int level, Weights* vector) {
        if constexpr (Workspace<Net>::levels > 0)
            if (level < Workspace<Net>::levels && count > 1)
                return sum_of_halves(first, count, level, vector);
        Sum part = tile_sum(first, vector);
        for (Index t = first + 1; t < first + count; ++t) part = part + tile_sum(t, vector);
        return part;
    }

    Sum sum_of_halves(Index first, Index count, int level, Weights* vector) {
        const Index half = count / 2;
        const Sum left = sum(first, half, level + 1, vector);
        if (vector == nullptr)
            return left + sum(first + half, count - half, level + 1, nullptr);
        Weights& other = workspace_.partial(level);
        other.theta().setZero();
        const Sum right = sum(first + half, count - half, level + 1, &other);
        vector->theta() += other.theta();
        return left + right;
    }

    Sum tile_sum(Index t, Weights* vector) {
        const Index first = t * workspace_.tile_rows();
        const Index last = std::min(samples_.count(), first + workspace_.tile_rows());
        const Tile<Scalar> tile = load_tile(samples_, first, last, workspace_);
        forward<typename Net::Output>(net_.weights(), tile);
        return add_(tile, vector);
    }

    const Net& net_;
    const Samples<Scalar>& samples_;
    Workspace<Net>& workspace_;
    AddTile add_;
};

}  // namespace twolayer::detail
