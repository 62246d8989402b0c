// SPDX-License-Identifier: MIT
//
// Train on a CSV file, test on samples held out, and say how it went. See train --help.

#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>

#include <twolayer/core/loss.hpp>
#include <twolayer/core/output.hpp>

#include "support/command_line.hpp"
#include "support/folds.hpp"
#include "support/interrupt.hpp"
#include "support/plot.hpp"
#include "support/report.hpp"
#include "support/train_data.hpp"
#include "support/training.hpp"

using namespace twolayer;

namespace {

void run(const TrainOptions& o) {
    if (!o.plot.empty())
        check_plot(o.plot);
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
        train(o.regression ? train_test_split(data.X.rows(), o.test_share, o.seed)
                           : train_test_split(data.labels, o.test_share, o.seed));
    print_test(training.test, data);
    print_report(training.report, o.hidden);
    if (!o.plot.empty())
        plot_learning_curve(o.plot, training.report.losses, training.report.validation_losses,
                            training.held_out_losses);
}

}  // namespace

/// 0 when all went well, 2 for wrong use, 1 for work that failed.
int main(int argc, char** argv) {
    CLI::App app;
    try {
        run(parse_train_options(app, argc, argv));
        return 0;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const std::invalid_argument& error) {
        std::fprintf(stderr, "train: %s\n", error.what());
        return 2;
    } catch (const std::bad_alloc&) {
        std::fprintf(stderr, "train: there is not enough memory for a network of this size\n");
        return 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "train: %s\n", error.what());
        return 1;
    }
}
