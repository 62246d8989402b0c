// SPDX-License-Identifier: MIT
#include <twolayer/model/tune.hpp>

#include <cmath>
#include <set>
#include <utility>

#include "catch.hpp"

using namespace twolayer;
using Catch::Matchers::WithinRel;

namespace {

constexpr Index N = 400;

/// A loss with one minimum, at M = 2^size and decay = 10^strength / N.
auto bowl(double size, double strength) {
    return [=](Index hidden, double weight_decay, double) {
        const double s = std::log2(double(hidden)) - size;
        const double t = std::log10(weight_decay * double(N)) - strength;
        return 1 + s * s + t * t;
    };
}

}  // namespace

TEST_CASE("tune: finds the minimum of a bowl, wherever it lies", "[model][tune]") {
    const auto [size, strength] = GENERATE(std::pair(4.0, 0.0), std::pair(6.0, 0.5),
                                           std::pair(2.0, -1.5), std::pair(5.0, 2.5));
    const detail::Search search(N, 3, bowl(size, strength));
    CHECK(search.chosen().hidden == Index(1) << int(size));
    CHECK_THAT(search.chosen().weight_decay, WithinRel(std::pow(10, strength) / double(N), 1e-12));
    CHECK_THAT(search.chosen().validation_loss, WithinRel(1, 1e-12));
}

TEST_CASE("tune: repeats no trial and stays within its bounds", "[model][tune]") {
    const double size = GENERATE(-9.0, 20.0);
    const detail::Search search(N, 3, bowl(size, 9));
    std::set<std::pair<Index, double>> seen;
    for (const Trial& trial : search.trials()) {
        CHECK(seen.emplace(trial.hidden, trial.weight_decay).second);
        CHECK(trial.hidden >= 2);
        CHECK(trial.hidden <= 128);
        CHECK(search.chosen().validation_loss <= trial.validation_loss);
    }
    CHECK(search.chosen().hidden == (size < 0 ? 2 : 128));
}

TEST_CASE("tune: stops at the smallest decay if less is always better", "[model][tune]") {
    const detail::Search search(N, 3, [](Index hidden, double weight_decay, double) {
        return bowl(4, 0)(hidden, 1 / double(N), 0) * weight_decay;
    });
    CHECK_THAT(search.chosen().weight_decay, WithinRel(1e-6 / double(N), 1e-12));
}

TEST_CASE("tune: a larger network must be better by two percent, a smaller one by any amount",
          "[model][tune]") {
    const auto chosen = [](double gain) {
        const detail::Search search(N, 3, [=](Index hidden, double, double) {
            return 1 - gain * std::log2(double(hidden));
        });
        return search.chosen().hidden;
    };
    CHECK(chosen(0.01) == 16);
    CHECK(chosen(0.05) == 128);
    CHECK(chosen(-0.001) == 2);
}

TEST_CASE("tune: a trial receives the lowest loss so far", "[model][tune]") {
    double lowest = unbounded;
    const detail::Search search(N, 3, [&](Index hidden, double weight_decay, double enough) {
        CHECK(enough == lowest);
        const double loss = bowl(5, 1)(hidden, weight_decay, enough);
        lowest = std::min(lowest, loss);
        return loss;
    });
    CHECK(search.trials().size() > 5);  // enough for the lowest loss to change
}

TEST_CASE("tune: each size is compared at its own best decay", "[model][tune]") {
    // Each larger size is better by 6 % at ten times the decay, and worse at the decay of the
    // smaller size.
    const detail::Search search(N, 3, [](Index hidden, double weight_decay, double) {
        const double size = std::log2(double(hidden)) - 4;
        const double t = std::log10(weight_decay * double(N)) - size;
        return 1.6 - 0.1 * size + 0.8 * t * t;
    });
    CHECK(search.chosen().hidden == 128);
    CHECK_THAT(search.chosen().weight_decay, WithinRel(1000 / double(N), 1e-12));
}

TEST_CASE("tune: the first size depends on the number of outputs", "[model][tune]") {
    const auto first_size = [](Index outputs) {
        const detail::Search search(N, outputs, bowl(4, 0));
        return search.trials()[0].hidden;
    };
    CHECK(first_size(1) == 16);
    CHECK(first_size(10) == 16);
    CHECK(first_size(26) == 64);
    CHECK(first_size(1000) == 128);
}
