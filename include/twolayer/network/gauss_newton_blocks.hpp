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

public:
    /// Takes no memory if it is not used.
    GaussNewtonBlocks(const Shape& shape, bool used)
        : shape_(shape),
          x_pairs_(pairs(inputs())),
          z_pairs_(pairs(hidden())),
          Q_pairs_(pairs(shape.hidden)),
          C_pairs_(pairs(shape.outputs)) {
        if (!used)
            return;
        const Index M = shape.hidden, K = shape.outputs;
        const Index row_size =
            x_pairs_ + Q_pairs_ + inputs() * hidden() + M * K + z_pairs_ + C_pairs_;
        const Index rows_of_4_MiB = (Index(4) << 20) / (row_size * Index(sizeof(Scalar)));
        max_rows_ = std::clamp<Index>(rows_of_4_MiB / 8 * 8, 16, 256);
        const Index xz_pairs = inputs() * hidden();
        for (auto [side, columns] :
             {std::pair(&xx_, x_pairs_), std::pair(&Q_, Q_pairs_), std::pair(&xz_, xz_pairs),
              std::pair(&T_, M * K), std::pair(&zz_, z_pairs_), std::pair(&C_, C_pairs_)})
            resize(*side, max_rows_, columns);
        resize(W1_W1_, x_pairs_, Q_pairs_);
        resize(W1_W2_, xz_pairs, M * K);
        resize(W2_W2_, z_pairs_, C_pairs_);
    }

    bool used() const { return W1_W1_.size() > 0; }

    /// The number of multiplications for one sample.
    static double operations(const Shape& shape) {
        const GaussNewtonBlocks b(shape, false);
        const double M = double(shape.hidden), K = double(shape.outputs);
        return double(b.x_pairs_) * double(b.Q_pairs_) + double(b.inputs() * b.hidden()) * M * K +
               double(b.z_pairs_) * double(b.C_pairs_);
    }

    /// Whether the blocks are cheaper: their multiplications are less than half of those of J^T J,
    /// since computing their factors takes time as well.
    static bool pay(const Shape& shape) {
        const double P = double(shape.size());
        return operations(shape) < 0.5 * double(shape.outputs) * P * P / 2;
    }

    void set_zero() {
        rows_ = 0;
        for (RowMajor* block : {&W1_W1_, &W1_W2_, &W2_W2_}) block->setZero();
    }

    /// Adds sample n of a tile, given its slopes. Calls look() between products.
    template <typename Look>
    void add(const Tile<Scalar>& tile, Index n, const OutputSlopes<Scalar>& slopes,
             const Scalar& share, Look look) {
        const Scalar* const z = tile.Z.row(n).data();
        const auto &S = slopes.S, &G = slopes.G;
        const auto x_at = [&](Index d) { return d < slopes.x.size() ? slopes.x(d) : Scalar(1); };
        const auto z_at = [&](Index m) { return m < tile.Z.cols ? z[m] : Scalar(1); };

        Scalar *xx = row(xx_), *xz = row(xz_), *zz = row(zz_);
        for (Index d = 0; d < inputs(); ++d) {
            const Scalar wx = share * x_at(d);
            for (Index e = 0; e <= d; ++e) *xx++ = wx * x_at(e);
            for (Index f = 0; f < hidden(); ++f) *xz++ = wx * z_at(f);
        }
        for (Index m = 0; m < hidden(); ++m) {
            const Scalar wz = share * z_at(m);
            for (Index f = 0; f <= m; ++f) *zz++ = wz * z_at(f);
        }

        Scalar *Q = row(Q_), *T = row(T_), *C = row(C_);
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
        const Index M = shape_.hidden, K = shape_.outputs;
        const auto put = [&A](Index i, Index j, const Scalar& value) {
            A((std::max)(i, j), (std::min)(i, j)) = value;
        };
        for (Index d = 0, p = 0; d < inputs(); ++d)
            for (Index e = 0; e <= d; ++e, ++p)
                for (Index m = 0, q = 0; m < M; ++m)
                    for (Index f = 0; f <= m; ++f, ++q) {
                        put(W1(d, m), W1(e, f), W1_W1_(p, q));
                        put(W1(d, f), W1(e, m), W1_W1_(p, q));
                    }
        for (Index d = 0, p = 0; d < inputs(); ++d)
            for (Index f = 0; f < hidden(); ++f, ++p)
                for (Index m = 0, q = 0; m < M; ++m)
                    for (Index k = 0; k < K; ++k, ++q) put(W1(d, m), W2(f, k), W1_W2_(p, q));
        for (Index m = 0, p = 0; m < hidden(); ++m)
            for (Index f = 0; f <= m; ++f, ++p)
                for (Index j = 0, q = 0; j < K; ++j)
                    for (Index k = 0; k <= j; ++k, ++q) {
                        put(W2(m, j), W2(f, k), W2_W2_(p, q));
                        put(W2(m, k), W2(f, j), W2_W2_(p, q));
                    }
    }

private:
    static Index pairs(Index count) { return count * (count + 1) / 2; }

    /// Adds padding rows, because a product may read past the last one.
    static void resize(RowMajor& matrix, Index rows, Index columns) {
        matrix.resize(rows + (kernels::read_beyond + columns - 1) / columns, columns);
    }

    Index inputs() const { return shape_.inputs + Index(shape_.biases); }
    Index hidden() const { return shape_.hidden + Index(shape_.biases); }

    /// The index of W1_dm in theta, or of b1_m for d = D.
    Index W1(Index d, Index m) const {
        const Index D = shape_.inputs;
        return d < D ? m * D + d : D * shape_.hidden + m;
    }

    /// The index of W2_mk in theta, or of b2_k for m = M.
    Index W2(Index m, Index k) const {
        const Index M = shape_.hidden, begin = inputs() * M;
        return begin + (m < M ? k * M + m : M * shape_.outputs + k);
    }

    Scalar* row(RowMajor& side) { return side.row(rows_).data(); }

    /// Adds the products over the rows collected so far.
    template <typename Look>
    void multiply(Look look) {
        const auto add = [&](RowMajor& block, RowMajor& left, RowMajor& right) {
            look();
            const auto l = MatrixView(left).middle_rows(0, rows_).transpose();
            kernels::add_product(MatrixView(block).middle_rows(0, l.rows), l,
                                 MatrixView(right).middle_rows(0, rows_));
        };
        add(W1_W1_, xx_, Q_);
        add(W1_W2_, xz_, T_);
        add(W2_W2_, zz_, C_);
        rows_ = 0;
    }

    Shape shape_;
    Index x_pairs_, z_pairs_, Q_pairs_, C_pairs_;
    Index max_rows_ = 0;
    Index rows_ = 0;  ///< collected and not yet multiplied
    RowMajor xx_, Q_, xz_, T_, zz_, C_;
    RowMajor W1_W1_, W1_W2_, W2_W2_;
};

}  // namespace twolayer::detail
