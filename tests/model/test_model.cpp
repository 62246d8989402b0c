// SPDX-License-Identifier: MIT
#include <twolayer/model/model.hpp>
#include <twolayer/table.hpp>

#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/problem.hpp"
#include "support/refusal.hpp"
#include "support/table_of.hpp"

using namespace twolayer;

namespace {

Table table_of(const std::string& text) {
    return test::table_of(text, {.header = Header::present}, "later.csv");
}

/// A classifier of two classes. Its inputs are the number `mass` and the one-hot encoded `island`.
template <typename Net>
Model<Net> example(Net net) {
    std::mt19937 generator(7);
    net.randomize(generator);
    Model<Net> model{.net = net};
    model.inputs = Standardizer<typename Net::Scalar>::fit(
        Matrix<typename Net::Scalar>{{3000, 1, 0}, {5000, 0, 1}, {4500, 1, 0}});
    model.columns = InputColumns({{"mass", {}}, {"island", {"Biscoe", "Dream"}}});
    model.class_names = {"female", "male"};
    return model;
}

}  // namespace

TEMPLATE_TEST_CASE("model: scales raw data before it predicts", "[model][model]",
                   (TwoLayerNet<double, Softmax>), (TwoLayerNet<float, Softmax, 3, 4, 2>)) {
    using Scalar = typename TestType::Scalar;
    const auto model = example(TestType(Shape{3, 4, 2}));
    const Matrix<Scalar> X{{3100, 0, 1}, {4900, 1, 0}};
    const Matrix<Scalar> Yhat = model.predict(X);
    CHECK(Yhat == model.net.predict(model.inputs.transform(X)));
    std::vector<std::string> labels;
    for (const ClassIndex c : class_index(Yhat))
        labels.push_back(static_cast<Index>(c) == 0 ? "female" : "male");
    CHECK(model.classify(X) == labels);
    CHECK((Yhat.row(0) - Yhat.row(1)).norm() > 1e-3);  // the predictions depend on the inputs

    // The same samples as a table with an additional column, and the columns in a different order.
    const Table table = table_of("island,note,mass\nDream,x,3100\nBiscoe,y,4900\n");
    CHECK(predict(model, table) == Yhat);
    CHECK(classify(model, table) == labels);
}

TEST_CASE("model: refuses to classify rows without a finite prediction", "[model][model]") {
    auto model = example(TwoLayerNet<double, Softmax>({3, 4, 2}));
    Matrix<double> X{{3100, 0, 1}, {4900, 1, 0}, {4000, 1, 0}};
    for (const double unknown :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        X(1, 0) = unknown;
        CHECK_THROWS_WITH(model.classify(X), Catch::Matchers::Contains("in row 1, column 0"));
    }
    X(1, 0) = 4900;
    model.net.weights().b2()(0) = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH(model.classify(X),
                      Catch::Matchers::StartsWith("the prediction for row 0 is not finite"));
}

TEST_CASE("model: predicts a regression in the units of the target", "[model][model]") {
    const test::Problem<double, Identity> p(true);
    Model<TwoLayerNet<double, Identity>> model{.net = p.net};
    CHECK(model.predict(p.X) == p.net.predict(p.X));  // no scaling yet
    model.targets = Standardizer<double>::fit(Matrix<double>{{10, 100}, {30, 500}});
    const Matrix<double> expected =
        (p.net.predict(p.X) * Vector<double>{{10, 200}}.asDiagonal()).rowwise() +
        Eigen::RowVector2d(20, 300);
    CHECK(test::relative_distance(model.predict(p.X), expected) < 1e-15);
}

TEST_CASE("model: refuses an unsuitable table and names the cause", "[model][model]") {
    const auto model = example(TwoLayerNet<double, Softmax>({3, 4, 2}));
    const auto refusal = [&](const Table& table) {
        return test::refusal([&] { predict(model, table); });
    };
    using Catch::Matchers::Contains;
    CHECK_THAT(refusal(table_of("mass,island\n3100,Torgersen\n")),
               Contains("later.csv:2") && Contains("\"island\"") && Contains("\"Torgersen\"") &&
                   Contains("\"Biscoe\", \"Dream\""));
    CHECK_THAT(refusal(table_of("mass\n3100\n")), Contains("later.csv has no column \"island\""));
    CHECK_THAT(refusal(table_of("mass,island\nNA,Dream\n")), Contains("\"mass\""));

    Model<TwoLayerNet<double, Softmax>> nameless{.net = model.net};
    CHECK_THROWS_WITH(classify(nameless, table_of("mass\n1\n")),
                      Contains("expected the columns of later.csv"));
    CHECK_THROWS_WITH(nameless.classify(Matrix<double>::Zero(2, 3)),
                      Contains("the model has 0 class names, expected 2 labels to return"));
    CHECK_THROWS_AS(model.predict(Matrix<double>::Zero(2, 4)), std::invalid_argument);
}
