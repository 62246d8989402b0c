// SPDX-License-Identifier: MIT
//
// From a CSV file to a saved classifier, which is loaded again and scored.

#include <cstdio>
#include <twolayer.hpp>
#include <twolayer/files/safetensors.hpp>
#include <twolayer/table.hpp>

using namespace twolayer;

int main(int argc, char** argv) {
    const Table penguins = read_csv(argc > 1 ? argv[1] : "examples/data/penguins.csv");
    const auto [model, report] = fit_classifier(penguins, "species", {.missing = Missing::mean});
    save("species.safetensors", model);

    const auto loaded = load<Classifier<double>>("species.safetensors");
    const double right = score(loaded, penguins, "species");
    std::printf("%td hidden units, %.3f of the species right\n", report.chosen.hidden, right);
    return right > 0.97 ? 0 : 1;
}
