// SPDX-License-Identifier: MIT
// The weights of a network, as one vector and as the matrices of its layers.
#pragma once

#include <twolayer/base/checked_map.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/buffer.hpp>
#include <twolayer/kernels/copy.hpp>
#include <twolayer/kernels/vectors.hpp>
#include <twolayer/policies/shape.hpp>

#include <algorithm>

namespace twolayer {

/// A point in weight space: four views of one vector, with column-major matrices,
///
///     theta = [ vec(W1) ; b1 ; vec(W2) ; b2 ]    W1: D x M,  b1: 1 x M,  W2: M x K,  b2: 1 x K
///
/// where b1 and b2 are empty without biases. Weights, gradients and search directions all have this
/// type, so an optimizer works on `theta()` and never needs to know that there are layers.
///
/// Sizes that are left out are Dynamic; if all three are given, theta lies inside the object.
template <Real Scalar_, int Inputs = Dynamic, int Hidden = Dynamic, int Outputs = Dynamic>
class Weights {
public:
    using Scalar = Scalar_;

    static constexpr bool fixed = Inputs != Dynamic && Hidden != Dynamic && Outputs != Dynamic;

    /// Maximum number of weights if known at compile time, otherwise Dynamic.
    static constexpr Index capacity =
        fixed ? Shape{Inputs, Hidden, Outputs, true}.size() : Index(Dynamic);

    /// All zero. Throws std::invalid_argument for a shape without units or different from the fixed
    /// one.
    explicit Weights(const Shape& shape)
        : shape_(checked(shape)), theta_(shape_.size() + kernels::read_beyond) {}

    /// The same, unset, for weights that are written before they are read.
    Weights(const Shape& shape, detail::Unset unset)
        : shape_(checked(shape)), theta_(shape_.size() + kernels::read_beyond, unset) {
        std::fill_n(theta_.data() + shape_.size(), kernels::read_beyond, Scalar(0));
    }

    /// Returns the shape if weights of this type can have it. Throws std::invalid_argument if the
    /// constructor does.
    static const Shape& checked(const Shape& shape) {
        const auto same = [](Index given, int wanted) {
            return wanted == Dynamic || given == wanted;
        };
        if (!same(shape.inputs, Inputs) || !same(shape.hidden, Hidden) ||
            !same(shape.outputs, Outputs))
            fail("the shape is ", shape.inputs, " - ", shape.hidden, " - ", shape.outputs,
                 ", the type is made for ", Inputs, " - ", Hidden, " - ", Outputs, " (-1: any)");
        return detail::checked(shape);
    }

    Shape shape() const { return known(shape_); }

    /// The same shape; the sizes that the type fixes are known at compile time.
    static constexpr Shape known(const Shape& shape) {
        const auto size = [](int fixed, Index any) { return fixed == Dynamic ? any : fixed; };
        return {size(Inputs, shape.inputs), size(Hidden, shape.hidden),
                size(Outputs, shape.outputs), shape.biases};
    }

    /// P, the number of weights.
    Index size() const { return shape_.size(); }

    /// The four matrices and all weights as one vector. Entries may be written, and matrices of the
    /// same shape assigned; another shape throws std::invalid_argument. They are views, so the
    /// object must have a name: a view of a temporary does not compile.
    auto W1() & { return layer<Inputs, Hidden>(theta_.data(), inputs(), hidden()); }
    auto W1() const& { return layer<Inputs, Hidden>(theta_.data(), inputs(), hidden()); }
    auto W1() const&& = delete;  // name the object first: auto weights = ...; weights.W1()
    auto b1() & { return bias<Hidden>(theta_.data() + b1_begin(), hidden()); }
    auto b1() const& { return bias<Hidden>(theta_.data() + b1_begin(), hidden()); }
    auto b1() const&& = delete;  // name the object first: auto weights = ...; weights.b1()
    auto W2() & { return layer<Hidden, Outputs>(theta_.data() + W2_begin(), hidden(), outputs()); }
    auto W2() const& {
        return layer<Hidden, Outputs>(theta_.data() + W2_begin(), hidden(), outputs());
    }
    auto W2() const&& = delete;  // name the object first: auto weights = ...; weights.W2()
    auto b2() & { return bias<Outputs>(theta_.data() + b2_begin(), outputs()); }
    auto b2() const& { return bias<Outputs>(theta_.data() + b2_begin(), outputs()); }
    auto b2() const&& = delete;  // name the object first: auto weights = ...; weights.b2()
    auto theta() & { return window<Vector<Scalar>>(theta_.data(), size(), 1); }
    auto theta() const& { return window<Vector<Scalar>>(theta_.data(), size(), 1); }
    auto theta() const&& = delete;  // name the object first: auto weights = ...; weights.theta()

    /// Sets a matrix from any Eigen matrix or expression, or a bias from any vector, even from
    /// weights of this object. Values are not checked: NaN and infinity are stored. Throws
    /// std::invalid_argument if the shape differs.
    void set_W1(const MatrixArg<Scalar>& W1_new) { set("W1", W1_new, W1()); }
    void set_b1(const VectorArg<Scalar>& b1_new) { set("b1", row(b1_new), b1()); }
    void set_W2(const MatrixArg<Scalar>& W2_new) { set("W2", W2_new, W2()); }
    void set_b2(const VectorArg<Scalar>& b2_new) { set("b2", row(b2_new), b2()); }

private:
    template <int Rows, int Columns, typename T>
    static auto layer(T* data, Index rows, Index columns) {
        // Eigen has no column-major row; in memory its entries would lie the same way.
        constexpr int order = Rows == 1 && Columns != 1 ? Eigen::RowMajor : Eigen::ColMajor;
        return window<Eigen::Matrix<Scalar, Rows, Columns, order>>(data, rows, columns);
    }

    template <int Columns, typename T>
    auto bias(T* data, Index columns) const {
        using Row = Eigen::Matrix<Scalar, 1, Dynamic, Eigen::RowMajor, 1, Columns>;
        return window<Row>(data, 1, shape_.biases ? columns : 0);
    }

    template <typename Plain, typename T>
    static auto window(T* data, Index rows, Index columns) {
        if constexpr (std::is_const_v<T>)
            return Eigen::Map<const Plain>(data, rows, columns);
        else
            return detail::CheckedMap<Plain>(data, rows, columns);
    }

    static MatrixView<const Scalar> row(const VectorView<const Scalar>& values) {
        return {values.data, 1, values.size, 0, values.stride};
    }

    static void set(const char* name, const MatrixView<const Scalar>& from, MatrixView<Scalar> to) {
        if (from.rows != to.rows || from.cols != to.cols)
            fail(name, " is ", from.rows, " x ", from.cols, ", expected ", to.rows, " x ", to.cols,
                 ": the shape of a network never changes, construct another one");
        if (!detail::overlap<Scalar>(from, to))
            return copy<Scalar>(from, to);
        detail::Buffer<Scalar, capacity> entries(from.size(), detail::Unset());
        const MatrixView<Scalar> apart(entries.data(), from.rows, from.cols, from.cols, 1);
        copy<Scalar>(from, apart);
        copy<Scalar>(apart, to);
    }

    Index inputs() const { return shape().inputs; }
    Index hidden() const { return shape().hidden; }
    Index outputs() const { return shape().outputs; }

    Index b1_begin() const { return inputs() * hidden(); }
    Index W2_begin() const { return b1_begin() + b1().size(); }
    Index b2_begin() const { return W2_begin() + hidden() * outputs(); }

    Shape shape_;
    // With room for what a product reads after the last entry.
    detail::Buffer<Scalar, fixed ? capacity + kernels::read_beyond : Index(Dynamic)> theta_;
};

}  // namespace twolayer
