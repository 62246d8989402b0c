// SPDX-License-Identifier: MIT
#include <twolayer/data/cross_validate.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace twolayer;
using Catch::Matchers::Equals;
using Catch::Matchers::WithinRel;

namespace {

/// Every row is in the test set of exactly one fold and in the training sets of all others. The
/// sizes of the folds differ by at most one.
void check_folds(const std::vector<Split>& splits, Index samples, Index folds) {
    REQUIRE(std::ssize(splits) == folds);
    std::vector<Index> tested;
    for (const Split& split : splits) {
        CHECK(std::ssize(split.test) >= samples / folds);
        CHECK(std::ssize(split.test) <= (samples + folds - 1) / folds);
        CHECK(std::ranges::is_sorted(split.train));
        CHECK(std::ranges::is_sorted(split.test));
        tested.insert(tested.end(), split.test.begin(), split.test.end());
        std::vector<Index> all = split.train;
        all.insert(all.end(), split.test.begin(), split.test.end());
        std::ranges::sort(all);
        REQUIRE(std::ssize(all) == samples);
        for (Index n = 0; n < samples; ++n) REQUIRE(all[std::size_t(n)] == n);
    }
    std::ranges::sort(tested);
    REQUIRE(std::ssize(tested) == samples);
    for (Index n = 0; n < samples; ++n) REQUIRE(tested[std::size_t(n)] == n);
}

}  // namespace

TEST_CASE("folds: every row is tested once, and fold sizes differ by at most one",
          "[data][cross_validate]") {
    const auto [samples, folds] =
        GENERATE(std::pair<Index, Index>(10, 3), std::pair<Index, Index>(12, 4),
                 std::pair<Index, Index>(101, 10), std::pair<Index, Index>(5, 5));
    check_folds(k_folds(samples, folds, 3), samples, folds);
}

TEST_CASE("folds: each class is spread evenly over the folds", "[data][cross_validate]") {
    // Sorted by class, so that folds of consecutive rows would not be balanced.
    const int counts[] = {50, 7, 31, 1};
    std::vector<int> labels;
    for (int c = 0; c < 4; ++c) labels.insert(labels.end(), std::size_t(counts[c]), c);
    const Index folds = 6;
    const std::vector<Split> splits = k_folds(labels, folds, 2);
    check_folds(splits, 89, folds);
    for (const Split& split : splits) {
        double tested[4] = {};
        for (const Index row : split.test) ++tested[labels[std::size_t(row)]];
        for (int c = 0; c < 4; ++c) CHECK(std::abs(tested[c] - counts[c] / double(folds)) < 1);
    }
}

TEST_CASE("folds: the seed determines the order of the rows", "[data][cross_validate]") {
    const auto first = [](std::uint64_t seed) { return k_folds(40, 4, seed)[0].test; };
    CHECK(first(1) == first(1));
    CHECK(first(1) != first(2));
    const std::vector<Index> dealt{0, 4, 8, 12, 16, 20, 24, 28, 32, 36};
    CHECK(first(1) != dealt);
    const std::vector<int> labels(40, 1);
    CHECK(k_folds(labels, 4, 1)[0].test == first(1));  // one class: nothing to stratify
}

TEST_CASE("folds: refuses impossible splits and names the cause", "[data][cross_validate]") {
    CHECK_THROWS_WITH(k_folds(5, 6, 1),
                      Equals("folds is 6, it must be at least 2 and at most the 5 samples"));
    CHECK_THROWS_WITH(k_folds(5, 1, 1),
                      Equals("folds is 1, it must be at least 2 and at most the 5 samples"));
    CHECK_THROWS_WITH(k_folds(0, 2, 1),
                      Equals("folds is 2, it must be at least 2 and at most the 0 samples"));
    CHECK_THROWS_AS(k_folds(-3, 2, 1), std::invalid_argument);
    CHECK_THROWS_WITH(k_folds(std::vector<int>{0, 1, 1}, 4, 1),
                      Equals("folds is 4, it must be at least 2 and at most the 3 samples"));
}

TEST_CASE("cross-validation: mean and deviation, by hand", "[data][cross_validate]") {
    // Scores 1, 2, 6: mean 3, deviation sqrt((4 + 1 + 9) / 2) = sqrt(7).
    const std::vector<Split> splits = k_folds(6, 3, 1);
    const double scores[] = {1, 2, 6};
    std::size_t calls = 0;
    const CrossValidation result = cross_validate(splits, [&](const Split& split) {
        CHECK(&split == &splits[calls]);
        return scores[calls++];
    });
    CHECK(calls == 3);
    CHECK(result.scores == std::vector<double>{1, 2, 6});
    CHECK_THAT(result.mean, WithinRel(3.0, 1e-15));
    CHECK_THAT(result.deviation, WithinRel(std::sqrt(7.0), 1e-15));
}

TEST_CASE("cross-validation: equal scores have deviation zero", "[data][cross_validate]") {
    const CrossValidation result =
        cross_validate(k_folds(9, 3, 1), [](const Split&) { return 0.25; });
    CHECK(result.mean == 0.25);
    CHECK(result.deviation == 0);
}

TEST_CASE("cross-validation: the number of threads changes nothing", "[data][cross_validate]") {
    const std::vector<Split> splits = k_folds(11, 5, 1);
    const auto score = [](const Split& split) { return 1 / double(1 + split.test[0]); };
    const CrossValidation one = cross_validate(splits, score);
    const CrossValidation seven = cross_validate(splits, score, 7);
    CHECK(seven.scores == one.scores);
    CHECK(seven.mean == one.mean);
    CHECK_THROWS_WITH(cross_validate(splits, score, 0),
                      Equals("threads is 0, it must be at least 1"));
}

TEST_CASE("cross-validation: refuses to compute a deviation from one split",
          "[data][cross_validate]") {
    const std::vector<Split> one{train_test_split(5, 0.4, 1)};
    CHECK_THROWS_WITH(cross_validate(one, [](const Split&) { return 1.0; }),
                      Equals("there are 1 splits, a spread needs at least 2"));
}

TEST_CASE("group folds: a group is on one side, and folds are as equal as groups allow",
          "[data][cross_validate]") {
    // Groups of 1 to 10 rows, in no order.
    std::vector<std::string> groups;
    for (int size = 1; size <= 10; ++size)
        for (int i = 0; i < size; ++i)
            groups.insert(i % 2 == 0 ? groups.begin() : groups.end(), std::to_string(size));
    const std::vector<Split> splits = group_k_folds(groups, 4, 5);
    REQUIRE(splits.size() == 4);
    std::vector<Index> tested;
    for (const Split& split : splits) {
        tested.insert(tested.end(), split.test.begin(), split.test.end());
        CHECK(split.train.size() + split.test.size() == 55);
        CHECK(std::ranges::is_sorted(split.train));
        for (const Index a : split.test)
            for (const Index b : split.train)
                CHECK(groups[std::size_t(a)] != groups[std::size_t(b)]);
        // 55 rows in four folds; the groups that are assigned last have few rows.
        CHECK(std::abs(double(split.test.size()) - 55.0 / 4) < 4);
    }
    std::ranges::sort(tested);
    CHECK(tested == detail::all_rows(55));

    const Split split = group_train_test_split(groups, 0.3, 5);
    for (const Index a : split.test)
        for (const Index b : split.train) CHECK(groups[std::size_t(a)] != groups[std::size_t(b)]);
    CHECK(split.train.size() + split.test.size() == 55);
    // The last group taken may exceed the fraction by half its rows, at most 5.
    CHECK(std::abs(double(split.test.size()) - 0.3 * 55) <= 5 + 0.5);
    CHECK(group_train_test_split(groups, 0.3, 6).test != split.test);
    CHECK_THROWS_WITH(group_k_folds(groups, 11, 1),
                      Equals("folds is 11, it must be at least 2 and at most the 10 groups"));
    CHECK_THROWS_AS(group_train_test_split(std::vector<int>(9, 1), 0.3, 1), std::invalid_argument);
}
