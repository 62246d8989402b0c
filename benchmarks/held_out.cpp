// SPDX-License-Identifier: MIT
//
// Compares held-out scores of fit_classifier() and fit_regressor() with those of scikit-learn's
// tuned MLP, on the data sets, folds and scores that held_out.py wrote into a folder:
//
//     held_out FOLDER

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <twolayer.hpp>
#include <twolayer/table.hpp>
#include <vector>

using twolayer::Index, twolayer::Matrix, twolayer::select_rows, twolayer::Table, twolayer::Vector;

namespace {

Matrix<double> read_matrix(const std::filesystem::path& path) {
    const Table table = twolayer::read_csv(path, {.header = twolayer::Header::absent});
    Matrix<double> A(table.rows(), table.columns());
    for (Index c = 0; c < A.cols(); ++c) A.col(c) = twolayer::numbers(table, c);
    return A;
}

struct DataSet {
    Matrix<double> X;            ///< N x D
    Matrix<double> Y;            ///< N x K, or N labels
    std::vector<Index> labels;   ///< empty for a regression
    Vector<double> fold_of_row;  ///< the fold in which each row is held out

    DataSet(const std::filesystem::path& folder, bool is_classification)
        : X(read_matrix(folder / "X.csv")),
          Y(read_matrix(folder / "Y.csv")),
          fold_of_row(read_matrix(folder / "folds.csv")) {
        if (is_classification)
            for (const double label : Y.reshaped()) labels.push_back(Index(label));
    }

    Index outputs() const { return labels.empty() ? Y.cols() : std::ranges::max(labels) + 1; }
};

struct Result {
    double score, seconds;
};

/// Trains without the rows of the fold and scores on them: accuracy for classes, else R2.
Result held_out_result(const DataSet& data, double fold) {
    std::vector<Index> train, test;
    for (Index n = 0; n < data.X.rows(); ++n)
        (data.fold_of_row(n) == fold ? test : train).push_back(n);
    const Matrix<double> X_train = select_rows(data.X, train);
    const Matrix<double> X_test = select_rows(data.X, test);

    // Processor time, as in held_out.py, since the machine may be busy.
    const std::clock_t begin = std::clock();
    const auto seconds = [begin] { return double(std::clock() - begin) / CLOCKS_PER_SEC; };
    if (data.labels.empty()) {
        const auto fitted = twolayer::fit_regressor(X_train, select_rows(data.Y, train));
        const double spent = seconds();
        return {twolayer::r2({.target = select_rows(data.Y, test),
                              .prediction = fitted.model.predict(X_test)}),
                spent};
    }
    const auto fitted = twolayer::fit_classifier(X_train, select_rows(data.labels, train));
    const double spent = seconds();
    return {twolayer::accuracy(select_rows(data.labels, test), fitted.model.classify(X_test)),
            spent};
}

/// Prints one line of the table: means over the folds for which scikit-learn has a score.
void compare(const std::filesystem::path& folder, const Table& results) {
    const std::string name(results.cell(0, results.column("data set")));
    const DataSet data(folder / name, results.cell(0, results.column("task")) == "classes");
    const Vector<double> folds = twolayer::numbers(results, results.column("fold"));
    const Vector<double> sklearn_scores = twolayer::numbers(results, results.column("score"));
    const double sklearn_seconds = twolayer::numbers(results, results.column("seconds")).mean();

    Vector<double> scores(folds.size());
    double seconds = 0;
    for (Index i = 0; i < folds.size(); ++i) {
        const auto [score, spent] = held_out_result(data, folds(i));
        scores(i) = score;
        seconds += spent / double(folds.size());
    }
    const Vector<double> points = 100 * (scores - sklearn_scores);
    const double pairs = double(folds.size() * (folds.size() - 1));
    const double error = std::sqrt((points.array() - points.mean()).square().sum() / pairs);
    std::printf("%-16s %5td x %-2td %3td %7.4f %8.4f %+7.2f %6.2f %8.3f %7.2f %6.1f\n",
                name.c_str(), data.X.rows(), data.X.cols(), data.outputs(), scores.mean(),
                sklearn_scores.mean(), points.mean(), error, seconds, sklearn_seconds,
                sklearn_seconds / seconds);
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 2)
        twolayer::fail("usage: held_out FOLDER");
    const std::filesystem::path folder = argv[1];
    const Table results = twolayer::read_csv(folder / "sklearn.csv");
    std::puts("Means over the folds: accuracy or R2, difference in points, seconds.\n");
    std::puts(
        "data set             N x D    K    ours  sklearn  points     +-  ours, s  theirs  ratio");
    std::map<std::string_view, std::vector<Index>> rows_of;
    for (Index row = 0; row < results.rows(); ++row)
        rows_of[results.cell(row, results.column("data set"))].push_back(row);
    for (const auto& [data_set, rows] : rows_of) compare(folder, select_rows(results, rows));
} catch (const std::exception& error) {
    std::fprintf(stderr, "held_out: %s\n", error.what());
    return 1;
}
