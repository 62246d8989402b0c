// SPDX-License-Identifier: MIT
#include <twolayer/data/labels.hpp>
#include <twolayer/train/run/training_data.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "catch.hpp"

using namespace twolayer;
using Catch::Matchers::Equals;
using Catch::Matchers::WithinRel;
using detail::TrainingData;

namespace {

/// Four classes of 50, 7, 31 and 3 samples, in alternating order.
struct Classes {
    std::vector<int> labels;
    Matrix<double> X, Y;

    Classes() {
        const int counts[] = {50, 7, 31, 3};
        for (int n = 0; n < 50; ++n)
            for (int c = 0; c < 4; ++c)
                if (n < counts[c])
                    labels.push_back(c);
        Y = one_hot<double>(labels, 4);
        X = Matrix<double>::Zero(Y.rows(), 2);
    }

    detail::CheckedSamples<double> samples(const std::vector<double>& w = {}) const {
        return detail::check_samples<Softmax>(
            {2, 1, 4}, Samples<double>{MatrixView(X), MatrixView(Y), {w.data(), std::ssize(w), 1}});
    }
};

std::vector<double> weights(const Samples<double>& samples) {
    std::vector<double> w;
    for (Index n = 0; n < samples.X.rows; ++n) w.push_back(samples.weight(n));
    return w;
}

}  // namespace

TEST_CASE("training data: without options they are unchanged", "[train][training_data]") {
    const Classes c;
    const TrainingData<double> data(c.samples(), {}, {});
    CHECK(data.training().X.data == c.X.data());
    CHECK(data.training().weights.empty());
    CHECK_FALSE(data.validated());
}

TEST_CASE("training data: each sample that counts is on exactly one side, class by class",
          "[train][training_data]") {
    const Classes c;
    std::vector<double> w(c.labels.size(), 1);
    for (std::size_t n = 0; n < w.size(); n += 5) w[n] = n % 2 == 0 ? 0 : 2.5;
    const double share = GENERATE(0.1, 0.25, 0.6);
    const TrainingData<double> data(c.samples(w), {}, {.validation_fraction = share});
    REQUIRE(data.validated());
    CHECK(data.validation().X.data == c.X.data());
    CHECK(data.validation().Y.data == c.Y.data());
    const auto train = weights(data.training()), validate = weights(data.validation());
    double rows = 0, held_out = 0, rows_of[4] = {}, held_out_of[4] = {};
    for (std::size_t n = 0; n < w.size(); ++n) {
        REQUIRE((train[n] == 0 || validate[n] == 0));
        REQUIRE(train[n] + validate[n] == w[n]);
        rows += w[n] > 0;
        held_out += validate[n] > 0;
        rows_of[c.labels[n]] += w[n] > 0;
        held_out_of[c.labels[n]] += validate[n] > 0;
    }
    CHECK(held_out == std::floor(rows * share + 0.5));
    for (int k = 0; k < 4; ++k) CHECK(std::abs(held_out_of[k] - share * rows_of[k]) <= 1);
}

TEST_CASE("training data: the seed determines which rows are held out", "[train][training_data]") {
    const Classes c;
    const auto held_out = [&](std::uint64_t seed) {
        return weights(
            TrainingData<double>(c.samples(), {}, {.seed = seed, .validation_fraction = 0.2})
                .validation());
    };
    CHECK(held_out(1) == held_out(1));
    CHECK(held_out(1) != held_out(2));
}

TEST_CASE("training data: rows of targets that are not classes are held out at random",
          "[train][training_data]") {
    Classes c;
    c.Y *= 0.5;
    const TrainingData<double> data(c.samples(), {}, {.validation_fraction = 0.2});
    const auto validate = weights(data.validation());
    CHECK(std::ranges::count(validate, 1.0) == 18);  // 0.2 of 91
}

TEST_CASE("training data: the fraction is of the samples that count", "[train][training_data]") {
    const Classes c;
    std::vector<double> w(c.labels.size(), 0);
    w[3] = w[4] = 1;
    const TrainingData<double> data(c.samples(w), {}, {.validation_fraction = 0.5});
    CHECK(weights(data.training())[3] + weights(data.training())[4] == 1);
    w[4] = 0;
    CHECK_THROWS_WITH(
        TrainingData<double>(c.samples(w), {}, {.validation_fraction = 0.5}),
        Equals("validation_fraction is 0.5 of 1 samples, which leaves nothing on one side"));
}

TEST_CASE("training data: class weights multiply the sample weights", "[train][training_data]") {
    const Classes c;
    std::vector<double> w(c.labels.size());
    for (std::size_t n = 0; n < w.size(); ++n) w[n] = double(n % 3);
    const std::vector<double> factors{2, 0.5, 0, 7};
    const TrainingData<double> data(c.samples(w), {}, {.class_weights = factors});
    for (std::size_t n = 0; n < w.size(); ++n)
        CHECK(weights(data.training())[n] == w[n] * factors[std::size_t(c.labels[n])]);
    CHECK_FALSE(data.validated());
}

TEST_CASE("training data: balanced classes have the same total weight", "[train][training_data]") {
    const Classes c;
    std::vector<double> w(c.labels.size());
    for (std::size_t n = 0; n < w.size(); ++n) w[n] = double(n % 3);
    const double share = GENERATE(0.0, 0.3);
    const TrainingData<double> data(c.samples(w), {},
                                    {.balanced = true, .validation_fraction = share});
    const auto train = weights(data.training());
    double total[4] = {};
    for (std::size_t n = 0; n < w.size(); ++n) total[c.labels[n]] += train[n];
    for (int k = 1; k < 4; ++k) CHECK_THAT(total[k], WithinRel(total[0], 1e-14));
    CHECK(total[0] > 0);
    // Validation uses the given weights.
    if (data.validated())
        for (std::size_t n = 0; n < w.size(); ++n) {
            const double v = weights(data.validation())[n];
            REQUIRE((v == 0 || v == w[n]));
        }
}

TEST_CASE(
    "training data: the class of a row is its largest entry, or whether a single one exceeds 1/2",
    "[train][training_data]") {
    const Matrix<double> Y{{0.2, 0.5, 0.3}, {0.4, 0.2, 0.4}, {0, 0, 1}}, y{{0}, {1}, {0.5}};
    const auto class_of = [](const Matrix<double>& A, Index n) {
        return detail::class_of<double>(MatrixView(A), n);
    };
    CHECK(class_of(Y, 0) == 1);
    CHECK(class_of(Y, 1) == 0);
    CHECK(class_of(Y, 2) == 2);
    CHECK(class_of(y, 0) == 0);
    CHECK(class_of(y, 1) == 1);
    CHECK(class_of(y, 2) == 0);
}

TEST_CASE("training data: class weights that do not match are refused", "[train][training_data]") {
    Classes c;
    CHECK_THROWS_WITH(TrainingData<double>(c.samples(), {}, {.class_weights = {1, 2, 3}}),
                      Equals("there are 3 class_weights for 4 classes"));
    CHECK_THROWS_WITH(TrainingData<double>(c.samples(), {}, {.class_weights = {0, 0, 0, 0}}),
                      Equals("class_weights leave no sample to train on"));
    const Matrix<double> y = c.Y.leftCols(1);
    const auto binary = detail::check_samples<Sigmoid>(
        {2, 1, 1}, Samples<double>{MatrixView(c.X), MatrixView(y), {}});
    CHECK_NOTHROW(TrainingData<double>(binary, {}, {.class_weights = {1, 2}}));
    CHECK_THROWS_WITH(TrainingData<double>(binary, {}, {.class_weights = {1}}),
                      Equals("there are 1 class_weights for 2 classes"));
    c.Y *= 0.5;
    CHECK_THROWS_WITH(TrainingData<double>(c.samples(), {}, {.class_weights = {1, 2, 3, 4}}),
                      Equals("class_weights is for classes, whose targets are 0 and 1"));
    CHECK_THROWS_WITH(TrainingData<double>(c.samples(), {}, {.balanced = true}),
                      Equals("balanced is for classes, whose targets are 0 and 1"));
}
