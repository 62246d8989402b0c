// SPDX-License-Identifier: MIT
//
// The headers of models and tables define everything that they declare.

#include <string>
#include <twolayer/model/model.hpp>
#include <twolayer/table.hpp>
#include <vector>

twolayer::Matrix<double> predictions(const twolayer::Regressor<double>& model,
                                     const twolayer::Table& table);
std::vector<std::string> classes(const twolayer::Classifier<double>& model,
                                 const twolayer::Table& table);

twolayer::Matrix<double> predictions(const twolayer::Regressor<double>& model,
                                     const twolayer::Table& table) {
    return predict(model, table);
}

std::vector<std::string> classes(const twolayer::Classifier<double>& model,
                                 const twolayer::Table& table) {
    return classify(model, table);
}

int main() {}
