// SPDX-License-Identifier: MIT
#include <twolayer/base/view.hpp>

#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>

#include <span>
#include <stdexcept>
#include <vector>

#include "catch.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::StartsWith;

namespace {

using RowMajor = Eigen::Matrix<double, Dynamic, Dynamic, Eigen::RowMajor>;
using AnyStride = Eigen::Stride<Dynamic, Dynamic>;

/// A matrix in several memory layouts, with different numbers in the gaps.
struct Layouts {
    RowMajor row_major;
    std::vector<double> strided;  ///< strides of 3 in a column and 3 (rows + 2) in a row
    Matrix<double> around;        ///< with a margin of 2 rows and 1 column
    RowMajor table;               ///< with one more column

    explicit Layouts(const Matrix<double>& A)
        : row_major(A),
          strided(std::size_t(3 * (A.rows() + 2) * A.cols()), 1e9),
          around(Matrix<double>::Constant(A.rows() + 4, A.cols() + 2, 1e9)),
          table(RowMajor::Constant(A.rows(), A.cols() + 1, 1e9)),
          rows(A.rows()),
          cols(A.cols()) {
        Eigen::Map<Matrix<double>, 0, AnyStride>(strided.data(), rows, cols,
                                                 AnyStride(3 * (rows + 2), 3)) = A;
        around.block(2, 1, rows, cols) = A;
        table.leftCols(cols) = A;
    }

    auto map() const {
        return Eigen::Map<const Matrix<double>, 0, AnyStride>(strided.data(), rows, cols,
                                                              AnyStride(3 * (rows + 2), 3));
    }
    auto block() const { return around.block(2, 1, rows, cols); }
    auto columns() const { return table.leftCols(cols); }
    auto plain() const {
        return row_by_row(std::span<const double>(row_major.data(), std::size_t(row_major.size())),
                          cols);
    }

private:
    Index rows, cols;
};

}  // namespace

TEST_CASE("view: the layout of X and Y does not change a bit", "[base][view]") {
    const test::Problem<double> p(true, 131);  // more than one tile of the default size
    const auto expected = loss_and_gradient(p.net, p.X, p.Y, CrossEntropy{});
    const Matrix<double> predicted = p.net.predict(p.X);
    REQUIRE(expected.gradient.theta().cwiseAbs().minCoeff() > 0);

    const auto same = [&](const auto& X, const auto& Y) {
        const auto [loss, gradient] = loss_and_gradient(p.net, X, Y, CrossEntropy{});
        CHECK(loss == expected.loss);
        CHECK(gradient.theta() == expected.gradient.theta());
        CHECK(p.net.predict(X) == predicted);
    };
    const Layouts X(p.X), Y(p.Y);
    same(X.row_major, Y.row_major);
    same(X.map(), Y.map());
    same(X.block(), Y.block());
    same(X.plain(), Y.plain());
    same(X.plain(), p.Y);
    same(X.row_major.transpose().eval().transpose(), Y.block());
    same(p.X * 1.0, p.Y + Matrix<double>::Zero(131, 2));

    const Matrix<double> half = 0.5 * p.X;
    same(half * 2.0, Y.map());
    same(half + half, p.Y.array().matrix());
    same(p.X(Eigen::seqN(0, p.X.rows()), Eigen::seq(0, 2)),
         p.Y(Eigen::seqN(0, p.Y.rows()), Eigen::seqN(0, p.Y.cols())));
}

TEST_CASE("view: for any column counts and sample weights the layout only affects rounding",
          "[base][view]") {
    // 70 columns are more than a product reads at once. With 3 columns, row-major entries of a
    // column are as far apart as those of map().
    const Index D = GENERATE(3, 70), K = GENERATE(1, 2, 3);
    const bool weighted = GENERATE(false, true);
    test::Problem<double> p({D, 4, K}, 131);
    p.w(7) = 0;
    const Vector<double> w = weighted ? p.w : Vector<double>();
    const auto expected = loss_and_gradient(p.net, p.X, p.Y, SquaredError{}, w).gradient;

    const auto same = [&](const auto& X, const auto& Y) {
        const auto gradient = loss_and_gradient(p.net, X, Y, SquaredError{}, w).gradient;
        INFO(D << " columns of X and " << K << " of Y, " << (weighted ? "weighted" : "all alike"));
        // Sums of 131 terms.
        CHECK(test::relative_distance(gradient.theta(), expected.theta()) < 131 * 2.2e-16);
    };
    const Layouts X(p.X), Y(p.Y);
    same(p.X, Y.row_major);
    same(p.X, Y.map());
    same(p.X, Y.block());
    same(p.X, Y.columns());
    same(X.row_major, p.Y);
    same(X.map(), p.Y);
    same(X.block(), p.Y);
    same(X.columns(), p.Y);
}

TEST_CASE("view: any kind of vector can hold the sample weights", "[base][view]") {
    const test::Problem<double> p;
    const double expected = mean_loss(p.net, p.X, p.Y, SquaredError{}, p.w);
    REQUIRE(expected != mean_loss(p.net, p.X, p.Y));
    const auto same = [&](const auto& w) {
        CHECK(mean_loss(p.net, p.X, p.Y, SquaredError{}, w) == expected);
    };
    const Eigen::RowVectorXd row = p.w.transpose();
    const std::vector<double> plain(p.w.begin(), p.w.end());
    const Layouts strided(p.w);
    RowMajor table = RowMajor::Zero(7, 4);
    table.col(2) = p.w;
    same(row);
    same(plain);
    same(std::span(plain));
    same(std::span<const double, 7>(plain));
    same(strided.map());
    same(strided.map().transpose());
    same(table.col(2));
    same(Matrix<double>(p.w));
    same(p.w.transpose());
    same(0.5 * (p.w + p.w));
    same((p.w + p.w).transpose() * 0.5);
}

TEST_CASE("view: refers to the matrix and copies nothing", "[base][view]") {
    RowMajor A{{1, 2, 3}, {4, 5, 6}};
    const MatrixView<double> view(A);
    view(1, 2) = 7;
    CHECK(A(1, 2) == 7);
    CHECK(view.transpose()(2, 1) == 7);
    CHECK(view.block(1, 1, 1, 2)(0, 1) == 7);
    CHECK(view.row(1).data() == &A(1, 0));
    CHECK(MatrixArg<double>(A).data == A.data());
    CHECK(MatrixArg<double>(A.col(1)).data == &A(0, 1));
    CHECK(VectorArg<double>(A.col(1)).stride == 3);
    CHECK(VectorArg<double>(A.row(1)).stride == 1);
}

TEST_CASE("view: a default-constructed view is empty", "[base][view]") {
    const MatrixView<const double> matrix;
    CHECK(matrix.data == nullptr);
    CHECK((matrix.rows == 0 && matrix.cols == 0 && matrix.size() == 0));
    CHECK((matrix.row_stride == 0 && matrix.col_stride == 0));
    const VectorArg<double> vector;
    CHECK((vector.data == nullptr && vector.empty()));
}

TEST_CASE("view: refuses matrices as vectors, and values that do not fill whole rows",
          "[base][view]") {
    const test::Problem<double> p;
    const std::vector<double> values(7);
    CHECK_THROWS_AS(mean_loss(p.net, p.X, p.Y, SquaredError{}, p.X), std::invalid_argument);
    CHECK_THROWS_WITH(mean_loss(p.net, p.X, p.Y, SquaredError{}, p.X),
                      StartsWith("expected a vector, got a matrix of 7 x 3"));
    CHECK_THROWS_AS(row_by_row(values, 3), std::invalid_argument);
    CHECK_THROWS_WITH(row_by_row(values, 3), StartsWith("7 numbers do not fill rows of 3"));
    CHECK_THROWS_AS(row_by_row(values, 0), std::invalid_argument);
    CHECK(row_by_row(values, 7).rows == 1);
    CHECK(row_by_row(values, 1).rows == 7);
}
