// SPDX-License-Identifier: MIT
//
// A classifier whose labels are 1, 2 and 3: trained, tested on other rows, saved and loaded.

#include <cstdio>
#include <random>
#include <twolayer.hpp>
#include <twolayer/files/safetensors.hpp>
#include <vector>

using namespace twolayer;

int main() {
    std::mt19937_64 generator(1);
    const Matrix<double> X =
        Matrix<double>::NullaryExpr(400, 2, [&] { return uniform(generator); });
    std::vector<int> labels;  // 1 on the left; on the right 2 below and 3 above
    for (const auto& x : X.rowwise()) labels.push_back(x(0) < 0.5 ? 1 : x(1) < 0.5 ? 2 : 3);

    const auto [train, test] = train_test_split(labels, 0.25, 1);
    const auto model = fit_classifier(select_rows(X, train), select_rows(labels, train)).model;
    save("classifier.safetensors", model);
    const auto loaded = load<Classifier<double, int>>("classifier.safetensors");
    const std::vector<int> actual = select_rows(labels, test);
    const std::vector<int> predicted = loaded.classify(select_rows(X, test));
    std::printf("accuracy %.3f\n", accuracy(actual, predicted));
    const auto confusion = confusion_matrix({.actual = actual, .predicted = predicted});
    std::printf("of label 3, %g are taken for 2\n", confusion.count(3, 2));
    return accuracy(actual, predicted) > 0.95 ? 0 : 1;
}
