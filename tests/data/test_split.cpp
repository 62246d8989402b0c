// SPDX-License-Identifier: MIT
#include <twolayer/data/cross_validate.hpp>
#include <twolayer/data/split.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace twolayer;

namespace {

std::vector<Index> together(const Split& split) {
    std::vector<Index> all = split.train;
    all.insert(all.end(), split.test.begin(), split.test.end());
    std::ranges::sort(all);
    return all;
}

std::vector<Index> count_to(Index N) {
    std::vector<Index> all(static_cast<std::size_t>(N));
    std::iota(all.begin(), all.end(), Index(0));
    return all;
}

}  // namespace

TEST_CASE("split: every row is on one side, the given fraction on the test side", "[data][split]") {
    const Index N = GENERATE(2, 5, 10, 333);
    const double share = GENERATE(0.2, 0.3, 0.5);
    if (std::floor(double(N) * share + 0.5) < 1)
        return;
    const Split split = train_test_split(N, share, 7);
    CHECK(together(split) == count_to(N));
    CHECK(double(split.test.size()) == std::floor(double(N) * share + 0.5));
    CHECK(std::ranges::is_sorted(split.test));
}

TEST_CASE("split: a stratified split takes the same fraction of each class", "[data][split]") {
    std::vector<int> labels;
    const int counts[] = {50, 7, 31, 1};
    for (int c = 0; c < 4; ++c) labels.insert(labels.end(), std::size_t(counts[c]), c);
    const Split split = train_test_split(labels, 0.2, 3);
    CHECK(together(split) == count_to(89));
    CHECK(split.test.size() == 18);  // 0.2 of 89 is 17.8
    double tested[4] = {};
    for (const Index row : split.test) ++tested[labels[std::size_t(row)]];
    for (int c = 0; c < 4; ++c) CHECK(std::abs(tested[c] - 0.2 * counts[c]) <= 1);

    // Labels of any type in the same order give the same split.
    std::vector<std::string> names;
    std::vector<long> others;
    for (const int label : labels) {
        names.push_back("class " + std::to_string(label));
        others.push_back(10 * label - 20);
    }
    CHECK(train_test_split(names, 0.2, 3).test == split.test);
    CHECK(train_test_split(others, 0.2, 3).test == split.test);
}

TEST_CASE("split: the fraction is rounded to whole samples", "[data][split]") {
    CHECK(fraction_of(10, 0.04) == 0);
    CHECK(fraction_of(10, 0.06) == 1);
    CHECK(fraction_of(10, 0.25) == 3);
    CHECK(fraction_of(10, 0.96) == 10);
    CHECK(fraction_of(0, 0.5) == 0);
    constexpr Index most = std::numeric_limits<Index>::max();
    CHECK(fraction_of(most, 1) == most);
    for (const double share : {std::nan(""), -0.1, 1.1, 1e300})
        CHECK_THROWS_AS(fraction_of(10, share), std::invalid_argument);
    CHECK_THROWS_AS(fraction_of(-1, 0.5), std::invalid_argument);
    for (const Index samples : {most, Index(1) << 61, Index(-5)}) {
        CHECK_THROWS_AS(train_test_split(samples, 0.5, 1), std::invalid_argument);
        CHECK_THROWS_AS(k_folds(samples, 2, 1), std::invalid_argument);
    }
    for (const double share : {0.06, 0.25, 0.5, 0.9})
        CHECK(std::ssize(train_test_split(10, share, 1).test) == fraction_of(10, share));
}

TEST_CASE("split: the seed determines the rows", "[data][split]") {
    CHECK(train_test_split(100, 0.2, 1).test == train_test_split(100, 0.2, 1).test);
    CHECK(train_test_split(100, 0.2, 1).test != train_test_split(100, 0.2, 2).test);
}

TEST_CASE("split: selected rows are returned in the given order", "[data][split]") {
    const Matrix<double> X{{1, 2}, {3, 4}, {5, 6}};
    const std::vector<Index> rows{2, 0};
    CHECK(select_rows(X, rows) == Matrix<double>{{5, 6}, {1, 2}});
    CHECK(select_rows(std::vector<char>{'a', 'b', 'c'}, rows) == std::vector<char>{'c', 'a'});
    const Eigen::Matrix<double, 3, 2> fixed = X;
    CHECK(select_rows(fixed, rows) == Matrix<double>{{5, 6}, {1, 2}});
    CHECK_THROWS_AS(select_rows(X, std::vector<Index>{3}), std::invalid_argument);
    CHECK_THROWS_AS(select_rows(std::vector<int>{1}, std::vector<Index>{-1}),
                    std::invalid_argument);
}

TEST_CASE("split: refuses fractions that leave one side empty", "[data][split]") {
    using Catch::Matchers::Equals;
    CHECK_THROWS_WITH(train_test_split(10, 1.5, 1),
                      Equals("the test fraction is 1.5, it must be above 0 and below 1"));
    CHECK_THROWS_WITH(group_train_test_split(std::vector<int>{1, 2}, 1, 1),
                      Equals("the test fraction is 1, it must be above 0 and below 1"));
    CHECK_THROWS_WITH(train_test_split(3, 0.1, 1),
                      Equals("a test fraction of 0.1 of 3 samples leaves nothing on one side: "
                             "change it (--test-fraction), or add samples"));
    CHECK_THROWS_WITH(group_train_test_split(std::vector<int>{1, 1}, 0.2, 1),
                      Equals("the number of groups is 1, expected at least 2"));
    CHECK_THROWS_AS(train_test_split(10, std::nan(""), 1), std::invalid_argument);
    CHECK_THROWS_AS(train_test_split(0, 0.5, 1), std::invalid_argument);
}

TEST_CASE("split: at least one group is on each side, whatever the fraction", "[data][split]") {
    std::vector<char> groups(50, 'a');
    groups.resize(100, 'b');
    groups.resize(107, 'c');
    for (const double fraction : {0.001, 0.2, 0.5, 0.9, 0.999})
        for (std::uint64_t seed = 0; seed < 10; ++seed)
            for (const std::size_t rows : {100u, 107u}) {
                const Split split = group_train_test_split(
                    std::vector<char>(groups.begin(), groups.begin() + std::ptrdiff_t(rows)),
                    fraction, seed);
                CHECK_FALSE(split.train.empty());
                CHECK_FALSE(split.test.empty());
                CHECK(split.train.size() + split.test.size() == rows);
            }
    // The smallest one if each of them is too large.
    CHECK(group_train_test_split(groups, 0.001, 1).test.size() == 7);
}
