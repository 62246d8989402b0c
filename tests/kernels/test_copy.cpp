// SPDX-License-Identifier: MIT
#include <twolayer/kernels/copy.hpp>

#include <cstddef>
#include <random>
#include <vector>

#include "catch.hpp"
#include "support/draw.hpp"

using namespace twolayer;

TEMPLATE_TEST_CASE("copy: copies every entry between all orders and strides", "[kernels][copy]",
                   float, double, long double) {
    using RowMajor = Eigen::Matrix<TestType, Dynamic, Dynamic, Eigen::RowMajor>;
    // Whole 4 x 4 blocks, and remainders in either direction.
    const Index rows = GENERATE(1, 3, 4, 9, 18), cols = GENERATE(1, 2, 4, 7, 13);
    std::mt19937 generator(1);
    const Matrix<TestType> A = test::draw<TestType>(generator, rows, cols, -1, 1);
    const RowMajor B = A;
    const auto require = [&](const auto& from, auto& whole) {
        whole.setConstant(7);
        MatrixView<TestType> to = MatrixView<TestType>(whole).block(2, 1, rows, cols);
        copy<TestType>(MatrixArg<TestType>(from), to);
        INFO(rows << " x " << cols);
        REQUIRE(whole.block(2, 1, rows, cols) == A);
        whole.block(2, 1, rows, cols).setConstant(7);
        REQUIRE((whole.array() == TestType(7)).all());  // nothing else was written
    };
    Matrix<TestType> columns(rows + 3, cols + 2);
    RowMajor lines(rows + 3, cols + 2);
    require(A, columns);
    require(A, lines);
    require(B, columns);
    require(B, lines);
    const Matrix<TestType> wide = A.replicate(2, 1);
    require(Eigen::Map<const Matrix<TestType>, 0, Eigen::OuterStride<>>(
                wide.data(), rows, cols, Eigen::OuterStride<>(2 * rows)),
            lines);

    // A stride of three, in columns and in rows.
    using Stride = Eigen::Stride<Dynamic, Dynamic>;
    using Spread = Eigen::Map<Matrix<TestType>, 0, Stride>;
    std::vector<TestType> values(std::size_t(3 * (rows + 3) * (cols + 2)));
    Spread spread_columns(values.data(), rows + 3, cols + 2, Stride(3 * (rows + 3), 3));
    Spread spread_lines(values.data(), rows + 3, cols + 2, Stride(3, 3 * (cols + 2)));
    for (Spread* const spread : {&spread_columns, &spread_lines}) {
        require(A, *spread);
        require(B, *spread);
        spread->topLeftCorner(rows, cols) = A;
        require(spread->topLeftCorner(rows, cols), columns);
        require(spread->topLeftCorner(rows, cols), lines);
    }
}
