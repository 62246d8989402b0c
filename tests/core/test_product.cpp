// SPDX-License-Identifier: MIT
#include <twolayer/core/kernels/product.hpp>

#include <limits>
#include <random>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/problem.hpp"

using namespace twolayer;

template void kernels::add_product<float>(MatrixView<float>, MatrixView<const float>,
                                          MatrixView<const float>);
template void kernels::add_product<double>(MatrixView<double>, MatrixView<const double>,
                                           MatrixView<const double>);

namespace {

template <typename Scalar>
using RowMajor = Eigen::Matrix<Scalar, Dynamic, Dynamic, Eigen::RowMajor>;

template <typename Scalar>
void require_all_orders(Index rows, Index depth, Index cols) {
    std::mt19937 generator(5);
    const Matrix<Scalar> A = test::draw<Scalar>(generator, rows, depth, -1, 1);
    const Matrix<Scalar> B = test::draw<Scalar>(generator, depth, cols, -1, 1);
    const Matrix<Scalar> D = test::draw<Scalar>(generator, rows, cols, -1, 1);
    const RowMajor<Scalar> A_rows = A, B_rows = B;
    const Matrix<Scalar> expected = D + A.lazyProduct(B);

    const auto require = [&](auto start, MatrixView<const Scalar> left,
                             MatrixView<const Scalar> right) {
        const std::size_t count = test::allocations_in(
            [&] { kernels::add_product(MatrixView<Scalar>(start), left, right); });
        // A sum of `depth` products of mixed signs, rounded in another order.
        const Scalar error = test::relative_distance(start, expected);
        INFO(rows << " x " << depth << " x " << cols << ": relative error " << error);
        REQUIRE(error < 8 * std::numeric_limits<Scalar>::epsilon());
        REQUIRE(count == 0);
    };
    const auto require_with = [&](const auto& start) {
        require(start, A, B);
        require(start, A, B_rows);
        require(start, A_rows, B);
        require(start, A_rows, B_rows);
    };
    require_with(Matrix<Scalar>(D));
    require_with(RowMajor<Scalar>(D));
}

}  // namespace

TEMPLATE_TEST_CASE("product: D += A B in every order, without allocating", "[core][product]", float,
                   double) {
    require_all_orders<TestType>(7, 3, 5);
    require_all_orders<TestType>(1, 1, 1);
    require_all_orders<TestType>(1, 9, 2);
    // Past every limit of the blocks: 32 rows, 64 or 128 of depth and columns.
    require_all_orders<TestType>(67, 300, 131);
    require_all_orders<TestType>(33, 129, 65);
}

TEST_CASE("product: nothing to add where a side is empty", "[core][product]") {
    Matrix<double> D{{1, 2}, {3, 4}}, none(0, 2), A(2, 0), B(0, 2);
    kernels::add_product(MatrixView<double>(D), A, B);
    CHECK(D == Matrix<double>{{1, 2}, {3, 4}});
    kernels::add_product(MatrixView<double>(none), Matrix<double>(0, 3), Matrix<double>(3, 2));
    CHECK(none.rows() == 0);
}

TEST_CASE("product: windows with gaps are read and written in place", "[core][product]") {
    Matrix<double> large = Matrix<double>::Constant(5, 5, 9);
    const Matrix<double> A{{1, 2}, {3, 4}};
    kernels::add_product(MatrixView<double>(large).block(1, 2, 2, 2), A,
                         MatrixView<double>(large).block(3, 0, 2, 2));
    CHECK(large.block(1, 2, 2, 2) == Matrix<double>{{36, 36}, {72, 72}});
    CHECK((large.array() == 9).count() == 21);
}
