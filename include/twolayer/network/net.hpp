// SPDX-License-Identifier: MIT
// The two-layer network and its predictions.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/copy.hpp>
#include <twolayer/kernels/elementwise.hpp>
#include <twolayer/network/forward.hpp>
#include <twolayer/network/network.hpp>
#include <twolayer/network/predict_one.hpp>
#include <twolayer/plain.hpp>
#include <twolayer/policies/initialize.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/weights.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>

namespace twolayer {

using plain::ForwardPass;

/// The network
///
///     H = X W1 + 1 b1     Z = sigma(H)     O = Z W2 + 1 b2     Yhat = output(O)
///
/// for N samples, D inputs, M hidden units, K outputs; a row is a sample: X is N x D, Yhat is N x
/// K. The biases b1 and b2 exist if the shape says so.
///
/// Sizes that are left out are Dynamic. If all three are given, the weights lie inside the object,
/// and only a workspace of more than 100 KiB uses the heap. sizeof is its size: 784-128-10 in
/// float takes 400 KiB. fit() puts about a dozen such objects on the stack, which is
/// too much for a small thread. Train large networks with dynamic sizes. All const members may be
/// called by many threads at once.
template <Real Scalar_, typename Output_ = Sigmoid, int Inputs_ = Dynamic, int Hidden_ = Dynamic,
          int Outputs_ = Dynamic>
class TwoLayerNet {
public:
    using Scalar = Scalar_;
    using Output = Output_;
    using Weights = twolayer::Weights<Scalar, Inputs_, Hidden_, Outputs_>;
    static constexpr int inputs = Inputs_, hidden = Hidden_, outputs = Outputs_;

    /// All weights zero. Throws std::invalid_argument for a layer without units, for sizes that
    /// differ from those of the type, and for a Softmax over one output.
    explicit TwoLayerNet(const Shape& shape) : weights_(shape) {
        if (shape.outputs < Output::min_outputs)
            fail("the output layer needs at least ", Output::min_outputs, " units, it has ",
                 shape.outputs, ": a softmax over one is always 1, use Sigmoid");
    }

    /// The network with these weights and without biases: W1, D x M, and W2, M x K, are any Eigen
    /// matrices or expressions. Values are not checked: NaN and infinity are stored, and show in
    /// predictions. Throws std::invalid_argument if the shapes do not match each other or the type.
    TwoLayerNet(const MatrixArg<Scalar>& W1, const MatrixArg<Scalar>& W2)
        : TwoLayerNet(W1, W2, false) {}

    /// The same with biases: b1, M values, and b2, K values, each any vector.
    TwoLayerNet(const MatrixArg<Scalar>& W1, const VectorArg<Scalar>& b1,
                const MatrixArg<Scalar>& W2, const VectorArg<Scalar>& b2)
        : TwoLayerNet(W1, W2, true) {
        weights_.set_b1(b1);
        weights_.set_b2(b2);
    }

    /// A network of the shape of the type. All weights are zero.
    explicit TwoLayerNet(bool biases = true)
    requires Weights::fixed
        : TwoLayerNet(Shape{inputs, hidden, outputs, biases}) {}

    /// The same network in another kind of shape, fixed or dynamic. Throws std::invalid_argument if
    /// the sizes differ from those of the type.
    template <int D, int M, int K>
    TwoLayerNet(const TwoLayerNet<Scalar, Output, D, M, K>& other) : TwoLayerNet(other.shape()) {
        weights_.theta() = other.weights().theta();
    }

    Shape shape() const { return weights_.shape(); }
    Weights& weights() & { return weights_; }
    const Weights& weights() const& { return weights_; }
    Weights weights() const&& { return weights_; }

    /// Draws new weights, by Glorot or NguyenWidrow.
    template <WordGenerator Generator, Initialization<Weights, Generator> Method = Glorot>
    void randomize(Generator& generator, Method = {}) {
        Method::draw(weights_, generator);
    }

    /// The same network in another scalar type; each weight is rounded to it.
    template <Real OtherScalar>
    TwoLayerNet<OtherScalar, Output, inputs, hidden, outputs> cast() const {
        TwoLayerNet<OtherScalar, Output, inputs, hidden, outputs> net(shape());
        net.weights().theta() = weights_.theta().template cast<OtherScalar>();
        return net;
    }

    /// All four matrices of the forward pass over X, N x D. Throws std::invalid_argument if the
    /// number of columns of X differs from the number of inputs.
    ForwardPass<Scalar> forward(const MatrixArg<Scalar>& X) const {
        const Index N = X.rows, M = shape().hidden, K = shape().outputs;
        ForwardPass<Scalar> pass{.H{N, M}, .Z{N, M}, .O{N, K}, .Yhat{N, K}};
        auto memory = detail::TileMemory<TwoLayerNet>::for_one_call(shape(), X.rows);
        const auto keep = [](MatrixView<Scalar> whole, Index first, MatrixView<Scalar> part) {
            copy(part, whole.middle_rows(first, part.rows));
        };
        detail::forward_tiles(*this, X, memory, [&](Index first, const Tile<Scalar>& tile) {
            keep(pass.H, first, tile.H);
            keep(pass.Z, first, tile.Z);
            keep(pass.O, first, tile.O);
            keep(pass.Yhat, first, tile.Yhat);
        });
        return pass;
    }

    /// Returns Yhat, N x K, for X, N x D; no rows for no rows. Throws as forward().
    ///
    /// A batch of up to 8 rows of a network with many weights is computed in a different order than
    /// a larger one, without packing the weights first. So the last bits of a row may depend on the
    /// number of rows in the batch. The same call always returns the same bits.
    Matrix<Scalar, outputs> predict(const MatrixArg<Scalar>& X) const {
        Matrix<Scalar, outputs> Yhat(X.rows, shape().outputs);
        auto memory = detail::TileMemory<TwoLayerNet>::for_one_call(shape(), X.rows);
        predict_tiles(X, Yhat, memory);
        return Yhat;
    }

    /// Writes Yhat into the caller's N x K matrix, Map or block; allocates nothing. Throws
    /// std::invalid_argument if a shape does not match or Yhat shares memory with X, before
    /// anything is written.
    void predict(const MatrixArg<Scalar>& X, MatrixView<Scalar> Yhat,
                 Workspace<TwoLayerNet>& workspace) const {
        if (Yhat.rows != X.rows || Yhat.cols != shape().outputs)
            fail("Yhat is ", Yhat.rows, " x ", Yhat.cols, ", the prediction is ", X.rows, " x ",
                 shape().outputs);
        check_apart(X, Yhat);
        predict_tiles(X, Yhat, workspace.memory(shape()));
    }

    /// Returns Yhat of one sample, K values, for x, D values in either orientation. Throws
    /// std::invalid_argument if x has the wrong length.
    Vector<Scalar, outputs> predict_one(const VectorArg<Scalar>& x) const {
        detail::check_input(shape(), x.size);
        Vector<Scalar, outputs> yhat(shape().outputs);
        predict_one_unchecked(x, {yhat.data(), std::size_t(yhat.size())});
        return yhat;
    }

    /// Writes the K values of one sample into the caller's vector; allocates nothing. Throws
    /// std::invalid_argument if x or yhat has the wrong length or they share memory, before
    /// anything is written.
    template <InMemoryAs<Scalar> Yhat>
    void predict_one(const VectorArg<Scalar>& x, Yhat&& yhat) const {
        static_assert(std::remove_cvref_t<Yhat>::InnerStrideAtCompileTime == 1,
                      "yhat must be kept without gaps");
        predict_one(x, {yhat.data(), std::size_t(yhat.size())});
    }

    /// The same, written to the K values of a span.
    void predict_one(const VectorArg<Scalar>& x, std::span<Scalar> yhat) const {
        const auto [D, M, K, biases] = shape();
        detail::check_input(shape(), x.size);
        if (yhat.size() != std::size_t(K))
            fail("yhat has ", yhat.size(), " values, expected ", K, ", the outputs of the network");
        check_apart({x.data, D, 1, x.stride, 0}, {yhat.data(), K, 1, 1, 0});
        predict_one_unchecked(x, yhat);
    }

    /// The same without the checks: x must have D values and yhat K, or memory is overrun.
    void predict_one_unchecked(const VectorArg<Scalar>& x, std::span<Scalar> yhat) const noexcept {
        const Shape known = shape();
        const Index K = known.outputs;
        const Scalar* const b2 = weights_.b2().data();
        const auto predict = [&](std::span<Scalar> O) __attribute__((always_inline)) {
            for (std::size_t k = 0; k < O.size(); ++k)
                O[k] = known.biases && k < std::size_t(K) ? b2[k] : Scalar(0);
            detail::add_outputs<Weights, Scalar>(weights_, known, x, O);
        };
        constexpr Index few = 32;
        if (K > few) {
            predict(yhat);
            return Output::template apply<Scalar>(yhat, yhat, {});
        }
        alignas(64) Scalar O[std::size_t(few)];
        predict({O, std::size_t((K + 3) / 4 * 4)});
        const std::span<Scalar> Yhat(O, std::size_t(K));
        if constexpr (std::same_as<Output, Sigmoid> && kernels::Vectorized<Scalar>)
            kernels::sigmoid_in_place(O, K);
        else
            Output::template apply<Scalar>(Yhat, Yhat, {});
        std::ranges::copy(Yhat, yhat.begin());
    }

private:
    TwoLayerNet(const MatrixView<const Scalar>& W1, const MatrixView<const Scalar>& W2, bool biases)
        : TwoLayerNet(shape_of(W1, W2, biases)) {
        weights_.set_W1(W1);
        weights_.set_W2(W2);
    }

    void predict_tiles(const MatrixArg<Scalar>& X, const MatrixView<Scalar>& Yhat,
                       detail::TileMemory<TwoLayerNet>& memory) const {
        detail::forward_tiles(*this, X, memory, [&](Index first, const Tile<Scalar>& tile) {
            copy<Scalar>(tile.Yhat, Yhat.middle_rows(first, tile.rows));
        });
    }

    static void check_apart(const MatrixView<const Scalar>& X,
                            const MatrixView<const Scalar>& Yhat) {
        if (detail::overlap(X, Yhat))
            fail(
                "the prediction would be written over its inputs, expected memory of its own: "
                "pass another matrix or vector for it");
    }

    static Shape shape_of(const MatrixView<const Scalar>& W1, const MatrixView<const Scalar>& W2,
                          bool biases) {
        if (W1.cols != W2.rows)
            fail("W1 is ", W1.rows, " x ", W1.cols, " and W2 is ", W2.rows, " x ", W2.cols,
                 ": expected D x M and M x K, a column of W1 and a row of W2 for each hidden unit");
        return {W1.rows, W1.cols, W2.cols, biases};
    }

    Weights weights_;
};

/// `TwoLayerNet net(W1, W2)` has the scalar type of the matrices and the output Sigmoid.
template <typename A, typename B>
TwoLayerNet(const Eigen::DenseBase<A>& W1, const Eigen::DenseBase<B>& W2)
    -> TwoLayerNet<typename A::Scalar>;

/// The same for `TwoLayerNet net(W1, b1, W2, b2)`.
template <typename A, typename B, typename V, typename W>
TwoLayerNet(const Eigen::DenseBase<A>& W1, const V& b1, const Eigen::DenseBase<B>& W2, const W& b2)
    -> TwoLayerNet<typename A::Scalar>;

}  // namespace twolayer
