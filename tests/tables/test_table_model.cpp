// SPDX-License-Identifier: MIT
#include <twolayer/data/metrics.hpp>
#include <twolayer/table.hpp>

#include <cmath>
#include <locale>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/refusal.hpp"
#include "support/table_of.hpp"

using namespace twolayer;
using test::refusal;
using test::table_of;

namespace {

using Names = std::vector<std::string>;

/// Birds: a number and a category determine species, mass and length.
std::string birds(Index N, bool gaps = false) {
    std::mt19937_64 generator(4);
    std::ostringstream text;
    text.imbue(std::locale::classic());  // decimal points in any locale of the program
    text << "nest,island,bill,species,mass,length\n";
    for (Index n = 0; n < N; ++n) {
        const double bill = 30 + std::floor(200 * uniform(generator)) / 10;
        const bool dream = uniform(generator) < 0.5;
        text << "n" << n / 4 << ',' << (dream ? "Dream" : "Biscoe") << ',';
        if (gaps && n % 5 == 0)
            text << "NA";
        else
            text << bill;
        text << ','
             << (bill > 40 ? "Gentoo"
                 : dream   ? "Chinstrap"
                           : "Adelie")
             << ',' << 100 * bill + (dream ? 500 : 0) << ',' << bill / 2 << '\n';
    }
    return text.str();
}

const TableOptions for_species{.ignore = {"nest", "mass", "length"}};

}  // namespace

TEST_CASE("table: a classifier in one call, used on another table by column names",
          "[tables][table_model]") {
    const Table table = table_of(birds(120));
    const auto [model, report] = fit_classifier(table, "species", {.folds = 2}, for_species);
    CHECK(model.class_names == Names{"Adelie", "Chinstrap", "Gentoo"});
    REQUIRE(model.columns);
    CHECK(model.columns->names() == Names{"island=Biscoe", "island=Dream", "bill"});
    CHECK(report.chosen.hidden >= 2);
    const Table later = table_of("bill,note,island\n45,a,Biscoe\n33,b,Dream\n32,c,Biscoe\n");
    CHECK(classify(model, later) == Names{"Gentoo", "Chinstrap", "Adelie"});
    CHECK(predict(model, later).rows() == 3);
    CHECK(outside_range(model, later).rows == 0);
    const OutsideRange outside =
        outside_range(model, table_of("bill,island\n45,Dream\n99,Dream\n"));
    CHECK(outside.rows == 1);
    CHECK(outside.by_input == std::vector<Index>{0, 0, 1});

    // By column numbers, as for a table without a header.
    const auto same =
        fit_classifier(table, "4", {.folds = 2}, {.ignore = {"1", "mass", "6"}}).model;
    CHECK(same.net.weights().theta() == model.net.weights().theta());
}

TEST_CASE("table: a regression of one or of several targets", "[tables][table_model]") {
    const Table table = table_of(birds(80));
    const TableOptions columns{.ignore = {"nest", "species"}};
    const auto [model, report] = fit_regressor(table, {"mass", "length"}, {.folds = 2}, columns);
    const Table later = table_of("island,bill\nDream,40\nBiscoe,40\n");
    const Matrix<double> Yhat = predict(model, later);
    REQUIRE(Yhat.cols() == 2);
    // A straight line without noise: within a percent of the range, 2000 and 10.
    CHECK(std::abs(Yhat(0, 0) - 4500) < 20);
    CHECK(std::abs(Yhat(1, 0) - 4000) < 20);
    CHECK(std::abs(Yhat(0, 1) - 20) < 0.1);
    const std::string name = "mass";
    const auto single =
        fit_regressor(table, name, {.folds = 2}, {.ignore = {"nest", "species", "length"}});
    CHECK(std::abs(predict(single.model, later)(0, 0) - 4500) < 20);
}

TEST_CASE("table: options of the columns alone, of the search alone, or both",
          "[tables][table_model]") {
    const Table table = table_of(birds(40));
    const auto theta = [](const auto& fitted) { return fitted.model.net.weights().theta(); };
    CHECK(theta(fit_classifier(table, "species", {.groups = "nest"})) ==
          theta(fit_classifier(table, "species", {}, {.groups = "nest"})));
    CHECK(theta(fit_regressor(table, "mass", {.ignore = {"nest", "species", "length"}})) ==
          theta(fit_regressor(table, "mass", {}, {.ignore = {"nest", "species", "length"}})));
    CHECK(fit_classifier(table, "species", {.folds = 2}).model.columns->columns().size() == 5);
    CHECK(theta(fit_classifier(table, "species", {})) == theta(fit_classifier(table, "species")));
}

TEST_CASE("table: groups and weights are columns", "[tables][table_model]") {
    const std::string text = birds(40);
    const Table table = table_of(text);
    TableOptions columns{.ignore = {"mass"}, .groups = "nest", .weights = "length"};
    const auto [model, report] = fit_classifier(table, "species", {.folds = 2}, columns);
    CHECK(model.columns->names() == Names{"island=Biscoe", "island=Dream", "bill"});
    // The same with values from the caller.
    std::vector<int> groups;
    for (int n = 0; n < 40; ++n) groups.push_back(n / 4 < 10 ? n / 4 : 0);
    const auto by_values = fit_classifier(
        table, "species",
        {.folds = 2, .sample_weights = numbers(table, table.column("length")), .groups = groups},
        for_species);
    CHECK(by_values.model.net.weights().theta() == model.net.weights().theta());
    CHECK(refusal<std::invalid_argument>(
              [&] { fit_classifier(table, "species", {.groups = groups}, columns); }) ==
          "the column \"nest\" and values of ModelSearchOptions are given: give only one of "
          "them");
}

TEST_CASE("table: rows with gaps are refused, dropped or filled with the mean",
          "[tables][table_model]") {
    const Table table = table_of(birds(120, true));
    TableOptions columns = for_species;
    CHECK(refusal([&] { fit_classifier(table, "species", {}, columns); }) ==
          "t.csv:2: column \"bill\": \"NA\" is a missing value (see --missing, --na; "
          "TableOptions::missing and CsvOptions::missing_words in C++)");
    columns.missing = Missing::drop;
    const Table later = table_of("island,bill\nDream,NA\nDream,31\n");
    const auto dropped = fit_classifier(table, "species", {.folds = 2}, columns).model;
    CHECK(refusal([&] { classify(dropped, later); }) ==
          "t.csv:2: column \"bill\": \"NA\" is a missing value (see --missing, --na; "
          "TableOptions::missing and CsvOptions::missing_words in C++)");
    columns.missing = Missing::mean;
    const auto filled = fit_classifier(table, "species", {.folds = 2}, columns).model;
    CHECK(filled.columns->fills_missing());
    const Matrix<double> X = encode(filled, later);
    CHECK(X(0, 2) == filled.inputs.mean()(2));
    CHECK(X(1, 2) == 31);
    CHECK(classify(filled, later)[1] == "Chinstrap");
    // The mean of the cells that are not missing.
    const Table complete = select_rows(table, complete_rows(table, std::vector<Index>{2}));
    CHECK_THAT(filled.inputs.mean()(2),
               Catch::Matchers::WithinRel(numbers(complete, 2).mean(), 1e-14));

    // Options for rows refer to the rows of the table, also if some are dropped.
    columns.missing = Missing::drop;
    std::vector<Index> last;
    for (Index n = 80; n < 120; ++n) last.push_back(n);
    CHECK_NOTHROW(fit_classifier(
        table, "species", {.sample_weights = std::vector<double>(120, 1), .validation_rows = last},
        columns));
    CHECK(refusal<std::invalid_argument>(
              [&] { fit_classifier(table, "species", {.validation_rows = {0}}, columns); }) ==
          "no row is left to validate on: each of validation_rows lacks a value, and such rows are "
          "dropped");
}

TEST_CASE("table: categories that were not learnt are refused, blank or zero",
          "[tables][table_model]") {
    const auto model =
        fit_classifier(table_of(birds(120)), "species", {.folds = 2}, for_species).model;
    const Table later = table_of("island,bill\nTorgersen,45\nDream,45\n");
    CHECK(refusal([&] { predict(model, later); }) ==
          "t.csv:2: column \"island\": \"Torgersen\" is not among the known values \"Biscoe\", "
          "\"Dream\": add --unknown blank or zero (Unknown in C++)");
    CHECK(predict(model, later, Unknown::blank).row(0).array().isNaN().all());
    CHECK(predict(model, later, Unknown::blank).row(1).allFinite());
    CHECK(encode(model, later, Unknown::zero).row(0) == Matrix<double>{{0, 0, 45}});
    CHECK(classify(model, later, Unknown::zero)[0] == "Gentoo");

    const Table known = table_of("island,bill,species\nTorgersen,45,Gentoo\nDream,45,Gentoo\n");
    CHECK_THROWS_AS(score(model, known, "species"), std::runtime_error);
    CHECK(score(model, known, "species", Unknown::zero) == 1);
    CHECK_THROWS_AS(score(model, known, "species", Unknown::blank), std::invalid_argument);
    auto updated = model;
    CHECK_THROWS_AS(update(updated, known, "species"), std::runtime_error);
    CHECK_NOTHROW(update(updated, known, "species", {.epochs = 1}, Unknown::zero));
}

TEST_CASE("table: targets that cannot be learnt are refused before the search",
          "[tables][table_model]") {
    const Table table = table_of(birds(40));
    const auto wrong = [&](const TargetColumns& target, const TableOptions& columns) {
        return refusal<std::invalid_argument>([&] { fit_classifier(table, target, {}, columns); });
    };
    CHECK(refusal([&] {
              fit_classifier(table, "length");
          }).ends_with(" is not a class: use a regression (--regression, fit_regressor() in C++)"));
    Table alike = table_of(birds(4));
    CHECK(refusal([&] {
              fit_classifier(select_rows(alike, std::vector<Index>{0, 0}), "species");
          }).starts_with("t.csv: the target \"species\" is "));
    CHECK(refusal([&] {
              fit_classifier(table_of("x,z,y\n1,,a\n2,,b\n"), "y", {}, {.missing = Missing::drop});
          }) ==
          "t.csv lacks a value in every row: fill them in (--missing mean, Missing::mean in C++), "
          "or leave out columns without values");
    CHECK(refusal([&] { fit_regressor(select_rows(table, std::vector<Index>{}), "mass"); }) ==
          "t.csv has no row to learn from, expected at least two");
    CHECK(refusal([&] {
              fit_regressor(table, "mass",
                            {.ignore = {"nest", "island", "bill", "species", "length"}});
          }) ==
          "t.csv has no column for an input, expected one besides the target: leave fewer columns "
          "out");
    CHECK(wrong({"mass", "length"}, {}) == "there are 2 targets, a classifier has one");
    CHECK(wrong("species", {.ignore = {"species"}}) ==
          "the column \"species\" is the target, it cannot be ignored, nor name groups or weights");
    CHECK(wrong("sex", {}) ==
          "t.csv has no column \"sex\": it has \"nest\", \"island\", \"bill\", \"species\", "
          "\"mass\", \"length\"");
    CHECK(wrong("species", {.text = {"sex"}}) == wrong("sex", {}));
    CHECK(refusal([&] { fit_regressor(table, "species"); }) ==
          "t.csv:2: column \"species\": \"Gentoo\" is not a number (see --decimal, --na; "
          "CsvOptions in C++)");
}

TEST_CASE("table: a model is scored and updated by columns", "[tables][table_model]") {
    const Table table = table_of(birds(120)), later = table_of(birds(150));
    auto classifier = fit_classifier(table, "species", {.folds = 2}, for_species).model;
    CHECK(score(classifier, later, "species") ==
          accuracy(detail::texts(later, 3), classify(classifier, later)));
    CHECK(update(classifier, later, "species").epochs > 0);
    CHECK(score(classifier, later, "species") == 1);
    const std::string other = "island,bill,species\nDream,40,Emperor\n";
    CHECK(refusal([&] { update(classifier, table_of(other), "species"); }) ==
          "t.csv:2: column \"species\": \"Emperor\" is not among the known classes \"Adelie\", "
          "\"Chinstrap\", \"Gentoo\": correct it, or leave the row out");

    const TableOptions columns{.ignore = {"nest", "species", "length"}};
    auto regressor = fit_regressor(table, "mass", {.folds = 2}, columns).model;
    CHECK(score(regressor, later, "mass") ==
          r2({.target = numbers(later, 4), .prediction = predict(regressor, later)}));
    CHECK(score(regressor, later, "length") < 0);
    update(regressor, later, "length");
    CHECK(score(regressor, later, "length") > 0.99);
    CHECK(refusal<std::invalid_argument>([&] {
              score(regressor, later, {"mass", "length"});
          }) == "there are 2 target columns, the model has 1: name as many");
}
