// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/buffer.hpp>
#include <twolayer/core/kernels/parallel.hpp>
#include <twolayer/core/kernels/vectors.hpp>
#include <twolayer/core/shape.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>
#include <twolayer/core/watch.hpp>
#include <twolayer/core/weight_rows.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

namespace twolayer {

/// Some samples and all that the derivation makes of them, each matrix kept row by row.
template <Real Scalar>
struct Tile {
    Index rows;                         ///< n, at most the rows the workspace was made for
    MatrixView<const Scalar> X;         ///< n x D
    MatrixView<const Scalar> Y;         ///< n x K
    MatrixView<Scalar> sample_weights;  ///< n x 1
    bool weighted = true;               ///< otherwise the sample weights are all one
    MatrixView<Scalar> H;               ///< n x M   H = X W1 + 1 b1
    MatrixView<Scalar> Z;               ///< n x M   Z = sigma(H)
    MatrixView<Scalar> one_minus_Z;     ///< n x M
    MatrixView<Scalar> O;               ///< n x K   O = Z W2 + 1 b2
    MatrixView<Scalar> Yhat;            ///< n x K   Yhat = output(O)
    MatrixView<Scalar> one_minus_Yhat;  ///< n x K
    MatrixView<Scalar> delta2;          ///< n x K   delta2 = dL/dO
    MatrixView<Scalar> delta1;          ///< n x M   delta1 = dL/dH

    /// The numbers that one sample takes up.
    static constexpr Index row_size(Index D, Index M, Index K) { return D + 4 * M + 5 * K + 1; }
};

namespace detail {

/// Rows of a tile: so many that it takes `bytes`, within limits.
template <Real Scalar>
constexpr Index tile_rows(Index row_size, Index bytes, Index least, Index most) {
    return std::clamp(bytes / (row_size * Index(sizeof(Scalar))) / 8 * 8, least, most);
}

}  // namespace detail

/// Everything that a prediction or a gradient writes on the way, to be kept between calls: with a
/// kept workspace they allocate nothing. For one call at a time; nothing is carried from one to the
/// next. A network of fixed shape has a workspace without heap.
template <typename Net>
class Workspace {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;

    /// Of a fixed shape; otherwise one of the sizes may be Dynamic, and these mean nothing.
    static constexpr Index fixed_row_size =
        Tile<Scalar>::row_size(Net::inputs, Net::hidden, Net::outputs);
    static constexpr Index fixed_bytes = heapless ? 1024 : 16 * 1024;
    static constexpr Index fixed_rows =
        Weights::fixed ? detail::tile_rows<Scalar>(fixed_row_size, fixed_bytes, 8, 128) : 0;

public:
    using PartialSum = detail::WeightRowBuffer<Weights, false>;

    /// At most so many partial gradients are summed and then added; a fixed network has them inside
    /// the object.
    static constexpr int most_parts = heapless ? 1 : Weights::fixed ? 4 : 16;

    /// Throws std::invalid_argument for a shape without units.
    explicit Workspace(const Shape& shape) : Workspace(shape, default_rows(shape)) {}

    /// A tile of `tile_rows` rows instead of the number that suits the shape: fewer to save memory.
    Workspace(const Shape& shape, Index tile_rows)
        : Workspace(Weights::checked(shape), checked(tile_rows), OneCall{}) {
        for (int p = 0; p < most_parts; ++p) partial(p);
    }

    /// For one call on this many samples: no larger than that needs. The tiles, and so the bits of
    /// the result, are the same.
    static Workspace for_one_call(const Shape& shape, Index samples) {
        return Workspace(shape, std::clamp<Index>(samples, 1, default_rows(shape)), OneCall{});
    }

    Shape shape() const { return Weights::known(shape_); }
    Index tile_rows() const { return tile_rows_; }

    /// Throws std::invalid_argument where the workspace was made for another shape.
    void check_shape(const Shape& wanted) const {
        detail::check_same("workspace", shape(), wanted);
    }

    /// Room for the X of a tile of `rows` samples, to be kept row by row or column by column.
    MatrixView<Scalar> inputs(Index rows, bool columns = false) & {
        const Index D = shape().inputs;
        return {tile_.data(), rows, D, columns ? 1 : D, columns ? tile_rows_ : 1};
    }

    /// Room for the Y of a tile of `rows` samples.
    MatrixView<Scalar> targets(Index rows) & {
        const Index K = shape().outputs;
        return {tile_.data() + tile_rows_ * shape().inputs, rows, K, K, 1};
    }

    /// Room for the numbers of a tile's rows.
    std::span<Index> rows() & { return {rows_.data(), std::size_t(tile_rows_)}; }

    /// The tile for `rows` samples, without X and Y, its contents as the last call left them.
    Tile<Scalar> tile(Index rows) & {
        const auto [D, M, K, biases] = shape();
        Scalar* next = tile_.data() + tile_rows_ * (D + K);
        const auto take = [&](Index columns) {
            const MatrixView<Scalar> view(next, rows, columns, columns, 1);
            next += tile_rows_ * columns;
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

    /// Takes over the weights of a network, in the order that the products want.
    detail::WeightRows<const Scalar> load(const Weights& weights) & { return net_.load(weights); }

    /// The sum over a part of the tiles.
    PartialSum& partial(Index part) & {
        auto& partial = partial_[std::size_t(part)];
        return partial ? *partial : partial.emplace(shape_);
    }

    /// Where OpenMP is there, lets gradients and losses be computed by up to so many threads, with
    /// the same bits as by one. Each but the first gets a workspace on the heap, whatever the
    /// shape. Throws std::invalid_argument for less than one.
    void use_threads(int threads) requires(!heapless) {
        kernels::check_threads(threads);
        const auto others = std::size_t(std::min(threads, most_parts) - 1);
        others_.clear();
        others_.reserve(others);
        while (others_.size() < others) others_.push_back(Workspace(shape_, tile_rows_, OneCall{}));
    }

    /// The threads that may be at work, which are no more than there are parts.
    int threads() const { return int(others_.size()) + 1; }

    /// The workspace whose tile a thread may write.
    Workspace& of_thread(int thread) & {
        return thread == 0 ? *this : others_[std::size_t(thread - 1)];
    }

    /// Has each sum call `watch->look()` before each tile; null for none. The watch must outlive
    /// the sums.
    void set_watch(const detail::Watch* watch) { watch_ = watch; }
    const detail::Watch* watch() const { return watch_; }

    /// Between parts of long work.
    void look() const {
        if (watch_ != nullptr)
            watch_->look();
    }

private:
    struct OneCall {};

    Workspace(const Shape& shape, Index tile_rows, OneCall)
        : shape_(Weights::checked(shape)),
          tile_rows_(tile_rows),
          tile_(tile_rows * Tile<Scalar>::row_size(shape.inputs, shape.hidden, shape.outputs) +
                kernels::read_beyond),
          rows_(tile_rows),
          net_(shape_) {}

    /// A function of the shape alone, since the order of summation, and with it the bits of the
    /// result, follows from it.
    static Index default_rows(const Shape& shape) {
        if constexpr (Weights::fixed)
            return fixed_rows;
        // Many weights are read and added to seldom enough only by a larger tile.
        constexpr Index many = 32 * 1024;
        return Weights::checked(shape).size() < many ? 128 : 192;
    }

    static Index checked(Index tile_rows) {
        if (tile_rows < 1 || (Weights::fixed && tile_rows > fixed_rows))
            fail("a tile of ", tile_rows, " rows does not fit, at least 1 and at most ",
                 Weights::fixed ? fixed_rows : std::numeric_limits<Index>::max(), " do");
        return tile_rows;
    }

    static constexpr Index capacity =
        detail::with_slack(Weights::fixed ? fixed_rows * fixed_row_size : Index(Dynamic));

    Shape shape_;
    Index tile_rows_;
    detail::Buffer<Scalar, capacity> tile_;
    detail::Buffer<Index, Weights::fixed ? fixed_rows : Index(Dynamic)> rows_;
    detail::WeightRowBuffer<Weights, true> net_;
    std::array<std::optional<PartialSum>, std::size_t(most_parts)> partial_;
    std::conditional_t<heapless, std::span<Workspace>, std::vector<Workspace>> others_;
    const detail::Watch* watch_ = nullptr;
};

}  // namespace twolayer
