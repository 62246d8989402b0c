// SPDX-License-Identifier: MIT
#include <twolayer/tiles/workspace.hpp>

#include <twolayer/network/gradient.hpp>

#include <memory>
#include <random>
#include <span>
#include <utility>
#include <vector>

#if __has_include(<sys/resource.h>)
#include <sys/resource.h>
#endif

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/draw.hpp"

using namespace twolayer;
using test::allocations_in;

namespace {

/// Requires that no call of the hot path allocates if it has a workspace.
template <typename Net>
void require_no_allocations(const Shape& shape, Index N) {
    using Scalar = typename Net::Scalar;
    if (!test::counts_allocations()) {
        WARN("allocations are not counted with this C library or sanitizer");
        return;
    }
    std::mt19937 generator(1);
    // On the heap because the objects of fixed shape are large; allocated before counting.
    const auto net = std::make_unique<Net>(shape);
    const auto workspace = std::make_unique<Workspace<Net>>(shape);
    const auto gradient = std::make_unique<typename Net::Weights>(shape);
    net->randomize(generator);
    const Matrix<Scalar> X = test::draw<Scalar>(generator, N, shape.inputs, 0, 1);
    const Matrix<Scalar> Y = test::draw<Scalar>(generator, N, shape.outputs, 0, 1);
    const Vector<Scalar> w = test::draw<Scalar>(generator, N, 1, 0.5, 2);
    const Eigen::Matrix<Scalar, Dynamic, Dynamic, Eigen::RowMajor> wide = X.replicate(1, 2);
    const auto strided = wide.rightCols(shape.inputs);
    Matrix<Scalar> Yhat(N, shape.outputs);
    std::vector<Scalar> one(std::size_t(shape.outputs));

    const auto all = [&](const auto& samples, const auto& weights) {
        const CrossEntropy policy;
        CHECK(allocations_in([&] { mean_loss(*net, samples, Y, policy, weights, *workspace); }) ==
              0);
        CHECK(allocations_in([&] {
                  loss_and_gradient(*net, samples, Y, policy, weights, *workspace, *gradient);
              }) == 0);
        CHECK(allocations_in([&] { net->predict(samples, Yhat, *workspace); }) == 0);
        CHECK(allocations_in([&] { net->predict_one(samples.row(0), std::span(one)); }) == 0);
        CHECK(gradient->theta().norm() > 0);  // none of it was optimized away
        CHECK(Yhat(0, 0) > 0);
    };
    all(X, Vector<Scalar>());
    all(strided, w);
}

constexpr Shape xor_shape{2, 2, 1}, digits{64, 32, 10, false}, mnist{784, 128, 10};

}  // namespace

TEMPLATE_TEST_CASE("workspace: calls with a workspace do not allocate",
                   "[tiles][workspace][not_valgrind]", float, double) {
    require_no_allocations<TwoLayerNet<TestType>>(xor_shape, 4);
    require_no_allocations<TwoLayerNet<TestType>>(digits, 1797);
    require_no_allocations<TwoLayerNet<TestType>>(mnist, 256);
    require_no_allocations<TwoLayerNet<TestType, Softmax>>(digits, 1797);
}

TEST_CASE("workspace: calls with a workspace of fixed shape do not allocate",
          "[tiles][workspace][not_valgrind]") {
    require_no_allocations<TwoLayerNet<float, Sigmoid, 2, 2, 1>>(xor_shape, 4);
    require_no_allocations<TwoLayerNet<double, Sigmoid, 64, 32, 10>>(digits, 1797);
    require_no_allocations<TwoLayerNet<double, Sigmoid, 784, 128, 10>>(mnist, 256);
}

TEMPLATE_TEST_CASE("workspace: a network of fixed shape never uses the heap", "[tiles][workspace]",
                   float, double) {
    using Net = TwoLayerNet<TestType, Sigmoid, 2, 3, 1>;
    const Eigen::Matrix<TestType, 4, 2> X{{0, 0}, {0, 1}, {1, 0}, {1, 1}};
    const Eigen::Matrix<TestType, 4, 1> Y{0, 1, 1, 0};
    std::mt19937 generator(1);
    TestType value = 0, entry = 0, prediction = 0;
    const std::size_t count = allocations_in([&] {
        Net net(true);
        net.randomize(generator);
        const auto copy = net;
        Workspace<Net> workspace(copy.shape());
        typename Net::Weights gradient(copy.shape());
        value = loss_and_gradient(copy, X, Y, CrossEntropy{}, {}, workspace, gradient);
        const auto one_call = loss_and_gradient(copy, X, Y, CrossEntropy{});
        entry = one_call.gradient.theta()(0);
        prediction = copy.predict_one(X.row(1))(0);
    });
    CHECK(count == 0);
    CHECK(value > 0);
    CHECK(entry != 0);
    CHECK(prediction > 0);
}

TEMPLATE_TEST_CASE("workspace: calls without one allocate only their result",
                   "[tiles][workspace][not_valgrind]", float, double) {
    if (!test::counts_allocations()) {
        WARN("allocations are not counted with this C library or sanitizer");
        return;
    }
    using Net = TwoLayerNet<TestType>;
    for (const Shape& shape : {xor_shape, digits, mnist})
        for (const Index N : {1, 8, 9, 300}) {
            Net net(shape);
            net.weights().theta().setConstant(TestType(0.01));
            const Matrix<TestType> X = Matrix<TestType>::Constant(N, shape.inputs, TestType(0.5));
            const Matrix<TestType> Y = Matrix<TestType>::Constant(N, shape.outputs, TestType(0.5));
            TestType sum = 0;
            const auto gradient = [&] { sum += loss_and_gradient(net, X, Y, CrossEntropy{}).loss; };
            const auto value = [&] { sum += mean_loss(net, X, Y, CrossEntropy{}); };
            const auto predict = [&] { sum += net.predict(X)(0, 0); };
            gradient();  // later calls reuse the memory of this one
            INFO(shape.inputs << " inputs, N = " << N);
            const std::size_t before = test::allocated_bytes();
            CHECK(allocations_in(gradient) == 1);
            const std::size_t P = std::size_t(shape.size()), slack = kernels::read_beyond + 64;
            CHECK(test::allocated_bytes() - before <= (P + slack) * sizeof(TestType));
            CHECK(allocations_in(value) == 0);
            CHECK(allocations_in(predict) == 1);
            CHECK(sum > 0);
        }
}

#if __has_include(<sys/resource.h>)
TEST_CASE("workspace: memory of one call is kept for the next", "[tiles][workspace]") {
    const TwoLayerNet<float> net(mnist);
    const Matrix<float> X = Matrix<float>::Zero(300, 784), Y = Matrix<float>::Zero(300, 10);
    float sum = 0;
    const auto page_faults_of = [&](int calls) {
        rusage before, after;
        getrusage(RUSAGE_SELF, &before);
        for (int i = 0; i < calls; ++i) sum += mean_loss(net, X, Y);
        getrusage(RUSAGE_SELF, &after);
        return after.ru_minflt - before.ru_minflt;
    };
    page_faults_of(1);
    CHECK(page_faults_of(20) < 20);  // 500 pages, so 10 000 if every call allocated them
    CHECK(sum > 0);
}
#endif

TEST_CASE("workspace: a thread keeps the largest memory within its limit", "[tiles][workspace]") {
    using Memory = detail::ThreadMemory<long double>;
    Memory::take(1);  // removes memory left by other tests on this thread
    Vector<long double> small = Memory::take(5), large(9);
    Memory::give(large);
    Memory::give(small);
    Vector<long double> first = Memory::take(5), second = Memory::take(5);
    CHECK(first.size() == 9);
    CHECK(second.size() == 5);
    Vector<long double> huge(Memory::max_bytes / Index(sizeof(long double)) + 1);
    const auto size = huge.size();
    Memory::give(huge);
    CHECK(huge.size() == size);
    CHECK(Memory::take(1).size() == 1);

    // Two objects at the same time do not share memory.
    using Net = TwoLayerNet<double>;
    auto one = detail::TileMemory<Net>::for_one_call(digits, 10),
         other = detail::TileMemory<Net>::for_one_call(digits, 10);
    CHECK(one.inputs(1).data != other.inputs(1).data);
    auto moved = std::move(one);
    CHECK(moved.inputs(1).data != other.inputs(1).data);
}
