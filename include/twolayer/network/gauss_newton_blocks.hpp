// SPDX-License-Identifier: MIT
// The Gauss-Newton matrix computed by blocks, from the structure of the Jacobian.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/product.hpp>
#include <twolayer/network/jacobian.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/tiles/tile.hpp>

#include <algorithm>
#include <array>

namespace twolayer::detail {

/// J^T diag(w) J from the structure of J: with x the inputs and z the hidden units of a sample
/// (each followed by a one if there are biases), S and G its slopes, and w its normalized weight
/// w_n / sum w,
///
///     A[W1_dm, W1_ef] = sum_n (w x_d x_e) Q_mf           Q = G^T G        M x M
///     A[W1_dm, W2_fk] = sum_n (w x_d z_f) T_mk           T = G^T S        M x K
///     A[W2_mj, W2_fk] = sum_n (w z_m z_f) C_jk           C = S S          K x K
///
/// so each block is one matrix product over samples, of all pairs by all pairs. x x^T, z z^T, Q and
/// C are symmetric: the pairs of their lower triangles are enough.
template <Real Scalar>
class GaussNewtonBlocks {
    using RowMajor = Eigen::Matrix<Scalar, Dynamic, Dynamic, Eigen::RowMajor>;

    /// A block of A as left^T right, where each factor has a row for each of some samples.
    struct Block {
        Index lefts, rights;  ///< columns of the factors
        RowMajor left = {}, right = {}, sum = {};
    };

public:
    /// Takes no memory before allocate().
    explicit GaussNewtonBlocks(const Shape& shape)
        : shape_(shape),
          blocks_{Block{pairs(inputs()), pairs(shape.hidden)},
                  Block{inputs() * hidden(), shape.hidden * shape.outputs},
                  Block{pairs(hidden()), pairs(shape.outputs)}} {}

    /// The number of multiplications for one sample.
    double operations() const {
        double sum = 0;
        for (const Block& block : blocks_) sum += double(block.lefts) * double(block.rights);
        return sum;
    }

    /// Whether the blocks are cheaper: their multiplications are less than half of those of J^T J,
    /// since computing their factors takes time as well.
    bool pay() const {
        const double P = double(shape_.size());
        return operations() < 0.5 * double(shape_.outputs) * P * P / 2;
    }

    void allocate() {
        Index row_size = 0;
        for (const Block& block : blocks_) row_size += block.lefts + block.rights;
        const Index rows_of_4_MiB = (Index(4) << 20) / (row_size * Index(sizeof(Scalar)));
        max_rows_ = std::clamp<Index>(rows_of_4_MiB / 8 * 8, 16, 256);
        for (auto& [lefts, rights, left, right, sum] : blocks_) {
            resize(left, max_rows_, lefts);
            resize(right, max_rows_, rights);
            resize(sum, lefts, rights);
        }
    }

    void set_zero() {
        rows_ = 0;
        for (Block& block : blocks_) block.sum.setZero();
    }

    /// Adds sample n of a tile, given its slopes. Calls look() between products.
    template <typename Look>
    void add(const Tile<Scalar>& tile, Index n, const OutputSlopes<Scalar>& slopes,
             const Scalar& share, Look look) {
        const Scalar* const z = tile.Z.row(n).data();
        const auto &S = slopes.S, &G = slopes.G;
        const auto x_at = [&](Index d) { return d < slopes.x.size() ? slopes.x(d) : Scalar(1); };
        const auto z_at = [&](Index m) { return m < tile.Z.cols ? z[m] : Scalar(1); };
        auto& [W1_W1, W1_W2, W2_W2] = blocks_;

        Scalar *xx = row(W1_W1.left), *xz = row(W1_W2.left), *zz = row(W2_W2.left);
        for (Index d = 0; d < inputs(); ++d) {
            const Scalar wx = share * x_at(d);
            for (Index e = 0; e <= d; ++e) *xx++ = wx * x_at(e);
            for (Index f = 0; f < hidden(); ++f) *xz++ = wx * z_at(f);
        }
        for (Index m = 0; m < hidden(); ++m) {
            const Scalar wz = share * z_at(m);
            for (Index f = 0; f <= m; ++f) *zz++ = wz * z_at(f);
        }

        Scalar *Q = row(W1_W1.right), *T = row(W1_W2.right), *C = row(W2_W2.right);
        for (Index m = 0; m < G.cols(); ++m) {
            for (Index f = 0; f <= m; ++f) *Q++ = G.col(m).dot(G.col(f));
            for (Index k = 0; k < S.cols(); ++k) *T++ = G.col(m).dot(S.col(k));
        }
        for (Index j = 0; j < S.cols(); ++j)
            for (Index k = 0; k <= j; ++k) *C++ = S.col(j).dot(S.col(k));

        if (++rows_ == max_rows_)
            multiply(look);
    }

    /// Writes the lower triangle of A, P x P, from the samples added.
    template <typename Look>
    void write(Matrix<Scalar>& A, Look look) {
        multiply(look);
        const Index D = shape_.inputs, M = shape_.hidden, K = shape_.outputs;
        // Indices in theta: of W1_dm, or of b1_m for d = D, and of W2_mk, or of b2_k for m = M.
        const auto W1 = [&](Index d, Index m) { return d < D ? m * D + d : D * M + m; };
        const auto W2 = [&](Index m, Index k) {
            return inputs() * M + (m < M ? k * M + m : M * K + k);
        };
        const auto put = [&A](Index i, Index j, const Scalar& value) {
            A((std::max)(i, j), (std::min)(i, j)) = value;
        };
        const auto put_pairs = [&](const RowMajor& sum, Index rows, Index columns, auto index) {
            for (Index d = 0, p = 0; d < rows; ++d)
                for (Index e = 0; e <= d; ++e, ++p)
                    for (Index m = 0, q = 0; m < columns; ++m)
                        for (Index f = 0; f <= m; ++f, ++q) {
                            put(index(d, m), index(e, f), sum(p, q));
                            put(index(d, f), index(e, m), sum(p, q));
                        }
        };
        const auto& [W1_W1, W1_W2, W2_W2] = blocks_;
        put_pairs(W1_W1.sum, inputs(), M, W1);
        for (Index d = 0, p = 0; d < inputs(); ++d)
            for (Index f = 0; f < hidden(); ++f, ++p)
                for (Index m = 0, q = 0; m < M; ++m)
                    for (Index k = 0; k < K; ++k, ++q) put(W1(d, m), W2(f, k), W1_W2.sum(p, q));
        put_pairs(W2_W2.sum, hidden(), K, W2);
    }

private:
    static Index pairs(Index count) { return count * (count + 1) / 2; }

    /// Adds padding rows, because a product may read past the last one.
    static void resize(RowMajor& matrix, Index rows, Index columns) {
        matrix.resize(rows + (kernels::read_beyond + columns - 1) / columns, columns);
    }

    Index inputs() const { return shape_.inputs + Index(shape_.biases); }
    Index hidden() const { return shape_.hidden + Index(shape_.biases); }

    Scalar* row(RowMajor& side) { return side.row(rows_).data(); }

    /// Adds the products over the rows collected so far.
    template <typename Look>
    void multiply(Look look) {
        for (auto& [lefts, rights, left, right, sum] : blocks_) {
            look();
            kernels::add_product(MatrixView(sum).middle_rows(0, lefts),
                                 MatrixView(left).middle_rows(0, rows_).transpose(),
                                 MatrixView(right).middle_rows(0, rows_));
        }
        rows_ = 0;
    }

    Shape shape_;
    std::array<Block, 3> blocks_;  ///< W1 with W1, W1 with W2, W2 with W2
    Index max_rows_ = 0;
    Index rows_ = 0;  ///< collected and not yet multiplied
};

}  // namespace twolayer::detail
