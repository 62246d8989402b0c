// SPDX-License-Identifier: MIT
// The memory of a prediction or a gradient: tiles of samples, packed weights, partial sums.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/buffer.hpp>
#include <twolayer/kernels/parallel.hpp>
#include <twolayer/kernels/product.hpp>
#include <twolayer/kernels/vectors.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/tiles/tile.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

namespace twolayer {

namespace detail {

/// Called before each tile of a sum, by the thread that computes the tile, and before each slow
/// part of other work. It may throw to end the work.
class Watch {
public:
    virtual void look(bool slow) const = 0;

protected:
    ~Watch() = default;
};

/// The memory of a workspace, and what shares it out: tiles, packed weights, partial sums.
template <typename Net>
class TileMemory {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;
    using Layout = TileLayout<Scalar>;

public:
    /// The maximum number of partial gradients, which are summed and then added.
    static constexpr int max_parts = heapless ? 1 : Weights::fixed ? 4 : 16;

    explicit TileMemory(const Shape& shape)
        : TileMemory(shape, Layout::default_rows(Weights::checked(shape))) {}

    /// For this many partial sums. The memory is all zero, or unset with Unset for one call.
    template <typename... Unset>
    TileMemory(const Shape& shape, Index tile_rows, Index parts = max_parts, Unset... unset)
        : layout_{Weights::checked(shape), checked(shape, tile_rows), parts},
          few_(few_of(Weights::known(shape), tile_rows)),
          values_(layout_.size, unset...),
          rows_(sizeof...(Unset) > 0 ? 0 : tile_rows) {
        const auto clear_slack = [this](Index end) {
            std::fill_n(values_.data() + end - kernels::read_beyond, kernels::read_beyond,
                        Scalar(0));
        };
        clear_slack(layout_.net_begin);
        for (Index end = layout_.partial_begin; end <= layout_.size; end += layout_.partial_size)
            clear_slack(end);
    }

    /// For one call on this many samples: no larger than needed, and in memory that the thread
    /// keeps for its next call. The tiles, and so the bits of the result, are those of every
    /// workspace.
    static TileMemory for_one_call(const Shape& shape, Index samples) {
        const Index rows =
            std::clamp<Index>(samples, 1, Layout::default_rows(Weights::checked(shape)));
        return TileMemory(shape, rows, parts_of(samples, rows, max_parts), Unset{});
    }

    /// Memory for other values in as many tiles and packed weights, but without partial sums.
    TileMemory without_sums() const
    requires(!heapless)
    {
        TileMemory memory(layout_.shape, tile_rows(), 0, Unset{});
        memory.use_threads(threads());
        return memory;
    }

    /// The number of parts that a sum over `samples` is split into. Each may have a thread.
    Index parts_of(Index samples) const { return parts_of(samples, tile_rows(), layout_.parts); }

    Shape shape() const { return Weights::known(layout_.shape); }
    Index tile_rows() const { return layout_.tile_rows; }

    /// Memory for the X of a tile of `rows` samples, row-major or, with `columns`, column-major.
    MatrixView<Scalar> inputs(Index rows, bool columns = false) & {
        const Index D = shape().inputs;
        return {values_.data(), rows, D, columns ? 1 : D, columns ? tile_rows() : 1};
    }

    /// Memory for the Y of a tile of `rows` samples.
    MatrixView<Scalar> targets(Index rows) & {
        const Index K = shape().outputs;
        return {values_.data() + tile_rows() * shape().inputs, rows, K, K, 1};
    }

    /// Memory for the row numbers of a tile.
    std::span<Index> rows() & {
        if (rows_.size() < tile_rows())
            rows_ = Rows(tile_rows());
        return {rows_.data(), std::size_t(tile_rows())};
    }

    /// The tile for `rows` samples, without X and Y; its contents are those of the last call.
    Tile<Scalar> tile(Index rows) & {
        const auto [D, M, K, biases] = shape();
        Scalar* next = values_.data() + tile_rows() * (D + K);
        const auto take = [&](Index columns) {
            const MatrixView<Scalar> view(next, rows, columns, columns, 1);
            next += tile_rows() * columns;
            return view;
        };
        return {.rows = rows,
                .X = {},
                .Y = {},
                .sample_weights = take(1),
                .H = take(M),
                .Z = take(M),
                .one_minus_Z = take(M),
                .O = take(K),
                .Yhat = take(K),
                .one_minus_Yhat = take(K),
                .delta2 = take(K),
                .delta1 = take(M)};
    }

    /// The weights in the layout that products need: a packed copy, or the weights in place for so
    /// few samples that packing them, and unpacking the gradient, would take longer than the rest.
    PackedWeights<const Scalar> load(const Weights& weights, Index samples = max_entries) & {
        if (samples <= few_)
            return weights_in_place<const Scalar>(weights);
        return pack(weights, values_.data() + layout_.net_begin);
    }

    /// The sum over a part of the tiles, initially unset.
    PackedWeights<Scalar> partial(Index part) & {
        return packed_weights(shape(),
                              values_.data() + layout_.partial_begin + part * layout_.partial_size);
    }

    void use_threads(int threads)
    requires(!heapless)
    {
        kernels::check_threads(threads);
        const auto others = std::size_t((std::min)(threads, max_parts) - 1);
        others_.clear();
        others_.reserve(others);
        while (others_.size() < others)
            others_.push_back(TileMemory(layout_.shape, tile_rows(), 0));
    }

    /// Maximum number of threads that work, which is at most the number of parts.
    int threads() const { return int(others_.size()) + 1; }

    /// The memory whose tile a thread may write.
    TileMemory& of_thread(int thread) & {
        return thread == 0 ? *this : others_[std::size_t(thread - 1)];
    }

    /// Makes each sum call `watch->look(false)` before each tile; null for none. The watch must
    /// outlive the sums.
    void set_watch(const Watch* watch) { watch_ = watch; }
    const Watch* watch() const { return watch_; }

    /// Called before a part of long work. `slow`: the part may take longer than a tile.
    void look(bool slow = true) const {
        if (watch_ != nullptr)
            watch_->look(slow);
    }

private:
    static Index parts_of(Index samples, Index tile_rows, Index most) {
        return std::clamp<Index>((samples + tile_rows - 1) / tile_rows / 4, 1, most);
    }

    static Index checked(const Shape& shape, Index tile_rows) {
        const Index most = inside ? inside_rows : max_entries / Layout::row_size(shape);
        if (tile_rows < 1 || tile_rows > most)
            fail("a tile of ", tile_rows, " rows does not fit, expected 1 to ", most, " rows");
        return tile_rows;
    }

    static constexpr Index few_of(const Shape& shape, Index tile_rows) {
        constexpr Index weights_a_row = 512;
        if (!kernels::Vectorized<Scalar> || shape.inputs == 1)
            return 0;
        return (std::min)({max_few_rows, tile_rows, shape.size() / weights_a_row});
    }

    static constexpr Shape fixed_shape{Net::inputs, Net::hidden, Net::outputs, true};
    static constexpr Index inside_rows = Weights::fixed ? Layout::default_rows(fixed_shape) : 0;
    static constexpr Index inside_size =
        Weights::fixed ? Layout{fixed_shape, inside_rows, max_parts}.size : 0;
    static constexpr bool inside =
        Weights::fixed && (heapless || inside_size * Index(sizeof(Scalar)) <= 100 * 1024);
    using Rows = Buffer<Index, inside ? inside_rows : Index(Dynamic)>;

    Layout layout_;
    Index few_;
    std::conditional_t<inside, Buffer<Scalar, inside_size>, LentBuffer<Scalar>> values_;
    Rows rows_;
    std::conditional_t<heapless, std::span<TileMemory>, std::vector<TileMemory>> others_;
    const Watch* watch_ = nullptr;
};

}  // namespace detail

/// All memory that a prediction or a gradient writes on the way. Calls that reuse a workspace
/// allocate nothing. For one call at a time; nothing is carried from one call to the next.
///
/// A network of fixed shape has its workspace inside the object if that takes at most 100 KiB, and
/// always in a build with EIGEN_NO_MALLOC; a larger one is on the heap. sizeof says which.
template <typename Net>
class Workspace {
public:
    /// Throws std::invalid_argument for a shape without units.
    explicit Workspace(const Shape& shape) : memory_(shape) {}

    /// With tiles of `tile_rows` samples instead of the number that suits the shape: fewer to save
    /// memory. Throws std::invalid_argument for fewer than one row and for more than fit.
    Workspace(const Shape& shape, Index tile_rows) : memory_(shape, tile_rows) {}

    /// With OpenMP, lets up to `threads` threads compute gradients and losses, with the same bits
    /// as one thread. Each but the first gets a workspace on the heap, whatever the shape. Fewer
    /// threads work if the system cannot start as many, and only one in a child that was forked
    /// after threads had worked. Throws std::invalid_argument if `threads` is less than one.
    void use_threads(int threads)
    requires(!heapless)
    {
        memory_.use_threads(threads);
    }

    /// For functions of the library. Throws std::invalid_argument if the workspace was made for a
    /// different shape than the network's.
    detail::TileMemory<Net>& memory(const Shape& network) & {
        detail::check_same("workspace", memory_.shape(), network);
        return memory_;
    }

private:
    detail::TileMemory<Net> memory_;
};

}  // namespace twolayer
