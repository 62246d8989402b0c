// SPDX-License-Identifier: MIT
// The forward pass, tile by tile, and sums over samples after it, with the same bits for any number
// of threads. A tile is some samples, few enough that all their matrices stay in the cache.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/elementwise.hpp>
#include <twolayer/kernels/parallel.hpp>
#include <twolayer/kernels/product.hpp>
#include <twolayer/kernels/vectors.hpp>
#include <twolayer/network/network.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/tiles/load_tile.hpp>
#include <twolayer/tiles/tile.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace twolayer::detail {

/// B = A W + 1 b, the sums of a layer, with packed weights or, for a few samples, in place.
template <Real Scalar>
[[gnu::always_inline]] inline void sum_layer(const MatrixView<Scalar>& B,
                                             const MatrixView<const Scalar>& A,
                                             const MatrixView<const Scalar>& W,
                                             const MatrixView<const Scalar>& b, bool in_place) {
    if constexpr (kernels::Vectorized<Scalar>)
        if (in_place)
            return multiply_few_rows<Scalar>(B, b, A, W);
    kernels::multiply(B, kernels::in_every_row(b), A, W);
}

/// The forward pass over the rows of a tile, from tile.X to tile.Yhat: README, equations (1) to
/// (4).
template <typename Output, Real Scalar>
[[gnu::always_inline]] inline void forward(const PackedWeights<const Scalar>& weights,
                                           const Tile<Scalar>& tile) {
    const auto& [W1, b1, W2, b2, W2_rows] = weights;
    const auto& X = tile.X;
    const auto &H = tile.H, &Z = tile.Z, &O = tile.O;
    const bool in_place = weights.in_place();
    sum_layer<Scalar>(H, X, W1, b1, in_place);  // H = X W1 + 1 b1    (1)
    kernels::sigmoid_all<Scalar>(H.entries(), Z.entries(), tile.one_minus_Z.entries());  // (2)
    sum_layer<Scalar>(O, Z, W2_rows, b2, in_place);           // O = Z W2 + 1 b2    (3)
    apply_output<Output>(O, tile.Yhat, tile.one_minus_Yhat);  // Yhat = output(O)   (4)
}

/// Runs the forward pass over X tile by tile and calls `use(first, tile)` after each tile; `first`
/// is the row of X at which the tile begins. Throws std::invalid_argument if the number of columns
/// of X differs from the number of inputs.
template <Network Net, typename Use>
void forward_tiles(const Net& net, MatrixFor<Net> X, TileMemory<Net>& memory, Use use) {
    check_inputs(net.shape(), X.rows, X.cols);
    const auto weights = memory.load(net.weights(), X.rows);
    for (Index first = 0; first < X.rows; first += memory.tile_rows()) {
        auto tile = memory.tile((std::min)(memory.tile_rows(), X.rows - first));
        tile.X = tile_inputs(X.middle_rows(first, tile.rows), memory);
        forward<typename Net::Output>(weights, tile);
        use(first, tile);
    }
}

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
