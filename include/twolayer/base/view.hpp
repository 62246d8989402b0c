// SPDX-License-Identifier: MIT
// Views of matrices and vectors in the caller's memory.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>

#include <functional>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

namespace twolayer {

/// An Eigen matrix, Map or block whose entries lie in memory, at constant strides.
template <typename Derived>
concept DirectAccess =
    (int(Derived::Flags) & Eigen::DirectAccessBit) != 0 && requires(const Derived& A) {
        A.data();
        A.rowStride();
        A.colStride();
    };

/// One whose entries are T, or T without const, and outlive the expression: a temporary Map or
/// block, but not a temporary matrix.
template <typename Matrix, typename T>
concept InMemoryAs = DirectAccess<std::remove_cvref_t<Matrix>> &&
                     std::convertible_to<decltype(std::declval<Matrix&>().data()), T*> &&
                     (std::is_lvalue_reference_v<Matrix> ||
                      !std::derived_from<std::remove_cvref_t<Matrix>,
                                         Eigen::PlainObjectBase<std::remove_cvref_t<Matrix>>>);

/// Contiguous numbers: std::vector, std::array, std::span, but not an Eigen vector.
template <typename Range>
concept ContiguousNumbers =
    std::ranges::contiguous_range<Range> && Real<std::ranges::range_value_t<Range>> &&
    !std::derived_from<std::remove_cvref_t<Range>, Eigen::EigenBase<std::remove_cvref_t<Range>>>;

/// Such numbers in memory that outlives the call: not a temporary vector.
template <typename Range>
concept BorrowedNumbers = ContiguousNumbers<Range> && std::ranges::borrowed_range<Range>;

/// A view of a matrix owned elsewhere, in any order and with any strides. T is Scalar or const
/// Scalar.
template <typename T>
struct MatrixView {
    T* data = nullptr;
    Index rows = 0;
    Index cols = 0;
    Index row_stride = 0;  ///< from one row to the next, in entries
    Index col_stride = 0;  ///< from one column to the next, in entries

    MatrixView() = default;

    MatrixView(T* first, Index row_count, Index col_count, Index row_step, Index col_step)
        : data(first),
          rows(row_count),
          cols(col_count),
          row_stride(row_step),
          col_stride(col_step) {}

    /// A view of an Eigen object, which must be writable unless T is const.
    template <InMemoryAs<T> Matrix>
    MatrixView(Matrix&& A)
        : MatrixView(A.data(), A.rows(), A.cols(), A.rowStride(), A.colStride()) {}

    operator MatrixView<const T>() const { return {data, rows, cols, row_stride, col_stride}; }

    T& operator()(Index i, Index j) const { return data[i * row_stride + j * col_stride]; }

    Index size() const { return rows * cols; }

    MatrixView transpose() const { return {data, cols, rows, col_stride, row_stride}; }

    MatrixView block(Index i, Index j, Index block_rows, Index block_cols) const {
        return {data + i * row_stride + j * col_stride, block_rows, block_cols, row_stride,
                col_stride};
    }

    MatrixView middle_rows(Index first, Index count) const { return block(first, 0, count, cols); }

    /// Row i of a row-major matrix.
    std::span<T> row(Index i) const { return {data + i * row_stride, std::size_t(cols)}; }

    /// All entries of a row-major matrix without gaps.
    std::span<T> entries() const { return {data, std::size_t(size())}; }
};

template <typename Matrix>
MatrixView(Matrix&& A) -> MatrixView<std::remove_pointer_t<decltype(A.data())>>;

/// A view of a vector owned elsewhere. T is Scalar or const Scalar.
template <typename T>
struct VectorView {
    T* data = nullptr;
    Index size = 0;
    Index stride = 1;

    T& operator()(Index i) const { return data[i * stride]; }
    bool empty() const { return size == 0; }
};

namespace detail {

/// Whether two matrices share memory, or might: whether the ranges from their first to their last
/// entries overlap, unless they are different columns, or rows, of one matrix.
template <typename T>
bool overlap(const MatrixView<const T>& A, const MatrixView<const T>& B) {
    const auto last = [](const MatrixView<const T>& C) { return &C(C.rows - 1, C.cols - 1); };
    const std::less<const T*> before;
    if (A.size() == 0 || B.size() == 0 || before(last(A), B.data) || before(last(B), A.data))
        return false;
    if (A.row_stride != B.row_stride || A.col_stride != B.col_stride || A.row_stride == 0)
        return true;
    if (A.row_stride < A.col_stride)
        return overlap(A.transpose(), B.transpose());
    if (B.data < A.data)
        return overlap(B, A);
    const Index from_row_begin = (B.data - A.data) % A.row_stride;
    return from_row_begin <= (A.cols - 1) * A.col_stride ||
           from_row_begin + (B.cols - 1) * B.col_stride >= A.row_stride;
}

struct Nothing {};

/// Where an argument that is an expression is evaluated; empty for one that lies in memory.
template <typename Derived>
using Evaluated = std::conditional_t<DirectAccess<Derived>, Nothing, typename Derived::PlainObject>;

/// Says what to write if the numbers have a different type than the network's.
template <typename Scalar, typename Given>
constexpr bool same_scalar() {
    constexpr bool to_double = std::same_as<Scalar, double>, to_float = std::same_as<Scalar, float>;
    constexpr bool known =
        std::same_as<Given, float> || std::same_as<Given, double> || std::integral<Given>;
    static_assert(!to_double || !std::same_as<Given, float>,
                  "X holds float, the network double: X.cast<double>() (or Y, or weights)");
    static_assert(!to_float || !std::same_as<Given, double>,
                  "X holds double, the network float: X.cast<float>() (or Y, or weights)");
    static_assert(!to_double || !std::integral<Given>,
                  "X holds integers, the network double: X.cast<double>() (or Y, or weights)");
    static_assert(!to_float || !std::integral<Given>,
                  "X holds integers, the network float: X.cast<float>() (or Y, or weights)");
    static_assert(std::same_as<Scalar, Given> || ((to_double || to_float) && known),
                  "X does not hold the scalar type of the network: X.cast<...>()");
    return std::same_as<Scalar, Given>;
}

/// The object in memory for an argument: `evaluated` if the argument is an expression.
template <typename Derived>
const auto& in_memory(const Eigen::DenseBase<Derived>& A, Evaluated<Derived>& evaluated) {
    if constexpr (DirectAccess<Derived>) {
        return A.derived();
    } else {
        evaluated = A.derived();
        return std::as_const(evaluated);
    }
}

/// A view of that object; empty if same_scalar() fails, so that no second error follows.
template <typename Scalar, typename Derived>
MatrixView<const Scalar> window_on(const Eigen::DenseBase<Derived>& A,
                                   Evaluated<Derived>& evaluated) {
    if constexpr (same_scalar<Scalar, typename Derived::Scalar>())
        return in_memory(A, evaluated);
    else
        return {};
}

}  // namespace detail

/// A read-only matrix parameter: any Eigen matrix, Map, block or expression.
///
/// What lies in memory is read in place. An expression is evaluated once, into the default argument
/// of this constructor, which lives until the call returns: a MatrixArg is for parameters only.
template <Real Scalar>
struct MatrixArg : MatrixView<const Scalar> {
    MatrixArg(MatrixView<const Scalar> view) : MatrixView<const Scalar>(view) {}
    MatrixArg(MatrixView<Scalar> view) : MatrixView<const Scalar>(view) {}

    template <typename Derived>
    MatrixArg(const Eigen::DenseBase<Derived>& A, detail::Evaluated<Derived>&& evaluated = {})
        : MatrixView<const Scalar>(detail::window_on<Scalar>(A, evaluated)) {}
};

/// A read-only vector parameter: an Eigen vector of either orientation, or a contiguous range such
/// as std::vector or std::span. Empty if left out. For parameters only.
template <Real Scalar>
struct VectorArg : VectorView<const Scalar> {
    VectorArg() = default;

    VectorArg(VectorView<const Scalar> view) : VectorView<const Scalar>(view) {}

    template <typename Derived>
    VectorArg(const Eigen::DenseBase<Derived>& a, detail::Evaluated<Derived>&& evaluated = {})
        : VectorArg(detail::window_on<Scalar>(a, evaluated), a.rows() == 1) {}

    template <ContiguousNumbers Range>
    VectorArg(const Range& values)
        : VectorView<const Scalar>{std::ranges::data(values), Index(std::ranges::size(values)), 1} {
    }

private:
    VectorArg(const MatrixView<const Scalar>& a, bool is_row) {
        if (a.rows > 1 && a.cols > 1)
            fail("expected a vector, got a matrix of ", a.rows, " x ", a.cols);
        this->data = a.data;
        this->size = a.rows * a.cols;
        this->stride = is_row ? a.col_stride : a.row_stride;
    }
};

/// A view of plain numbers, sample after sample, as a matrix of `columns` columns that can be
/// passed as X or Y. Throws std::invalid_argument if the numbers do not fill the last row.
template <BorrowedNumbers Range>
auto row_by_row(Range&& values, Index columns) {
    const Index size = Index(std::ranges::size(values));
    if (columns < 1 || size % columns != 0)
        fail(size, " numbers do not fill rows of ", columns);
    using Scalar = std::ranges::range_value_t<Range>;
    return MatrixView<const Scalar>(std::ranges::data(values), size / columns, columns, columns, 1);
}

}  // namespace twolayer
