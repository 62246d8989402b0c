// SPDX-License-Identifier: MIT
//
// What the headers of models and tables declare is defined in them as well.

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
