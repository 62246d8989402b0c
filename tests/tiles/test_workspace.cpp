// SPDX-License-Identifier: MIT
#include <twolayer/tiles/workspace.hpp>

#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>

#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

#include "catch.hpp"
#include "support/problem.hpp"
#include "support/refusal.hpp"

using namespace twolayer;

namespace {

template <typename Net>
Index rows(const Shape& shape) {
    return detail::TileMemory<Net>(shape).tile_rows();
}

}  // namespace

TEST_CASE("workspace: that of a fixed shape lies inside the object up to 100 KiB",
          "[tiles][workspace]") {
    using Small = Workspace<TwoLayerNet<double, Sigmoid, 24, 8, 2>>;
    using Large = Workspace<TwoLayerNet<float, Softmax, 784, 128, 10>>;
    static_assert(sizeof(Small) > 64 * 1024 && sizeof(Small) < 104 * 1024);
    static_assert(sizeof(Large) < 1024);
    // Smaller tiles than those of a dynamic shape would make it slower.
    CHECK(rows<TwoLayerNet<double, Sigmoid, 24, 8, 2>>({24, 8, 2, false}) ==
          rows<TwoLayerNet<double>>({24, 8, 2, false}));
    CHECK(rows<TwoLayerNet<float, Softmax, 784, 128, 10>>({784, 128, 10}) ==
          rows<TwoLayerNet<float>>({784, 128, 10}));
}

TEST_CASE("workspace: the tile size depends only on the shape", "[tiles][workspace]") {
    // Other sizes would change the order of sums, and so the bits of every result.
    CHECK(rows<TwoLayerNet<double>>({2, 2, 1, false}) == 128);
    CHECK(rows<TwoLayerNet<double>>({784, 128, 10, false}) == 192);
    CHECK(rows<TwoLayerNet<double>>({30, 20, 3, false}) == rows<TwoLayerNet<double>>({30, 20, 3}));

    // A network with only one size fixed at compile time counts as dynamic.
    CHECK(rows<TwoLayerNet<double, Sigmoid, 8>>({8, 2, 1, false}) ==
          rows<TwoLayerNet<double>>({8, 2, 1, false}));
}

TEMPLATE_TEST_CASE("workspace: copied and moved workspaces work like the original",
                   "[tiles][workspace]", (TwoLayerNet<double>),
                   (TwoLayerNet<double, Sigmoid, 3, 5, 2>)) {
    const test::Problem<double> p(true, 1100);
    const TestType net(p.net);
    const auto gradient_by = [&](Workspace<TestType>& workspace) {
        typename TestType::Weights gradient(net.shape());
        loss_and_gradient(net, p.X, p.Y, CrossEntropy{}, p.w, workspace, gradient);
        return Vector<double>(gradient.theta());
    };
    auto first = std::make_unique<Workspace<TestType>>(net.shape());
    first->use_threads(3);
    const Vector<double> expected = gradient_by(*first);

    Workspace<TestType> copy = *first;
    first.reset();
    CHECK(copy.memory(net.shape()).threads() == 3);
    CHECK(gradient_by(copy) == expected);
    Workspace<TestType> moved = std::move(copy);
    CHECK(moved.memory(net.shape()).threads() == 3);
    CHECK(gradient_by(moved) == expected);
    copy = moved;
    CHECK(gradient_by(copy) == expected);
}

TEST_CASE("workspace: uses no more threads than parts, and refuses zero", "[tiles][workspace]") {
    Workspace<TwoLayerNet<double>> workspace({2, 3, 1, false});
    const auto& memory = workspace.memory({2, 3, 1, false});
    CHECK(memory.threads() == 1);
    workspace.use_threads(1 << 30);
    CHECK(memory.threads() == memory.max_parts);
    CHECK(test::refusal<std::invalid_argument>([&] { workspace.use_threads(0); }) ==
          "threads is 0, it must be at least 1");
    CHECK(memory.threads() == memory.max_parts);
    workspace.use_threads(1);
    CHECK(memory.threads() == 1);
}

TEST_CASE("workspace: refuses sizes that it cannot hold", "[tiles][workspace]") {
    using Dynamic = Workspace<TwoLayerNet<double>>;
    using Fixed = Workspace<TwoLayerNet<double, Sigmoid, 2, 3, 1>>;
    using Limits = std::numeric_limits<Index>;
    for (const Index rows :
         {Limits::min(), Index(-1), Index(0), Index(1) << 40, Index(1) << 60, Limits::max()}) {
        CHECK_THROWS_AS(Dynamic({2, 3, 1, false}, rows), std::invalid_argument);
        CHECK_THROWS_AS(Fixed({2, 3, 1, false}, rows), std::invalid_argument);
    }
    for (const Index size : {Index(1) << 40, Index(1) << 59, Limits::max(), Limits::min()}) {
        CHECK_THROWS_AS(Dynamic({size, 3, 1, false}), std::invalid_argument);
        CHECK_THROWS_AS(Dynamic({2, size, 1, false}), std::invalid_argument);
        CHECK_THROWS_AS(Dynamic({2, 3, size, false}), std::invalid_argument);
    }
    CHECK_THROWS_AS(Dynamic({2, 0, 1, false}), std::invalid_argument);
    CHECK_THROWS_AS(Dynamic({2, -3, 1}, 5), std::invalid_argument);
    CHECK_THROWS_AS(Fixed({2, 3, 2, false}), std::invalid_argument);
    CHECK_THROWS_AS(Fixed({2, 3, 1, false}, 1 << 20), std::invalid_argument);
    Fixed least({2, 3, 1, false}, 1);
    CHECK(least.memory({2, 3, 1, false}).tile_rows() == 1);
}
