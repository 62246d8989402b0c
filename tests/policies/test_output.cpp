// SPDX-License-Identifier: MIT
#include <twolayer/policies/output.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <span>
#include <vector>

#include "catch.hpp"

using namespace twolayer;
using Catch::Matchers::WithinAbs;

namespace {

struct Applied {
    std::vector<double> Yhat, one_minus_Yhat;
};

template <typename Output>
Applied apply(const std::vector<double>& O) {
    Applied result{std::vector<double>(O.size()), std::vector<double>(O.size())};
    Output::template apply<double>(O, result.Yhat, result.one_minus_Yhat);
    return result;
}

/// S v for the outputs O.
template <typename Output>
std::vector<double> times_slope(const std::vector<double>& O, std::vector<double> v) {
    const Applied a = apply<Output>(O);
    Output::times_slope(OutputSample<double>{O, a.Yhat, a.one_minus_Yhat, {}}, std::span(v));
    return v;
}

const double ln2 = std::log(2.0), ln3 = std::log(3.0), ln4 = std::log(4.0);

}  // namespace

TEST_CASE("output: the sigmoid acts on each number, the softmax on all", "[policies][output]") {
    const Applied sigmoids = apply<Sigmoid>({ln3, -ln4, 0});
    const double expected[] = {3.0 / 4, 1.0 / 5, 1.0 / 2};
    // e^(ln 2), e^0, e^(ln 4) = 2, 1, 4, which sum to 7
    const Applied classes = apply<Softmax>({ln2, 0, ln4});
    const double shares[] = {2.0 / 7, 1.0 / 7, 4.0 / 7};
    const Applied numbers = apply<Identity>({1.5, -2, 0});
    for (std::size_t k = 0; k < 3; ++k) {
        CHECK_THAT(sigmoids.Yhat[k], WithinAbs(expected[k], 1e-15));
        CHECK_THAT(sigmoids.one_minus_Yhat[k], WithinAbs(1 - expected[k], 1e-15));
        CHECK_THAT(classes.Yhat[k], WithinAbs(shares[k], 1e-15));
        CHECK_THAT(classes.one_minus_Yhat[k], WithinAbs(1 - shares[k], 1e-15));
    }
    CHECK(numbers.Yhat == std::vector<double>{1.5, -2, 0});
}

TEST_CASE("output: Yhat may overwrite O, and its complement may be omitted", "[policies][output]") {
    const std::vector<double> O{ln2, 0, ln4};
    const auto in_place = [&]<typename Output>(Output) {
        std::vector<double> values = O;
        Output::template apply<double>(values, values, {});
        CHECK(values == apply<Output>(O).Yhat);
    };
    in_place(Sigmoid{});
    in_place(Softmax{});
    in_place(Identity{});
}

namespace {

/// A minimal user-defined output: each O divided by the largest.
struct Shares {
    template <Real Scalar>
    static void apply(std::span<const Scalar> O, std::span<Scalar> Yhat,
                      std::span<Scalar> one_minus_Yhat) {
        const Scalar highest = *std::max_element(O.begin(), O.end());
        for (std::size_t k = 0; k < O.size(); ++k) {
            Yhat[k] = O[k] / highest;
            one_minus_Yhat[k] = 1 - Yhat[k];
        }
    }
};

}  // namespace

TEMPLATE_TEST_CASE("output: applies to all rows of a tile, also in place, and to no others",
                   "[policies][output]", Sigmoid, Softmax, Identity, Shares) {
    // Three rows of two outputs, and a fourth outside the tile.
    const std::vector<double> O{ln2, ln4, 3, -1, 0.5, 0, 7, 7};
    std::vector<double> values = O, Yhat(8, 7.0), complements(8, 7.0);
    const auto tile = [](std::vector<double>& a) { return MatrixView(a.data(), 3, 2, 2, 1); };
    detail::apply_output<TestType>(tile(values), tile(Yhat), tile(complements));
    detail::apply_output<TestType>(tile(values), tile(values), tile(complements));
    CHECK(values == Yhat);
    CHECK((Yhat[6] == 7 && Yhat[7] == 7 && complements[6] == 7 && complements[7] == 7));
    for (std::size_t n = 0; n < 3; ++n) {
        const Applied row = apply<TestType>({O[2 * n], O[2 * n + 1]});
        for (std::size_t k = 0; k < 2; ++k) {
            CHECK_THAT(Yhat[2 * n + k], WithinAbs(row.Yhat[k], 1e-15));
            const double complement = std::same_as<TestType, Identity> ? 7 : row.one_minus_Yhat[k];
            CHECK_THAT(complements[2 * n + k], WithinAbs(complement, 1e-15));
        }
    }
}

TEMPLATE_TEST_CASE("output: the slope writes K numbers and no others", "[policies][output]",
                   Sigmoid, Softmax, Identity) {
    const std::vector<double> O{0.5, -1, 2}, Y{1, 0, 0}, R{1, 2, 3, 4};
    const Applied a = apply<TestType>(O);
    const OutputSample<double> sample{O, a.Yhat, a.one_minus_Yhat, Y};
    std::vector<double> v{1, 2, 3, 4};
    TestType::times_slope(sample, std::span(v.data(), 3));
    TestType::add_slope_change(sample, std::span(R.data(), 3), std::span(v.data(), 3));
    CHECK(v[3] == 4);
}

TEST_CASE("output: a softmax depends only on differences", "[policies][output]") {
    const auto plain = apply<Softmax>({1, 3, 2}), shifted = apply<Softmax>({-799, -797, -798}),
               far = apply<Softmax>({801, 803, 802});
    CHECK(plain.Yhat == shifted.Yhat);
    CHECK(plain.Yhat == far.Yhat);
    CHECK(plain.one_minus_Yhat == far.one_minus_Yhat);
    const auto even = apply<Softmax>({800, 800});
    CHECK(even.Yhat == std::vector<double>{0.5, 0.5});
    CHECK(even.one_minus_Yhat == std::vector<double>{0.5, 0.5});
}

TEST_CASE("output: the slope is symmetric, and zero for a softmax along ones",
          "[policies][output]") {
    const std::vector<double> O{0.5, -1, 2, 0.25};
    const auto symmetric = [&]<typename Output>(Output) {
        for (std::size_t i = 0; i < 4; ++i)
            for (std::size_t j = 0; j < 4; ++j) {
                std::vector<double> e_i(4, 0.0), e_j(4, 0.0);
                e_i[i] = e_j[j] = 1;
                const double S_ij = times_slope<Output>(O, e_j)[i];
                const double S_ji = times_slope<Output>(O, e_i)[j];
                CHECK_THAT(S_ij, WithinAbs(S_ji, 1e-16));
                CHECK((i == j || std::same_as<Output, Softmax>) == (S_ij != 0));
            }
    };
    symmetric(Sigmoid{});
    symmetric(Softmax{});
    symmetric(Identity{});
    for (const double entry : times_slope<Softmax>(O, {1, 1, 1, 1}))
        CHECK_THAT(entry, WithinAbs(0, 1e-16));
}

TEST_CASE("output: slopes, by hand", "[policies][output]") {
    // Yhat = 3/4: slope 3/16
    CHECK_THAT(times_slope<Sigmoid>({ln3}, {2})[0], WithinAbs(3.0 / 8, 1e-15));
    // Yhat = (2, 1, 4) / 7, v = (7, 0, 14), Yhat . v = 10:  Yhat .* (v - 10)
    const auto classes = times_slope<Softmax>({ln2, 0, ln4}, {7, 0, 14});
    CHECK_THAT(classes[0], WithinAbs(-6.0 / 7, 1e-15));
    CHECK_THAT(classes[1], WithinAbs(-10.0 / 7, 1e-15));
    CHECK_THAT(classes[2], WithinAbs(16.0 / 7, 1e-15));
    CHECK(times_slope<Identity>({5, 6}, {7, 8}) == std::vector<double>{7, 8});
}

TEST_CASE("output: the residual of a saturated output keeps its digits", "[policies][output]") {
    const std::vector<double> O{40}, Y{1};
    const Applied a = apply<Sigmoid>(O);
    const OutputSample<double> sample{O, a.Yhat, a.one_minus_Yhat, Y};
    const double expected = -std::exp(-40.0);  // Yhat - 1 = -e^-40 (1 - e^-40 ...)
    CHECK(std::abs(Sigmoid::residual(sample, 0) / expected - 1) <
          4 * std::numeric_limits<double>::epsilon());
}
