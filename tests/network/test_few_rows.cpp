// SPDX-License-Identifier: MIT
#include <twolayer/kernels/product.hpp>

#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "support/oracle.hpp"
#include "support/problem.hpp"

using namespace twolayer;

namespace {

template <typename Scalar, typename Output>
void require_right_numbers(const Shape& shape) {
    using Net = TwoLayerNet<Scalar, Output>;
    std::mt19937 generator(3);
    Net net(shape);
    net.randomize(generator, Glorot{});
    if (shape.biases)
        net.weights().set_b1(test::draw<Scalar>(generator, shape.hidden, 1, -1, 1));
    Workspace<Net> workspace(shape);
    auto& memory = workspace.memory(shape);
    REQUIRE(memory.load(net.weights(), 8).in_place());
    REQUIRE(!memory.load(net.weights(), 9).in_place());
    typename Net::Weights gradient(shape);
    // Sums of D and of M terms of mixed sign, whose roundings add up like a random walk. The
    // gradient has those of both passes and of its sum over the samples.
    const auto terms = static_cast<Scalar>(std::sqrt(double(shape.inputs + shape.hidden)));
    const Scalar allowed = 8 * terms * std::numeric_limits<Scalar>::epsilon();

    for (Index N = 1; N <= 9; ++N) {
        INFO(shape.inputs << " - " << shape.hidden << " - " << shape.outputs << ", N = " << N);
        const Matrix<Scalar> X = test::draw<Scalar>(generator, N, shape.inputs, -1, 1);
        const Matrix<Scalar> Y = test::draw<Scalar>(generator, N, shape.outputs, 0, 1);
        const auto expected = test::whole_batch<SquaredError>(net, X, Y);
        const auto pass = net.forward(X);
        REQUIRE(test::relative_distance(pass.Z, expected.Z) < allowed);
        REQUIRE(test::relative_distance(pass.Yhat, expected.Yhat) < allowed);
        REQUIRE(net.predict(X) == pass.Yhat);

        gradient.theta().setConstant(99);
        const Scalar L = loss_and_gradient(net, X, Y, SquaredError{}, {}, workspace, gradient);
        REQUIRE(std::abs(L - expected.loss) <= allowed * expected.loss);
        REQUIRE(test::relative_distance(gradient.theta(), expected.gradient) < 4 * allowed);
        const auto one_call = loss_and_gradient(net, X, Y);
        REQUIRE(one_call.loss == L);
        REQUIRE(one_call.gradient.theta() == gradient.theta());
        REQUIRE(mean_loss(net, X, Y) == L);

        // Rows of weight zero are not read, and X may have any layout.
        Eigen::Matrix<Scalar, Dynamic, Dynamic, Eigen::RowMajor> wide(N + 1, 2 * shape.inputs);
        wide.setConstant(std::numeric_limits<Scalar>::quiet_NaN());
        wide.topLeftCorner(N, shape.inputs) = X;
        Matrix<Scalar> Y_more = Matrix<Scalar>::Zero(N + 1, shape.outputs);
        Y_more.topRows(N) = Y;
        Vector<Scalar> w = Vector<Scalar>::Ones(N + 1);
        w(N) = 0;
        const auto weighted =
            loss_and_gradient(net, wide.leftCols(shape.inputs), Y_more, SquaredError{}, w);
        REQUIRE(test::relative_distance(weighted.gradient.theta(), expected.gradient) <
                4 * allowed);
    }
}

template <typename Scalar>
bool in_place(const Shape& shape, Index samples, Index tile_rows = 128) {
    const TwoLayerNet<Scalar> net(shape);
    detail::TileMemory<TwoLayerNet<Scalar>> memory(shape, tile_rows);
    return memory.load(net.weights(), samples).in_place();
}

}  // namespace

TEMPLATE_TEST_CASE("few rows: results agree with the formulas", "[network][few_rows]", float,
                   double) {
    require_right_numbers<TestType, Sigmoid>({530, 13, 7});  // inputs in three pieces
    require_right_numbers<TestType, Softmax>({64, 64, 10, false});
}

TEST_CASE("few rows: not used for small networks or a single input", "[network][few_rows]") {
    CHECK(!in_place<double>({2, 2, 1, false}, 1));
    CHECK(!in_place<double>({1, 5000, 1, false}, 1));
    CHECK(in_place<double>({64, 32, 10, false}, 4));
    CHECK(!in_place<double>({64, 32, 10, false}, 5));
    CHECK(!in_place<double>({64, 64, 10, false}, 3, 2));  // one tile at most
    CHECK(!in_place<long double>({64, 64, 10, false}, 1));
}
