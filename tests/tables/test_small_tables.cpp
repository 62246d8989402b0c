// SPDX-License-Identifier: MIT
// Models of tables of a few rows, whose numbers can be checked by hand.
#include <twolayer/table.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/refusal.hpp"
#include "support/table_of.hpp"

using namespace twolayer;
using test::refusal;
using test::table_of;

TEST_CASE("table: a gap is the same number in training and in predictions, by weight",
          "[tables][table_model]") {
    // The row of weight 0 counts as removed; class a has the weight of three rows of b.
    const Table table =
        table_of("x,y,w\n1,a,1\n,a,1\n4,b,1\n6,b,1\n8,b,1\n9,b,2\n,b,1\n2,a,0.5\n100,b,0\n");
    const Table gap = table_of("x\nNA\n5\n");
    const TableOptions columns{.missing = Missing::mean, .weights = "w"};
    const auto mean = [&](const ModelSearchOptions& options) {
        const auto [model, report] = fit_classifier(table, "y", options, columns);
        return encode(model, gap)(0, 0);
    };
    constexpr double rounding = 1e-14;
    CHECK_THAT(mean({.folds = 2}), Catch::Matchers::WithinRel(38 / 6.5, rounding));
    CHECK_THAT(mean({.folds = 2, .class_weights = {3, 1}}),
               Catch::Matchers::WithinRel((3 * 2 + 36) / (3 * 1.5 + 5), rounding));
    const auto regressor = fit_regressor(table, "w", {.sample_weights = numbers(table, 2)},
                                         {.ignore = {"y"}, .missing = Missing::mean})
                               .model;
    CHECK_THAT(encode(regressor, gap)(0, 0), Catch::Matchers::WithinRel(38 / 6.5, rounding));
    CHECK(refusal<std::invalid_argument>([&] {
              fit_regressor(table, "w", {.sample_weights = std::vector<double>{1, 2}},
                            {.ignore = {"y"}, .missing = Missing::mean});
          }) == "there are 2 sample weights for 9 samples");
}

TEST_CASE("table: two rows are enough", "[tables][table_model]") {
    for (Index N = 2; N < 7; ++N) {
        std::string text = "x,y,z\n";
        for (Index n = 0; n < N; ++n)
            text += std::to_string(n) + (n % 2 == 0 ? ",a," : ",b,") + std::to_string(2 * n) + "\n";
        const Table table = table_of(text);
        CHECK(predict(fit_classifier(table, "y").model, table).allFinite());
        CHECK(predict(fit_regressor(table, "z").model, table).allFinite());
    }
}

TEST_CASE("table: the report says if the classes seem to be numbers", "[tables][table_model]") {
    std::string text = "x,y\n";
    for (int n = 0; n < 44; ++n)
        text += std::to_string(n * n) + ".5," + std::to_string(n % 22) + "\n";
    const auto report = fit_classifier(table_of(text), "y", {.folds = 2}).report;
    CHECK(report.warnings ==
          std::vector<std::string>{
              "the target \"y\" has 22 different numbers, and each becomes a class: use "
              "fit_regressor()"});
}
