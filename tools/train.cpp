// SPDX-License-Identifier: MIT
//
// Trains on a CSV file, tests on held-out samples and prints the results. See train --help.

#include <iterator>
#include <stdexcept>
#include <string>
#include <twolayer/data/cross_validate.hpp>
#include <twolayer/model/use_model.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/output.hpp>
#include <utility>
#include <vector>

#include "support/command_line.hpp"
#include "support/output_path.hpp"
#include "support/outside_text.hpp"
#include "support/plot_report.hpp"
#include "support/progress.hpp"
#include "support/report.hpp"
#include "support/report_json.hpp"
#include "support/status_of.hpp"
#include "support/train_data.hpp"
#include "support/training.hpp"

using namespace twolayer;

namespace {

Training train(const TrainOptions& o, const TrainData& data, Side training, Side held_out,
               Console& console) {
    const auto by = o.regression        ? train_and_test<Identity, SquaredError>
                    : o.squared_error() ? train_and_test<Softmax, SquaredError>
                                        : train_and_test<Softmax, CrossEntropy>;
    return by(o, data, std::move(training), std::move(held_out), console);
}

/// The folds of --folds; rows of a group, if any, stay together.
std::vector<Split> folds_of(const TrainOptions& o, const TrainData& data) {
    const Side& all = data.all;
    const bool grouped = !data.groups.empty();
    const Index folds = *o.folds, N = all.X.rows(), most = grouped ? std::ssize(data.groups) : N;
    if (folds > most)
        fail("--folds is ", folds, ", expected at most the number of ",
             grouped ? "groups" : "samples", ", ", most);
    if (grouped)
        return group_k_folds(all.groups, folds, o.seed);
    return o.regression ? k_folds(N, folds, o.seed) : k_folds(all.labels, folds, o.seed);
}

/// The samples to train on and those to test on, unless they come from two files.
Split split_of(const TrainOptions& o, const Side& all) {
    if (!all.groups.empty())
        return group_train_test_split(all.groups, o.test_fraction, o.seed);
    return o.regression ? train_test_split(all.X.rows(), o.test_fraction, o.seed)
                        : train_test_split(all.labels, o.test_fraction, o.seed);
}

Training train(const TrainOptions& o, const TrainData& data, const Split& split, Console& console) {
    return train(o, data, data.all.rows(split.train), data.all.rows(split.test), console);
}

/// For each fold, searches and trains on all others and prints what was chosen and the score of
/// that fold; then prints their mean and deviation, and how good the predictions of all folds are.
/// Throws std::invalid_argument for more folds than samples or groups, and std::runtime_error after
/// Ctrl-C.
void run_folds(const TrainOptions& o, const TrainData& data, Console& console) {
    const Index folds = *o.folds;
    const std::vector<Split> splits = folds_of(o, data);
    Matrix<double> Yhat(data.all.Y.rows(), data.all.Y.cols());
    Json parts = Json::array();
    OutsideRange outside;
    FitReport last;
    console.print(format("\n%5s%9s%7s%10s%8s%9s%10s\n", "fold", "samples", "units", "decay",
                         "epochs", "seconds", o.score_name()));
    const auto score_of = [&](const Split& split) {
        Console silent(true);
        const Training training = train(o, data, split, silent);
        last = training.report;
        const Index fold = std::ssize(parts) + 1;
        if (interrupted)
            fail<std::runtime_error>("stopped in fold ", fold, " of ", folds);
        for (std::size_t i = 0; i < split.test.size(); ++i)
            Yhat.row(split.test[i]) = training.Yhat.row(Index(i));
        add(outside, training.outside);
        const double result = score(training.held_out, training.Yhat);
        const double seconds = last.seconds + (training.search ? training.search->seconds : 0);
        console.print(format("%5td%9zu%7td%10.3g%8td%9.3f%10.4f\n", fold, split.test.size(),
                             training.hidden, last.weight_decay, last.epochs, seconds, result));
        parts.push_back(json_of(training));
        if (training.search)
            parts.back()["search"] = json_of(*training.search);
        parts.back()["score"] = result;
        return result;
    };
    const CrossValidation result = cross_validate(splits, score_of);
    const HeldOut held_out = evaluate(data, data.all, Yhat, outside);
    print_held_out(console, o, data, held_out);
    console.print(format("\nheld out: %s %.4f, mean of %td folds, standard deviation %.4f\n",
                         o.score_name(), result.mean, folds, result.deviation));
    print_method(console, last);
    if (!o.json.empty())
        write_json(o, data, console,
                   {{"folds", parts},
                    {"mean", result.mean},
                    {"deviation", result.deviation},
                    {"held_out", json_of(held_out, data)}});
}

/// What to do after the example.
void print_next(const Console& console) {
    std::string predict = program_name;
    if (const auto place = predict.rfind("train"); place != std::string::npos)
        predict.replace(place, 5, "predict");
    console.print("\n");
    console.line("next", program_name + " --data FILE --target COLUMN --save MODEL.safetensors");
    console.line("", predict + " MODEL.safetensors FILE");
    console.line("", program_name + " --help");
}

void run(const TrainOptions& o) {
    check_outputs({{"--save", o.save},
                   {"--export-c", o.export_c},
                   {"--export-onnx", o.export_onnx},
                   {"--plot", o.plot},
                   {"--json", o.json},
                   {o.resume ? "--resume" : "--checkpoint", o.checkpoint}},
                  {{"--data", o.data}, {"--test", o.test}});
    if (!o.plot.empty())
        check_plot(o.plot);
    catch_interrupt();
    Console console(o.quiet);
    const TrainData data = read_train_data(o, console);
    if (o.folds)
        return run_folds(o, data, console);

    const Training training = o.test.empty() ? train(o, data, split_of(o, data.all), console)
                                             : train(o, data, data.all, data.test, console);
    const HeldOut held_out = evaluate(data, training.held_out, training.Yhat, training.outside);
    print_held_out(console, o, data, held_out);
    print_training(console, training);
    if (!o.plot.empty())
        plot_report(o.plot, data, training, held_out);
    if (!o.json.empty()) {
        Json parts{{"fit", json_of(training)}, {"held_out", json_of(held_out, data)}};
        if (training.search)
            parts["search"] = json_of(*training.search);
        write_json(o, data, console, parts);
    }
    for (const std::string& written : {o.save, o.export_c, o.export_onnx, o.plot, o.json})
        if (!written.empty())
            console.line("saved", written);
    if (o.target.empty())
        print_next(console);
    if (const Index failed = training.report.failed_checkpoints; failed > 0)
        fail<std::runtime_error>(failed, " checkpoints were not written");
}

}  // namespace

int main(int argc, char** argv) {
    return status_of(argv[0], [&](CLI::App& app) { run(parse_train_options(app, argc, argv)); });
}
