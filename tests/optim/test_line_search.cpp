// SPDX-License-Identifier: MIT
#include <twolayer/optim/line_search.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "catch.hpp"
#include "support/more_thuente.hpp"

using namespace twolayer;
using detail::line_search;
using detail::LinePoint;
using detail::StrongWolfe;

namespace {

const double infinity = std::numeric_limits<double>::infinity();

/// The step, with value and slope of phi.
template <typename Phi>
LinePoint<double> at(const Phi& phi, double step) {
    const std::pair<double, double> p = phi(step);
    return {step, p.first, p.second};
}

/// The result of line_search(), and the number of evaluations.
template <typename Scalar>
struct Found {
    LinePoint<Scalar> point;
    int evaluations = 0;
};

template <typename Scalar, typename Phi>
Found<Scalar> search(Phi phi, const LinePoint<Scalar>& start, Scalar step,
                     const StrongWolfe& conditions = {}, int max_evaluations = 25) {
    Found<Scalar> found;
    const auto counted = [&](const Scalar& a) { return ++found.evaluations, phi(a); };
    found.point = line_search<Scalar>(counted, start, step, conditions, max_evaluations);
    return found;
}

bool meets(const StrongWolfe& conditions, const LinePoint<double>& start,
           const LinePoint<double>& point) {
    return point.value <= start.value + conditions.decrease * point.step * start.slope &&
           std::abs(point.slope) <= conditions.curvature * std::abs(start.slope);
}

}  // namespace

TEST_CASE("line search: matches More and Thuente's on their six functions",
          "[optim][line_search]") {
    int number = 0;
    for (const auto& line : test::more_thuente()) {
        ++number;
        const StrongWolfe conditions{.decrease = line.decrease, .curvature = line.curvature};
        const auto start = at(line.phi, 0);
        double step = 1e-3;
        for (std::size_t i = 0; i < 4; ++i, step *= 100) {
            const auto found = search<double>(line.phi, start, step, conditions);
            INFO("function " << number << " from " << step << ": step " << found.point.step);
            CHECK(meets(conditions, start, found.point));
            CHECK(found.evaluations == line.evaluations[i]);
            // The tables have two digits.
            CHECK(std::abs(found.point.step - line.steps[i]) <= 0.05 * line.steps[i]);
        }
    }
}

TEST_CASE("line search: its conditions hold at the end, from first steps of any size",
          "[optim][line_search]") {
    const StrongWolfe conditions;
    CHECK(conditions.decrease == 1e-4);
    CHECK(conditions.curvature == 0.9);
    for (const auto& line : test::more_thuente()) {
        const auto start = at(line.phi, 0);
        for (double step = 1e-6; step < 1e7; step *= 10) {
            const auto found = search<double>(line.phi, start, step);
            INFO("from " << step << " to " << found.point.step);
            CHECK(meets(conditions, start, found.point));
            CHECK(found.point.value == line.phi(found.point.step).first);
            CHECK(found.point.slope == line.phi(found.point.step).second);
            CHECK(found.evaluations <= 25);
        }
    }
}

TEST_CASE("line search: a parabola by hand", "[optim][line_search]") {
    // phi(a) = (a - 2)^2 / 2, phi(0) = 2, phi'(0) = -2, curvature 1/4: |a - 2| <= 1/2.
    //   from 1: slope -1, a lower value and a smaller slope: secant and cubic both lead to 2
    //   from 8: value 18, which is higher: quadratic and cubic both lead to 2
    const auto phi = [](double a) { return std::pair((a - 2) * (a - 2) / 2, a - 2); };
    const StrongWolfe conditions{.curvature = 0.25};
    for (const double from : {1.0, 8.0}) {
        const auto found = search<double>(phi, {0, 2, -2}, from, conditions);
        CHECK(found.evaluations == 2);
        CHECK(std::abs(found.point.step - 2) < 1e-14);
    }
    CHECK(search<double>(phi, {0, 2, -2}, 2.4, conditions).evaluations == 1);
}

TEST_CASE("line search: a value that is not finite means a step too long", "[optim][line_search]") {
    // a - log(1 - a) - 3 a is infinite from 1 on. A slope that is not finite has the same effect.
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto wall = [&](double a) {
        return a < 1 ? std::pair(-2 * a - std::log(1 - a), -2 + 1 / (1 - a)) : std::pair(nan, nan);
    };
    for (const double from : {0.999, 1.0, 50.0, 1e6}) {
        const auto found = search<double>(wall, at(wall, 0), from);
        CHECK(meets({}, at(wall, 0), found.point));
        CHECK(found.point.step < 1);
    }
    const auto no_slope = [&](double a) { return std::pair(-a, a < 1 ? -1.0 : infinity); };
    const auto found = search<double>(no_slope, {0, 0, -1}, 4);
    CHECK(found.point.step < 1);
    CHECK(found.point.value == -found.point.step);
}

TEST_CASE("line search: no step is tried at or beyond one that was not finite",
          "[optim][line_search]") {
    // The function falls until a cliff at 1. Steps are divided by ten until they are below 1, and
    // then approach it.
    for (const double from : {2.0, 50.0, 1e6}) {
        double too_long = infinity;
        int outside = 0;
        const auto cliff = [&](double a) {
            CHECK(a < too_long);
            if (a < 1)
                return std::pair(-a, -1.0);
            too_long = a;
            ++outside;
            return std::pair(infinity, -1.0);
        };
        const auto found = search<double>(cliff, {0, 0, -1}, from);
        CHECK(found.point.step > 0.9);
        CHECK(found.point.step < 1);
        CHECK(outside > 1);
    }
    const auto wide = [&](double a) { return std::pair(a < 1 ? -a : infinity, -0.5); };
    CHECK(search<double>(wide, {0, 0, -1}, 3e6).evaluations == 8);  // 3e6, 3e5, ..., 3, and 0.3
}

TEST_CASE("line search: without a suitable step it returns the lowest point",
          "[optim][line_search]") {
    // Without a minimum, it stops after the maximum number of evaluations, at the lowest point.
    const auto falling = [](double a) { return std::pair(-a, -1.0); };
    double furthest = 0;
    const auto followed = [&](double a) { return furthest = std::max(furthest, a), falling(a); };
    auto found = search<double>(followed, {0, 0, -1}, 1, {}, 7);
    CHECK(found.evaluations == 7);
    CHECK(found.point.step == furthest);
    CHECK(furthest > 100);

    // The slope contradicts the values: all of them are higher, so the start is returned.
    const auto rising = [](double a) { return std::pair(a, -1.0); };
    found = search<double>(rising, {0, 0, -1}, 1);
    CHECK(found.point.step == 0);
    CHECK(found.point.value == 0);
    CHECK(found.evaluations <= 25);

    // All values are NaN.
    const auto never = [](double) { return std::pair(std::nan(""), 0.0); };
    found = search<double>(never, {0, 0, -1}, 1);
    CHECK(found.point.step == 0);
    CHECK(found.evaluations <= 25);

    // The first step lowers the value, but not enough. All shorter steps raise it.
    const auto shallow = [](double a) { return std::pair(a < 1 ? 1.0 : -0.5e-4, -1.0); };
    found = search<double>(shallow, {0, 0, -1}, 1);
    CHECK(found.point.step == 1);
    CHECK(found.point.value == -0.5e-4);

    // A falling line jumps upwards at 0.3. The interval shrinks around the jump, and the lowest
    // point is returned.
    const auto jump = [](double a) { return std::pair(a < 0.3 ? -a : 1 - a, -1.0); };
    found = search<double>(jump, {0, 0, -1}, 1);
    CHECK(found.point.step < 0.3);
    CHECK(found.point.step > 0.29);
    CHECK(found.evaluations <= 25);
    found = search<double>(jump, {0, 0, -1}, 1, {}, 1000);  // shrinks down to rounding
    CHECK(found.evaluations < 150);
    CHECK(0.3 - found.point.step < 1e-15);
}

TEMPLATE_TEST_CASE("line search: takes the same steps in every number type", "[optim][line_search]",
                   float, long double) {
    // The number of evaluations for the first function, whose conditions are far from rounding.
    const auto phi = [](const TestType& a) {
        const TestType d = a * a + 2;
        return std::pair(TestType(-a / d), TestType((a * a - 2) / (d * d)));
    };
    const LinePoint<TestType> start{0, 0, TestType(-0.5)};
    const StrongWolfe conditions{.decrease = 1e-3, .curvature = 0.1};
    int i = 0;
    for (const double from : {1e-3, 1e-1, 1e1, 1e3})
        CHECK(search<TestType>(phi, start, TestType(from), conditions).evaluations ==
              test::more_thuente()[0].evaluations[std::size_t(i++)]);
}
