// SPDX-License-Identifier: MIT
#include <twolayer/kernels/product.hpp>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/problem.hpp"

using namespace twolayer;

namespace {

template <typename Scalar>
using RowMajor = Eigen::Matrix<Scalar, Dynamic, Dynamic, Eigen::RowMajor>;

/// A row-major matrix with padding after its end, where a product may read.
template <typename Scalar>
struct Rows {
    std::vector<Scalar> values;
    MatrixView<Scalar> view;

    explicit Rows(const Matrix<Scalar>& A, Index gap = 0)
        : values(std::size_t(A.rows() * (A.cols() + gap) + kernels::read_beyond), Scalar(77)),
          view(values.data(), A.rows(), A.cols(), A.cols() + gap, 1) {
        for (Index i = 0; i < A.rows(); ++i)
            for (Index j = 0; j < A.cols(); ++j) view(i, j) = A(i, j);
    }

    Matrix<Scalar> matrix() const {
        Matrix<Scalar> A(view.rows, view.cols);
        for (Index i = 0; i < A.rows(); ++i)
            for (Index j = 0; j < A.cols(); ++j) A(i, j) = view(i, j);
        return A;
    }
};

template <typename Scalar>
void require_product(Index rows, Index depth, Index cols) {
    std::mt19937 generator(5);
    const Matrix<Scalar> A = test::draw<Scalar>(generator, rows, depth, -1, 1);
    const Matrix<Scalar> C = test::draw<Scalar>(generator, rows, cols, -1, 1);
    const Rows<Scalar> B(test::draw<Scalar>(generator, depth, cols, -1, 1));
    const Matrix<Scalar> AB = A.lazyProduct(B.matrix());
    const RowMajor<Scalar> A_rows = A;
    INFO(rows << " x " << depth << " x " << cols);

    const auto require = [&](const Rows<Scalar>& D, const Matrix<Scalar>& expected) {
        // A sum of `depth` products of mixed signs, in a different order.
        const Scalar error = test::relative_distance(D.matrix(), expected);
        INFO("relative error " << double(error));
        REQUIRE(error < 8 * std::numeric_limits<Scalar>::epsilon());
    };

    Rows<Scalar> D(C);
    const std::size_t count = test::allocations_in(
        [&] { kernels::multiply(D.view, D.view, MatrixView<const Scalar>(A), B.view); });
    REQUIRE(count == 0);
    require(D, C + AB);

    // A row-major A gives the same bits, and the numbers around D do not change.
    Rows<Scalar> with_gaps(C, 3);
    kernels::multiply(with_gaps.view, with_gaps.view, MatrixView<const Scalar>(A_rows), B.view);
    REQUIRE(with_gaps.matrix() == D.matrix());
    for (Index i = 0; i < rows; ++i)
        for (Index j = cols; j < cols + 3; ++j) REQUIRE(with_gaps.view(i, j) == Scalar(77));

    kernels::multiply(D.view, {}, MatrixView<const Scalar>(A), B.view);
    require(D, AB);

    const Rows<Scalar> row(C.topRows(1));
    kernels::multiply(D.view, kernels::in_every_row(row.view), MatrixView<const Scalar>(A), B.view);
    require(D, AB.rowwise() + C.row(0));
}

}  // namespace

TEMPLATE_TEST_CASE("product: computes D = C + A B in every order without allocating",
                   "[kernels][product][not_valgrind]", float, double, long double) {
    // All widths up to more than two vectors, and all numbers of rows up to more than two blocks.
    for (Index cols = 1; cols <= 35; ++cols) require_product<TestType>(5, 3, cols);
    for (Index rows = 1; rows <= 18; ++rows) require_product<TestType>(rows, 4, 67);
    require_product<TestType>(67, 2100, 131);  // more than the depth of one pass
    require_product<TestType>(13, 6, 600);     // rows far enough apart to be prefetched
}

TEMPLATE_TEST_CASE("product: sums over any number of rows", "[kernels][product]", float, double,
                   long double) {
    using Scalar = TestType;
    std::mt19937 generator(6);
    for (Index rows = 1; rows <= 9; ++rows)
        for (const Index cols : {1, 3, 8, 17, 67})
            for (const Index depth : {1, 7, 8, 9, 130}) {
                const Matrix<Scalar> A = test::draw<Scalar>(generator, depth, rows, -1, 1);
                const Matrix<Scalar> C = test::draw<Scalar>(generator, rows, cols, -1, 1);
                const Rows<Scalar> B(test::draw<Scalar>(generator, depth, cols, -1, 1));
                Rows<Scalar> D(C), sums(C.topRows(1)), none(Matrix<Scalar>(0, cols));
                kernels::add_product(D.view, MatrixView<const Scalar>(A).transpose(), B.view);
                kernels::add_column_sums(sums.view, B.view);
                kernels::add_column_sums(none.view, B.view);
                INFO(rows << " x " << depth << " x " << cols);
                // depth + 1 roundings, each of a sum no larger than that of the magnitudes.
                const auto near = [&](const Matrix<Scalar>& sum, const Matrix<Scalar>& expected,
                                      const Matrix<Scalar>& magnitude) {
                    const Scalar eps = Scalar(depth + 1) * std::numeric_limits<Scalar>::epsilon();
                    return ((sum - expected).array().abs() <= eps * magnitude.array()).all();
                };
                const Matrix<Scalar> A_T = A.transpose(), B_size = B.matrix().cwiseAbs();
                const Matrix<Scalar> C_size = C.cwiseAbs();
                REQUIRE(near(D.matrix(), C + A_T.lazyProduct(B.matrix()),
                             C_size + A_T.cwiseAbs().lazyProduct(B_size)));
                REQUIRE(near(sums.matrix(), C.row(0) + B.matrix().colwise().sum(),
                             C_size.row(0) + B_size.colwise().sum()));
            }
}

TEST_CASE("product: an empty factor adds nothing", "[kernels][product]") {
    Rows<double> D(Matrix<double>{{1, 2}, {3, 4}});
    const Rows<double> B(Matrix<double>(0, 2));
    const Matrix<double> some(2, 1), empty(0, 2);
    kernels::add_product(D.view, some.leftCols(0), B.view);
    CHECK(D.matrix() == Matrix<double>{{1, 2}, {3, 4}});
    const Rows<double> none(Matrix<double>(0, 2));
    kernels::add_product(none.view, empty, D.view);
    kernels::multiply(D.view, {}, some.leftCols(0), B.view);
    CHECK(D.matrix() == Matrix<double>::Zero(2, 2));
    Rows<double> wide(Matrix<double>::Ones(2, 40));
    const Rows<double> no_rows(Matrix<double>(0, 40));
    kernels::multiply(wide.view, {}, some.leftCols(0), no_rows.view);
    CHECK(wide.matrix() == Matrix<double>::Zero(2, 40));
}

TEST_CASE("product: values after the end of B do not matter, even NaN", "[kernels][product]") {
    Rows<double> B(Matrix<double>{{1, 2, 3}, {4, 5, 6}});
    for (std::size_t i = 6; i < B.values.size(); ++i) B.values[i] = std::nan("");
    Rows<double> D(Matrix<double>::Zero(1, 3));
    const Matrix<double> A{{10, 1}};
    kernels::add_product(D.view, A, B.view);
    CHECK(D.matrix() == Matrix<double>{{14, 25, 36}});
}
