// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/copy.hpp>
#include <twolayer/core/error.hpp>
#include <twolayer/core/forward.hpp>
#include <twolayer/core/initialize.hpp>
#include <twolayer/core/output.hpp>
#include <twolayer/core/predict_one.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>
#include <twolayer/core/weights.hpp>
#include <twolayer/core/workspace.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace twolayer {

/// The network
///
///     H = X W1 + 1 b1     Z = sigma(H)     O = Z W2 + 1 b2     Yhat = output(O)
///
/// for N samples, D inputs, M hidden units, K outputs; a row is a sample: X is N x D, Yhat is N x
/// K. The biases b1 and b2 are there if the shape says so.
///
/// The three sizes are Dynamic when left out. When they are given, the weights lie inside the
/// object: sizeof tells how large it is, 400 KiB for 784-128-10 in float, which is no object for
/// the stack of a small thread, and fit() holds a dozen of them there: train large networks with
/// dynamic sizes. Only a workspace of more than 100 KiB then uses the heap. All const
/// members may be called by many threads at once.
template <Real Scalar_, typename Output_ = Sigmoid, int Inputs_ = Dynamic, int Hidden_ = Dynamic,
          int Outputs_ = Dynamic>
class TwoLayerNet {
public:
    using Scalar = Scalar_;
    using Output = Output_;
    using Weights = twolayer::Weights<Scalar, Inputs_, Hidden_, Outputs_>;
    static constexpr int inputs = Inputs_, hidden = Hidden_, outputs = Outputs_;

    /// All weights zero. Throws std::invalid_argument for a layer without units, for sizes other
    /// than those of the type, and for a Softmax over one output.
    explicit TwoLayerNet(const Shape& shape) : weights_(shape) {
        if (shape.outputs < Output::min_outputs)
            fail("the output layer needs at least ", Output::min_outputs, " units, it has ",
                 shape.outputs, ": a softmax over one is always 1, use Sigmoid");
    }

    /// The network without biases of these weights, any Eigen matrices or expressions: W1, D x M,
    /// and W2, M x K. Values are not examined: NaN and infinity are stored, and show in
    /// predictions. Throws std::invalid_argument if the shapes do not fit each other or the type.
    TwoLayerNet(const MatrixArg<Scalar>& W1, const MatrixArg<Scalar>& W2)
        : TwoLayerNet(W1, W2, false) {}

    /// The same with biases: b1, M values, and b2, K values, each any vector.
    TwoLayerNet(const MatrixArg<Scalar>& W1, const VectorArg<Scalar>& b1,
                const MatrixArg<Scalar>& W2, const VectorArg<Scalar>& b2)
        : TwoLayerNet(W1, W2, true) {
        weights_.set_b1(b1);
        weights_.set_b2(b2);
    }

    explicit TwoLayerNet(bool biases = false)
    requires Weights::fixed
        : TwoLayerNet(Shape{inputs, hidden, outputs, biases}) {}

    /// The same network in another kind of shape, fixed or dynamic. Throws std::invalid_argument
    /// where the sizes differ from those of the type.
    template <int D, int M, int K>
    TwoLayerNet(const TwoLayerNet<Scalar, Output, D, M, K>& other) : TwoLayerNet(other.shape()) {
        weights_.theta() = other.weights().theta();
    }

    Shape shape() const { return weights_.shape(); }
    Weights& weights() & { return weights_; }
    const Weights& weights() const& { return weights_; }
    Weights weights() const&& { return weights_; }

    /// Draws the weights anew, by Glorot or NguyenWidrow.
    template <WordGenerator Generator, Initialization<Weights, Generator> Method = Glorot>
    void randomize(Generator& generator, Method = {}) {
        Method::draw(weights_, generator);
    }

    /// The same network in another scalar type, each weight rounded to it.
    template <Real OtherScalar>
    TwoLayerNet<OtherScalar, Output, inputs, hidden, outputs> cast() const {
        TwoLayerNet<OtherScalar, Output, inputs, hidden, outputs> net(shape());
        net.weights().theta() = weights_.theta().template cast<OtherScalar>();
        return net;
    }

    /// All four matrices of the forward pass over X, N x D. Throws std::invalid_argument where X
    /// has another number of columns than the network has inputs.
    ForwardPass<Scalar> forward(const MatrixArg<Scalar>& X) const {
        detail::check_inputs(shape(), X.rows, X.cols);
        const Index N = X.rows, M = shape().hidden, K = shape().outputs;
        ForwardPass<Scalar> pass{.H{N, M}, .Z{N, M}, .O{N, K}, .Yhat{N, K}};
        auto workspace = Workspace<TwoLayerNet>::for_one_call(shape(), X.rows);
        const auto keep = [](MatrixView<Scalar> whole, Index first, MatrixView<Scalar> part) {
            copy(part, whole.middle_rows(first, part.rows));
        };
        detail::forward_tiles(*this, X, workspace, [&](Index first, const Tile<Scalar>& tile) {
            keep(pass.H, first, tile.H);
            keep(pass.Z, first, tile.Z);
            keep(pass.O, first, tile.O);
            keep(pass.Yhat, first, tile.Yhat);
        });
        return pass;
    }

    /// Yhat, N x K, for X, N x D; no rows for no rows. Throws as forward().
    ///
    /// A batch of up to 8 rows of a network with many weights is computed in another order than a
    /// larger one, without packing the weights first. So the last bits of a row may depend on the
    /// number of rows it is predicted with. The same call always gives the same bits.
    Matrix<Scalar, outputs> predict(const MatrixArg<Scalar>& X) const {
        Matrix<Scalar, outputs> Yhat(X.rows, shape().outputs);
        auto workspace = Workspace<TwoLayerNet>::for_one_call(shape(), X.rows);
        predict(X, Yhat, workspace);
        return Yhat;
    }

    /// Writes Yhat into the caller's N x K matrix, Map or block; allocates nothing. Throws
    /// std::invalid_argument where a shape does not fit, and where Yhat shares memory with X,
    /// before anything is written.
    void predict(const MatrixArg<Scalar>& X, MatrixView<Scalar> Yhat,
                 Workspace<TwoLayerNet>& workspace) const {
        detail::check_inputs(shape(), X.rows, X.cols);
        if (Yhat.rows != X.rows || Yhat.cols != shape().outputs)
            fail("Yhat is ", Yhat.rows, " x ", Yhat.cols, ", the prediction is ", X.rows, " x ",
                 shape().outputs);
        workspace.check_shape(shape());
        check_apart(X, Yhat);
        detail::forward_tiles(*this, X, workspace, [&](Index first, const Tile<Scalar>& tile) {
            copy<Scalar>(tile.Yhat, Yhat.middle_rows(first, tile.rows));
        });
    }

    /// Yhat of one sample, K values, for x, D values in either orientation. Throws
    /// std::invalid_argument if x has another length.
    Vector<Scalar, outputs> predict_one(const VectorArg<Scalar>& x) const {
        Vector<Scalar, outputs> yhat(shape().outputs);
        predict_one(x, {yhat.data(), std::size_t(yhat.size())});
        return yhat;
    }

    /// Writes the K values of one sample into the caller's vector; allocates nothing. Throws
    /// std::invalid_argument if x or yhat has another length, and where they share memory, before
    /// anything is written.
    template <InMemoryAs<Scalar> Yhat>
    void predict_one(const VectorArg<Scalar>& x, Yhat&& yhat) const {
        static_assert(std::remove_cvref_t<Yhat>::InnerStrideAtCompileTime == 1,
                      "yhat must be kept without gaps");
        predict_one(x, {yhat.data(), std::size_t(yhat.size())});
    }

    void predict_one(const VectorArg<Scalar>& x, std::span<Scalar> yhat) const {
        const auto [D, M, K, biases] = shape();
        detail::check_input(shape(), x.size);
        if (yhat.size() != std::size_t(K))
            fail("yhat has ", yhat.size(), " values, expected ", K, ", the outputs of the network");
        check_apart({x.data, D, 1, x.stride, 0}, {yhat.data(), K, 1, 1, 0});
        predict_one_unchecked(x, yhat);
    }

    /// The same without the checks: x must have D values and yhat K, else memory is overrun.
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
        detail::apply_alone<Output, Scalar>(O, K);
        std::copy_n(O, K, yhat.begin());
    }

private:
    TwoLayerNet(const MatrixView<const Scalar>& W1, const MatrixView<const Scalar>& W2, bool biases)
        : TwoLayerNet(shape_of(W1, W2, biases)) {
        weights_.set_W1(W1);
        weights_.set_W2(W2);
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

template <typename A, typename B, typename V, typename W>
TwoLayerNet(const Eigen::DenseBase<A>& W1, const V& b1, const Eigen::DenseBase<B>& W2, const W& b2)
    -> TwoLayerNet<typename A::Scalar>;

/// A two-layer network, of whatever shape kind.
template <typename T>
concept Network = requires(const T& net) {
    typename T::Scalar;
    typename T::Output;
    { net.shape() } -> std::convertible_to<Shape>;
    { net.weights() } -> std::convertible_to<const typename T::Weights&>;
};

}  // namespace twolayer
