// SPDX-License-Identifier: MIT
#include <twolayer/network/gradient.hpp>

#include <twolayer/network/net.hpp>

#include <thread>
#include <vector>

#include "catch.hpp"
#include "support/problem.hpp"

using namespace twolayer;

namespace {

/// The results that one thread computes with the shared network.
struct Results {
    Matrix<double> Yhat, one_by_one;
    double loss = 0;
    Vector<double> gradient;

    bool operator==(const Results&) const = default;
};

Results compute(const test::Problem<double>& p) {
    using Net = TwoLayerNet<double>;
    Results results{p.net.predict(p.X), Matrix<double>(p.X.rows(), 2), 0, {}};
    for (Index n = 0; n < p.X.rows(); ++n)
        results.one_by_one.row(n) = p.net.predict_one(p.X.row(n)).transpose();
    Workspace<Net> workspace(p.net.shape(), 5);
    Net::Weights gradient(p.net.shape());
    results.loss = loss_and_gradient(p.net, p.X, p.Y, SquaredError{}, p.w, workspace, gradient);
    results.gradient = gradient.theta();
    return results;
}

}  // namespace

TEST_CASE("threads: eight threads that share a network get the results of one, bit for bit",
          "[network][threads]") {
    const test::Problem<double> p(true, 301);
    const Results alone = compute(p);

    constexpr int repeats = 20;
    std::vector<int> equal(8, 0);
    std::vector<std::thread> threads;
    for (int& count : equal)
        threads.emplace_back([&p, &alone, &count] {
            for (int i = 0; i < repeats; ++i) count += compute(p) == alone;
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(equal == std::vector<int>(8, repeats));
}
