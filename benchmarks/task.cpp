// SPDX-License-Identifier: MIT
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "peer.hpp"

namespace benchmark {

namespace {

std::vector<std::vector<std::string>> read_fields(const std::filesystem::path& path) {
    std::ifstream file(path);
    if (!file)
        throw std::runtime_error("cannot read " + path.string());
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        rows.emplace_back();
        for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(field);
    }
    return rows;
}

Eigen::MatrixXd read_matrix(const std::filesystem::path& path) {
    const auto rows = read_fields(path);
    Eigen::MatrixXd matrix(Eigen::Index(rows.size()), Eigen::Index(rows.at(0).size()));
    for (Eigen::Index i = 0; i < matrix.rows(); ++i)
        for (Eigen::Index j = 0; j < matrix.cols(); ++j)
            matrix(i, j) = std::stod(rows[std::size_t(i)].at(std::size_t(j)));
    return matrix;
}

}  // namespace

std::vector<Task> read_tasks(const std::filesystem::path& folder) {
    std::vector<Task> tasks;
    for (const auto& row : read_fields(folder / "tasks.csv"))
        tasks.push_back({.name = row.at(0),
                         .X = read_matrix(folder / (row.at(0) + "_X.csv")),
                         .Y = read_matrix(folder / (row.at(0) + "_Y.csv")),
                         .hidden = std::stoi(row.at(1)),
                         .level = std::stod(row.at(2)),
                         .limit_seconds = std::stod(row.at(3))});
    return tasks;
}

double squared_error(const Eigen::MatrixXd& Yhat, const Eigen::MatrixXd& Y) {
    return (Yhat - Y).squaredNorm() / double(2 * Y.rows());
}

}  // namespace benchmark
