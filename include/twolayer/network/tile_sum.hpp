// SPDX-License-Identifier: MIT
// Sums over samples, tile by tile, with the same bits for any number of threads.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/kernels/parallel.hpp>
#include <twolayer/network/forward.hpp>
#include <twolayer/network/network.hpp>
#include <twolayer/tiles/load_tile.hpp>
#include <twolayer/tiles/packed_weights.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace twolayer::detail {

/// A tile of samples after its forward pass.
template <Network Net>
[[gnu::always_inline]] inline Tile<ScalarOf<Net>> forward_tile(
    const PackedWeights<const ScalarOf<Net>>& weights, const SamplesOf<Net>& samples, Index first,
    Index last, TileMemory<Net>& memory) {
    const auto tile = load_tile(samples, first, last, memory);
    forward<typename Net::Output>(weights, tile);
    return tile;
}

/// The same, compiled once for all sums.
template <Network Net>
[[gnu::noinline]] Tile<ScalarOf<Net>> forward_any_tile(
    const PackedWeights<const ScalarOf<Net>>& weights, const SamplesOf<Net>& samples, Index first,
    Index last, TileMemory<Net>& memory) {
    return forward_tile<Net>(weights, samples, first, last, memory);
}

/// How sum_over_tiles() goes about it.
struct SumOptions {
    int threads = 1;        ///< maximum number
    bool in_place = false;  ///< whether add may get weights and vector in place, for few samples
};

/// Sums a number over the samples, tile by tile, and a vector with one entry per weight unless it
/// is null. Returns the number, which may be of any type that has +.
///
/// `add(weights, tile, sum, thread)`, called for each tile after its forward pass, adds to the
/// vector `sum`, which is empty if there is none, and returns its part of the number. It may be
/// called by several threads at once, for different tiles and sums.
///
/// The tiles are split into a few parts. Each part is summed in order, and the parts are added in
/// pairs. All this depends on the number of tiles alone. So the bits do not depend on the number of
/// threads, and a sum of very many terms keeps its digits.
template <Network Net, typename AddTile>
auto sum_over_tiles(const WeightsOf<Net>& weights, const SamplesOf<Net>& samples,
                    TileMemory<Net>& memory, WeightsOf<Net>* vector, SumOptions options,
                    AddTile add) {
    using Scalar = ScalarOf<Net>;
    constexpr int max_parts = TileMemory<Net>::max_parts;
    const auto packed =
        options.in_place ? memory.load(weights, samples.count()) : memory.load(weights);
    using Sum = decltype(add(packed, Tile<Scalar>{}, PackedWeights<Scalar>{}, 0));
    const Index rows = memory.tile_rows(), tiles = (samples.count() + rows - 1) / rows;
    const Index parts = memory.parts_of(samples.count());
    std::array<Sum, std::size_t(max_parts)> numbers;  // of parts: set below
    kernels::for_each_part(parts, options.threads, [&](Index p, int thread) {
        PackedWeights<Scalar> sum{};
        if (vector != nullptr) {  // few samples are one part
            sum = packed.in_place() ? weights_in_place<Scalar>(*vector) : memory.partial(p);
            std::ranges::fill(sum.entries(), Scalar(0));
        }
        Sum number{};
        for (Index t = p * tiles / parts; t < (p + 1) * tiles / parts; ++t) {
            memory.look(false);  // may throw, to end a training
            const Index first = t * rows, last = (std::min)(samples.count(), first + rows);
            TileMemory<Net>& own = memory.of_thread(thread);
            if constexpr (WeightsOf<Net>::fixed)
                number = number + add(packed, forward_tile<Net>(packed, samples, first, last, own),
                                      sum, thread);
            else
                number =
                    number + add(packed, forward_any_tile<Net>(packed, samples, first, last, own),
                                 sum, thread);
        }
        numbers[std::size_t(p)] = number;
    });
    if constexpr (max_parts > 1)
        for (Index step = 1; step < parts; step *= 2)
            for (Index p = 0; p + step < parts; p += 2 * step) {
                Sum& number = numbers[std::size_t(p)];
                number = number + numbers[std::size_t(p + step)];
                if (vector == nullptr)
                    continue;
                const std::span<Scalar> sum = memory.partial(p).entries();
                const std::span<const Scalar> other = memory.partial(p + step).entries();
                for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += other[i];
            }
    if (vector != nullptr && !packed.in_place())
        unpack(memory.partial(0), *vector);
    return numbers[0];
}

}  // namespace twolayer::detail
