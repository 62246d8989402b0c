// SPDX-License-Identifier: MIT
//
// Compares our L-BFGS with LBFGSpp, https://lbfgspp.statr.me
#include <LBFGS.h>
#include <LBFGSpp/LineSearchMoreThuente.h>

#include <twolayer/base/random.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <random>
#include <vector>

#include "catch.hpp"
#include "support/methods.hpp"

using namespace twolayer;

namespace {

constexpr int memory = 10;

/// A function that records its first evaluation at which the norm of the gradient is at most
/// `tolerance`.
struct Judged {
    const test::LeastSquares<double>& f;
    double tolerance;
    int evaluations = 0;
    int reached = std::numeric_limits<int>::max();

    double operator()(ConstTheta<double> theta, Theta<double> gradient) {
        const double value = f(theta, gradient);
        ++evaluations;
        if (is_finite(value) && gradient.norm() <= tolerance)
            reached = std::min(reached, evaluations);
        return value;
    }
};

/// LBFGSpp uses this line search in its solver with bounds; here there are none.
template <typename Scalar>
struct MoreThuente {
    template <typename F>
    static void LineSearch(F& f, Scalar& value, Vector<Scalar>& theta, Vector<Scalar>& gradient,
                           Scalar& step, const Vector<Scalar>& direction,
                           const Vector<Scalar>& before, const LBFGSpp::LBFGSParam<Scalar>&) {
        const LBFGSpp::LBFGSBParam<Scalar> defaults;
        LBFGSpp::LineSearchMoreThuente<Scalar>::LineSearch(
            f, value, theta, gradient, step, Scalar(1e20), direction, before, defaults);
    }
};

/// The number of evaluations of LBFGSpp; the largest int if it does not reach the tolerance.
template <template <typename> typename LineSearch>
int theirs(Judged f, Vector<double> theta, int conditions) {
    LBFGSpp::LBFGSParam<double> settings;
    settings.m = memory;
    settings.epsilon = f.tolerance;
    settings.epsilon_rel = 0;
    settings.max_iterations = 2000;
    settings.linesearch = conditions;
    LBFGSpp::LBFGSSolver<double, LineSearch> solver(settings);
    double value = 0;
    try {
        solver.minimize(f, theta, value);
    } catch (const std::exception&) {  // its line search failed
    }
    return f.reached;
}

int ours(Judged f, Vector<double> theta) {
    const double tolerance = f.tolerance / std::sqrt(double(theta.size()));
    test::minimize(f, theta, Lbfgs{.memory = memory, .gradient_tolerance = tolerance},
                   {.iterations = 2000});
    return f.reached;
}

}  // namespace

TEST_CASE("LBFGSpp: our L-BFGS needs no more evaluations than any of its line searches",
          "[optim][lbfgspp][slow]") {
    // From the literature's starts and ten others around each, up to a tenth of each entry away,
    // until the norm of the gradient is 10^-7 of its first value, or 10^-7 if that was below one.
    std::mt19937 generator(7);
    std::array<std::vector<int>, 6> counts;
    test::for_each_function<double>([&](const auto& function) {
        for (int start = 0; start <= 10; ++start) {
            Vector<double> theta = function.start, gradient = theta;
            for (double& x : theta)
                x += start == 0 ? 0
                                : 0.1 * std::max(1.0, std::abs(x)) * (2 * uniform(generator) - 1);
            function.f(theta, gradient);
            const Judged f{function.f, 1e-7 * std::max(1.0, gradient.norm())};
            counts[0].push_back(ours(f, theta));
            counts[1].push_back(theirs<LBFGSpp::LineSearchBacktracking>(
                f, theta, LBFGSpp::LBFGS_LINESEARCH_BACKTRACKING_ARMIJO));
            counts[2].push_back(theirs<LBFGSpp::LineSearchBracketing>(
                f, theta, LBFGSpp::LBFGS_LINESEARCH_BACKTRACKING_WOLFE));
            counts[3].push_back(theirs<LBFGSpp::LineSearchBracketing>(
                f, theta, LBFGSpp::LBFGS_LINESEARCH_BACKTRACKING_STRONG_WOLFE));
            counts[4].push_back(theirs<LBFGSpp::LineSearchNocedalWright>(
                f, theta, LBFGSpp::LBFGS_LINESEARCH_BACKTRACKING_STRONG_WOLFE));
            counts[5].push_back(
                theirs<MoreThuente>(f, theta, LBFGSpp::LBFGS_LINESEARCH_BACKTRACKING_ARMIJO));
        }
    });
    for (auto& each : counts) std::sort(each.begin(), each.end());
    const auto median = [](const std::vector<int>& sorted) { return sorted[sorted.size() / 2]; };
    REQUIRE(counts[0].size() == 99);
    // Every run reaches the tolerance. 300 is about a tenth of what 2000 iterations may take.
    CHECK(counts[0].back() < 300);
    for (std::size_t k = 1; k < counts.size(); ++k) {
        INFO("line search " << k << ": " << median(counts[k]) << ", ours: " << median(counts[0]));
        CHECK(median(counts[0]) <= median(counts[k]));
    }
}
