// SPDX-License-Identifier: MIT
#include <twolayer/tiles/load_tile.hpp>

#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/policies/samples.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "catch.hpp"
#include "support/policies.hpp"
#include "support/problem.hpp"

using namespace twolayer;
using Catch::Matchers::StartsWith;

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Requires the same loss and gradient, up to the rounding of sums of about ten terms.
template <typename Net>
void require_same(const LossAndGradient<Net>& a, const LossAndGradient<Net>& b) {
    const double allowed = 32 * std::numeric_limits<double>::epsilon();
    const double error = test::relative_distance(a.gradient.theta(), b.gradient.theta());
    INFO("losses " << a.loss << " and " << b.loss << ", relative error of the gradient " << error);
    REQUIRE(std::abs(a.loss - b.loss) < allowed * b.loss);
    REQUIRE(error < allowed);
}

}  // namespace

TEST_CASE("sample weights: an integer counts as repeated rows", "[tiles][samples]") {
    test::for_each_policies([]<typename P>(P) {
        const test::Problem<double, typename P::Output> p(true);
        const std::vector<double> w{2, 1, 3, 1, 1, 4, 1};
        const std::vector<Index> repeated{0, 0, 1, 2, 2, 2, 3, 4, 5, 5, 5, 5, 6};
        const typename P::Loss policy;
        require_same(loss_and_gradient(p.net, p.X, p.Y, policy, w),
                     loss_and_gradient(p.net, test::rows_of(p.X, repeated),
                                       test::rows_of(p.Y, repeated), policy));
    });
}

TEST_CASE("sample weights: a row of weight zero counts as removed, whatever it holds",
          "[tiles][samples]") {
    test::for_each_policies([]<typename P>(P) {
        test::Problem<double, typename P::Output> p(true);
        const Vector<double> w{{1, 0, 1, 1, 0, 1, 0}};
        const std::vector<Index> kept{0, 2, 3, 5};
        const Matrix<double> X = test::rows_of(p.X, kept), Y = test::rows_of(p.Y, kept);
        p.X.row(1).setConstant(nan_value);
        p.X(4, 0) = infinity;
        p.Y(4, 1) = nan_value;
        p.Y.row(6).setConstant(-infinity);

        const typename P::Loss policy;
        const auto skipped = loss_and_gradient(p.net, p.X, p.Y, policy, w);
        require_same(skipped, loss_and_gradient(p.net, X, Y, policy));
        REQUIRE(mean_loss(p.net, p.X, p.Y, policy, w) == skipped.loss);
    });
}

TEST_CASE("sample weights: only their ratios matter", "[tiles][samples]") {
    test::for_each_policies([]<typename P>(P) {
        const test::Problem<double, typename P::Output> p(true);
        const typename P::Loss policy;
        const auto plain = loss_and_gradient(p.net, p.X, p.Y, policy, p.w);
        for (const double scale : {0.001, 3.0, 1e200, 1e-200})
            require_same(loss_and_gradient(p.net, p.X, p.Y, policy, scale * p.w), plain);
        require_same(loss_and_gradient(p.net, p.X, p.Y, policy, Vector<double>::Constant(7, 0.1)),
                     loss_and_gradient(p.net, p.X, p.Y, policy));
    });
}

TEST_CASE("sample weights: the loss is linear in their fractions", "[tiles][samples]") {
    // With a weight of 1 on a single row, the loss is that of the row.
    const test::Problem<double> p;
    double mean = 0;
    for (Index n = 0; n < 7; ++n) {
        const Vector<double> only = Vector<double>::Unit(7, n);
        const double one = mean_loss(p.net, p.X, p.Y, CrossEntropy{}, only);
        CHECK(one == mean_loss(p.net, p.X.row(n), p.Y.row(n), CrossEntropy{}));
        mean += p.w(n) * one / p.w.sum();
    }
    const double whole = mean_loss(p.net, p.X, p.Y, CrossEntropy{}, p.w);
    // Seven terms, each rounded twice.
    CHECK(std::abs(mean - whole) < 16 * std::numeric_limits<double>::epsilon() * whole);
}

TEST_CASE("samples: a batch has any rows in any order, divided by the given total",
          "[tiles][samples]") {
    using Net = TwoLayerNet<double>;
    test::Problem<double> p(true);
    p.w(5) = 0;
    p.X.row(5).setConstant(nan_value);
    const std::vector<Index> rows{6, 0, 5, 3, 2, 2};
    const bool weighted = GENERATE(false, true);
    if (!weighted)
        p.X.row(5).setOnes();
    const Vector<double> w = weighted ? p.w : Vector<double>();
    const Matrix<double> X = test::rows_of(p.X, rows), Y = test::rows_of(p.Y, rows);
    const Vector<double> batch_weights = weighted ? Vector<double>(p.w(rows)) : Vector<double>();
    const double total = weighted ? batch_weights.sum() : 6.0;

    // Two rows in each tile. With weights, one tile has no sample.
    detail::TileMemory<Net> memory(p.net.shape(), 2);
    LossAndGradient<Net> batch{0, Net::Weights(p.net.shape())};
    const MatrixArg<double> X_all(p.X), Y_all(p.Y);
    const VectorArg<double> w_all(w);
    const auto add = [&](const auto& weights, const auto& tile, const auto& sum, int) {
        detail::add_gradient<CrossEntropy, Sigmoid>(weights, tile, 2 * total, sum);
        return detail::weighted_loss<CrossEntropy, Sigmoid>(tile);
    };
    batch.loss = detail::sum_over_tiles<Net>(p.net.weights(), {X_all, Y_all, w_all, rows}, memory,
                                             &batch.gradient, {.in_place = true}, add);
    batch.loss /= total;
    batch.gradient.theta() *= 2;
    require_same(batch, loss_and_gradient(p.net, X, Y, CrossEntropy{}, batch_weights));
}

TEST_CASE("samples: refuses arguments that do not match, and writes nothing", "[tiles][samples]") {
    const test::Problem<double> p;
    using Net = TwoLayerNet<double>;
    Workspace<Net> workspace(p.net.shape());
    Net::Weights gradient(p.net.shape());
    gradient.theta().setConstant(42);

    const auto refused = [&](const auto& X, const auto& Y, const Vector<double>& w,
                             const char* message) {
        const auto write = [&] {
            loss_and_gradient(p.net, X, Y, SquaredError{}, w, workspace, gradient);
        };
        CHECK_THROWS_AS(write(), std::invalid_argument);
        CHECK_THROWS_WITH(write(), StartsWith(message));
        CHECK_THROWS_WITH(loss_and_gradient(p.net, X, Y, SquaredError{}, w), StartsWith(message));
        CHECK_THROWS_WITH(mean_loss(p.net, X, Y, SquaredError{}, w), StartsWith(message));
        CHECK_THROWS_WITH(mean_loss(p.net, X, Y, SquaredError{}, w, workspace),
                          StartsWith(message));
        CHECK((gradient.theta().array() == 42).all());
    };
    const Vector<double> none;
    refused(Matrix<double>(10, 4), p.Y, none, "X is 10 x 4, the network has 3 inputs");
    refused(p.X, p.Y.leftCols(1), none,
            "Y is 7 x 1, but X has 7 samples and the network 2 outputs");
    refused(p.X, p.Y.topRows(3), none, "Y is 3 x 2, but X has 7 samples");
    refused(p.X.topRows(0), p.Y.topRows(0), none, "there are no samples, expected at least one");
    refused(p.X, p.Y, p.w.head(6), "there are 6 sample weights for 7 samples");
    refused(p.X, p.Y, Vector<double>::Zero(7), "all 7 sample weights are 0, expected one above 0");
    for (const double bad : {-0.5, nan_value, infinity, -infinity}) {
        Vector<double> w = p.w;
        w(4) = bad;
        refused(p.X, p.Y, w, "the weight of sample 4 is ");
    }
}

TEST_CASE("samples: refuses a workspace or gradient of another shape", "[tiles][samples]") {
    const test::Problem<double> p;
    using Net = TwoLayerNet<double>;
    Workspace<Net> workspace(p.net.shape()), biased({3, 5, 2}), turned({2, 5, 3, false});
    Net::Weights gradient(p.net.shape()), wrong({2, 5, 3});
    gradient.theta().setConstant(42);
    wrong.theta().setConstant(42);
    const auto call = [&](Workspace<Net>& space, Net::Weights& into) {
        loss_and_gradient(p.net, p.X, p.Y, SquaredError{}, {}, space, into);
    };
    CHECK_THROWS_WITH(
        call(biased, gradient),
        StartsWith("the workspace is for 3 - 5 - 2 with biases, the network is 3 - 5 - "
                   "2 without biases"));
    CHECK_THROWS_AS(call(turned, gradient), std::invalid_argument);
    CHECK_THROWS_AS(mean_loss(p.net, p.X, p.Y, SquaredError{}, {}, turned), std::invalid_argument);
    CHECK_THROWS_WITH(call(workspace, wrong), StartsWith("the gradient is for 2 - 5 - 3"));
    CHECK((gradient.theta().array() == 42).all());
    CHECK((wrong.theta().array() == 42).all());
}
