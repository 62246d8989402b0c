// SPDX-License-Identifier: MIT
// Sums over samples, tile by tile, with the same bits for any number of threads.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/kernels/parallel.hpp>
#include <twolayer/network/forward.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/tiles/load_tile.hpp>
#include <twolayer/tiles/packed_weights.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace twolayer::detail {

/// Calls add(arguments..., thread) if add takes that, else add(arguments...).
template <typename Add, typename... Arguments>
[[gnu::always_inline]] inline auto add_in_thread(int thread, Add& add,
                                                 const Arguments&... arguments) {
    if constexpr (std::is_invocable_v<Add&, const Arguments&..., int>)
        return add(arguments..., thread);
    else
        return add(arguments...);
}

/// A tile of samples after its forward pass.
template <Network Net, Real Scalar>
[[gnu::always_inline]] inline Tile<Scalar> forward_tile(const PackedWeights<const Scalar>& weights,
                                                        const Samples<Scalar>& samples, Index first,
                                                        Index last, Workspace<Net>& workspace) {
    const Tile<Scalar> tile = load_tile(samples, first, last, workspace);
    forward<typename Net::Output>(weights, tile);
    return tile;
}

/// The same, compiled once for all sums.
template <Network Net, Real Scalar>
[[gnu::noinline]] Tile<Scalar> forward_any_tile(const PackedWeights<const Scalar>& weights,
                                                const Samples<Scalar>& samples, Index first,
                                                Index last, Workspace<Net>& workspace) {
    return forward_tile<Net>(weights, samples, first, last, workspace);
}

/// Sums a number over the samples, tile by tile, and optionally a vector with one entry per weight.
/// The number may be of any type that has +.
///
/// The tiles are split into a few parts. Each part is summed in order, and the parts are added in
/// pairs. All this depends on the number of tiles alone. So the bits do not depend on the number of
/// threads, and a sum of very many terms keeps its digits.
template <Network Net, typename AddTile>
class TileSum {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;
    using Rows = PackedWeights<const Scalar>;
    using Sum = decltype(add_in_thread(0, std::declval<AddTile&>(), std::declval<const Rows&>(),
                                       std::declval<const Tile<Scalar>&>(),
                                       std::declval<const PackedWeights<Scalar>&>()));

public:
    /// `add(weights, tile, sum)`, called for each tile after its forward pass, adds to the vector
    /// `sum`, which is empty if there is none, and returns its part of the number. It may be called
    /// by several threads at once, for different tiles and sums, and gets the number of its thread
    /// as a fourth argument if it takes one.
    ///
    /// If `in_theta` is true and the samples are few, add gets the weights and the vector as they
    /// lie in theta, without packing.
    TileSum(const Weights& weights, const Samples<Scalar>& samples, Workspace<Net>& workspace,
            AddTile add, int threads = 1, bool in_theta = false)
        : samples_(samples),
          workspace_(workspace),
          add_(add),
          threads_(threads),
          weights_(in_theta && workspace.few(samples.count()) ? rows_in_theta<const Scalar>(weights)
                                                              : workspace.load(weights)) {}

    /// Returns the number; sets the vector to the sum unless it is null.
    Sum operator()(Weights* vector) {
        const Index rows = workspace_.tile_rows(), tiles = (samples_.count() + rows - 1) / rows;
        const Index parts = workspace_.parts_of(samples_.count());
        if (vector != nullptr)
            set_zero(*vector, parts);
        std::array<Sum, std::size_t(Workspace<Net>::max_parts)> numbers;  // of parts: set below
        kernels::for_each_part(parts, threads_, [&](Index p, int thread) {
            const auto sum = vector == nullptr ? PackedWeights<Scalar>{} : rows_of_part(p, *vector);
            Sum number{};
            for (Index t = p * tiles / parts; t < (p + 1) * tiles / parts; ++t)
                number = number + tile_sum(t, thread, sum);
            numbers[std::size_t(p)] = number;
        });
        if constexpr (Workspace<Net>::max_parts > 1)
            for (Index step = 1; step < parts; step *= 2)
                for (Index p = 0; p + step < parts; p += 2 * step) {
                    Sum& number = numbers[std::size_t(p)];
                    number = number + numbers[std::size_t(p + step)];
                    if (vector != nullptr)
                        workspace_.partial(p).add(workspace_.partial(p + step));
                }
        if (vector != nullptr && !weights_.in_theta())
            workspace_.partial(0).store(*vector);
        return numbers[0];
    }

private:
    /// Where a part is summed: for few samples, in the vector itself.
    PackedWeights<Scalar> rows_of_part(Index part, Weights& vector) {
        return weights_.in_theta() ? rows_in_theta<Scalar>(vector)
                                   : workspace_.partial(part).rows();
    }

    void set_zero(Weights& vector, Index parts) {
        if (weights_.in_theta())
            vector.theta().setZero();
        else
            for (Index p = 0; p < parts; ++p) workspace_.partial(p).set_zero();
    }

    [[gnu::always_inline]] Sum tile_sum(Index t, int thread, const PackedWeights<Scalar>& vector) {
        workspace_.look(false);
        Workspace<Net>& workspace = workspace_.of_thread(thread);
        const Index first = t * workspace.tile_rows();
        const Index last = (std::min)(samples_.count(), first + workspace.tile_rows());
        const Tile<Scalar> tile = after_forward(first, last, workspace);
        return add_in_thread(thread, add_, weights_, tile, vector);
    }

    [[gnu::always_inline]] Tile<Scalar> after_forward(Index first, Index last,
                                                      Workspace<Net>& workspace) {
        if constexpr (Weights::fixed)
            return forward_tile<Net>(weights_, samples_, first, last, workspace);
        else
            return forward_any_tile<Net>(weights_, samples_, first, last, workspace);
    }

    const Samples<Scalar>& samples_;
    Workspace<Net>& workspace_;
    AddTile add_;
    int threads_;
    Rows weights_;
};

}  // namespace twolayer::detail
