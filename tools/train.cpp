// SPDX-License-Identifier: MIT
//
// Trains on a CSV file, tests on held-out samples and prints the results. See train --help.

#include <cstdio>
#include <stdexcept>
#include <string>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/output.hpp>

#include "support/command_line.hpp"
#include "support/folds.hpp"
#include "support/interrupt.hpp"
#include "support/output_path.hpp"
#include "support/plot.hpp"
#include "support/report.hpp"
#include "support/status_of.hpp"
#include "support/train_data.hpp"
#include "support/training.hpp"

using namespace twolayer;

namespace {

void run(const TrainOptions& o) {
    check_outputs({{"--save", o.save},
                   {"--export-c", o.export_c},
                   {"--export-onnx", o.export_onnx},
                   {"--plot", o.plot},
                   {o.resume ? "--resume" : "--checkpoint", o.checkpoint}},
                  {{"--data", o.data}});
    if (!o.plot.empty())
        check_plot(o.plot);
    if (!o.automatic())  // the search has no callback that could stop it
        catch_interrupt();
    const TrainData data = read_train_data(o);
    const auto train = [&](const Split& split) {
        const bool quiet = o.folds.has_value();
        if (o.regression)
            return train_and_test<Identity, SquaredError>(o, data, split, quiet);
        return o.squared_error() ? train_and_test<Softmax, SquaredError>(o, data, split, quiet)
                                 : train_and_test<Softmax, CrossEntropy>(o, data, split, quiet);
    };
    if (o.folds)
        return print_folds(o, data, train);

    const Training training =
        train(o.regression ? train_test_split(data.X.rows(), o.test_fraction, o.seed)
                           : train_test_split(data.labels, o.test_fraction, o.seed));
    print_test(training.test, data);
    print_report(training.report, training.hidden);
    for (const std::string& written : {o.save, o.export_c, o.export_onnx})
        if (!written.empty())
            std::printf("saved     %s\n", written.c_str());
    if (!o.plot.empty())
        plot_learning_curve(o.plot, training.report.losses, training.report.validation_losses,
                            training.held_out_losses);
    if (const Index failed = training.report.failed_checkpoints; failed > 0)
        fail<std::runtime_error>(failed, " checkpoints were not written");
}

}  // namespace

int main(int argc, char** argv) {
    return status_of("train", [&](CLI::App& app) { run(parse_train_options(app, argc, argv)); });
}
