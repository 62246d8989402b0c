// SPDX-License-Identifier: MIT
#include <twolayer/files/c99.hpp>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "files/exported_c.hpp"
#include "support/comma_locale.hpp"
#include "support/folder.hpp"
#include "support/problem.hpp"
#include "support/refusal.hpp"

using namespace twolayer;
using test::c_source_of, test::scaled_model;

TEST_CASE("c_source: the locale changes nothing", "[files][c_source]") {
    const auto model = scaled_model(test::Problem<double, Identity>(true, 7));
    const auto wide =
        TwoLayerNet<double>({.inputs = 1234, .hidden = 1, .outputs = 1, .biases = false});
    const std::string expected = c_source_of(model) + c_source_of(wide);
    const test::CommaLocale locale;
    CHECK(c_source_of(model) + c_source_of(wide) == expected);
}

TEST_CASE("c_source: file and stream are equal, and a refused export keeps the file",
          "[files][c_source]") {
    const test::Folder folder;
    const auto path = folder / "model.c";
    const auto model = scaled_model(test::Problem<float>(true));
    const Matrix<float> X = Matrix<float>::Constant(1, 3, 200);
    export_c(path, model, {.prefix = "other"}, X);
    std::ostringstream stream;
    export_c(stream, model, {.prefix = "other"}, X);
    const auto content = [&] {
        std::ostringstream text;
        text << std::ifstream(path, std::ios::binary).rdbuf();
        return text.str();
    };
    CHECK(content() == stream.str());
    CHECK_THROWS_AS(export_c(path, model, {.prefix = "?"}), std::invalid_argument);
    CHECK(content() == stream.str());
    CHECK_THROWS_AS(export_c(folder / "none" / "model.c", model), std::runtime_error);
    export_c(path.string(), TwoLayerNet<double, Sigmoid, 2, 3, 1>());  // the path as a string
    CHECK(content().find("model_W1[model_inputs]") != std::string::npos);
}

TEST_CASE("c_source: refuses what C cannot hold", "[files][c_source]") {
    using Catch::Matchers::Contains;
    const auto model = scaled_model(test::Problem<double>(true));
    const auto refusal = [&](const auto& changed, const CSourceOptions& options = {}) {
        return test::refusal<std::invalid_argument>([&] { c_source_of(changed, options); });
    };
    for (const char* const prefix : {"", "2x", "_x", "a-b", "a b", "ä", "a\n"})
        CHECK_THAT(refusal(model, {.prefix = prefix}), Contains("the prefix"));
    CHECK_THAT(refusal(model, {.samples = 0}), Contains("samples is 0"));

    auto infinite = model;
    infinite.net.weights().W2()(1, 1) = std::numeric_limits<double>::infinity();
    CHECK_THAT(refusal(infinite), Contains("W2 is inf in row 1, column 1"));
    auto overflowing =
        Model<TwoLayerNet<double, Identity>>{.net = test::Problem<double, Identity>(true).net};
    overflowing.net.weights().W2().setConstant(1e308);
    CHECK_THAT(refusal(overflowing), Contains("the prediction of a sample to store is inf"));

    auto other_classes = model;
    other_classes.class_names = {"a", "b", "c"};
    CHECK_THAT(refusal(other_classes), Contains("class names is 3, expected 2 for 2 outputs"));
    other_classes.class_names = {"a", std::string(4096, 'b')};
    CHECK_THAT(refusal(other_classes), Contains("4096 bytes"));
    auto other_columns = model;
    other_columns.columns = InputColumns(std::vector<InputColumn>{{"x", {}}});
    CHECK_THAT(refusal(other_columns), Contains("the columns make 1 inputs, the network has 3"));
    auto other_scaling = model;
    other_scaling.inputs = Standardizer<double>(4);
    CHECK_THAT(refusal(other_scaling), Contains("4 scaled inputs, its network has 3"));

    std::ostringstream stream;
    const auto X_refusal = [&](const Matrix<double>& X) {
        return test::refusal<std::invalid_argument>([&] { export_c(stream, model, {}, X); });
    };
    CHECK_THAT(X_refusal(Matrix<double>::Zero(2, 4)), Contains("2 x 4"));
    CHECK_THAT(X_refusal(Matrix<double>::Constant(2, 3, std::nan(""))), Contains("X is "));
    CHECK(stream.str().empty());
    stream.setstate(std::ios::badbit);
    CHECK_THROWS_AS(export_c(stream, model), std::runtime_error);
}
