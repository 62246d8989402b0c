// SPDX-License-Identifier: MIT
//
// Train on a CSV file, test on samples held out, and say how it went. See train --help.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <new>
#include <twolayer.hpp>

#include "support/options.hpp"
#include "support/plot.hpp"
#include "support/progress.hpp"
#include "support/train_data.hpp"

using namespace twolayer;

namespace {

void print_confusion(const Matrix<double>& confusion, const std::vector<std::string>& names) {
    const auto longest = std::ranges::max(names, {}, &std::string::size).size();
    const int width = int(std::clamp<std::size_t>(longest, 4, 12)) + 1;
    std::printf(
        "\nconfusion of the samples held out: a row for each class, a column for each "
        "prediction\n");
    std::printf("%*s", width, "");
    for (const std::string& name : names) std::printf("%*.*s", width, width - 1, name.c_str());
    for (Index c = 0; c < confusion.rows(); ++c) {
        std::printf("\n%*.*s", width, width - 1, names[std::size_t(c)].c_str());
        for (Index p = 0; p < confusion.cols(); ++p)
            if (confusion(c, p) == 0)
                std::printf("%*s", width, ".");
            else
                std::printf("%*.0f", width, confusion(c, p));
    }
    std::puts("");
}

/// Trains and tests a network with this output on this loss; the status to exit with.
template <typename Output, typename Loss>
int train(const TrainOptions& o, const TrainData& data) {
    const bool classes = !data.labels.empty();
    const Split split = classes ? train_test_split(data.labels, o.test_share, o.seed)
                                : train_test_split(data.X.rows(), o.test_share, o.seed);
    const Side training = data.side(split.train), held_out = data.side(split.test);

    using Net = TwoLayerNet<double, Output>;
    Model<Net> model{.net = Net({.inputs = data.X.cols(),
                                 .hidden = o.hidden,
                                 .outputs = data.Y.cols(),
                                 .biases = true})};
    model.inputs = Standardizer<double>::fit(training.X);
    if (!classes)
        model.targets = Standardizer<double>::fit(training.Y);
    model.columns = data.columns;
    model.class_names = data.class_names;
    std::mt19937_64 generator(o.seed);
    model.net.randomize(generator);

    const Matrix<double> X = model.inputs.transform(training.X);
    const Matrix<double> X_held_out = model.inputs.transform(held_out.X);
    const Matrix<double> Y = model.targets.transform(training.Y);
    const Matrix<double> Y_held_out = model.targets.transform(held_out.Y);
    const auto score = [&](const Matrix<double>& standardized, const Side& side) {
        const Matrix<double> Yhat = model.targets.inverse(model.net.predict(standardized));
        return classes ? accuracy(side.labels, classify(Yhat)) : r2(side.Y, Yhat);
    };

    const Index N = training.X.rows();
    const FitOptions defaults{.epochs = std::clamp<Index>(86400 / N, 20, 1000)};
    const Adam adam{.rate = o.rate.value_or(classes ? 0.04 : 0.02)};
    std::printf("split     %td for training, %td held out\n", N, held_out.X.rows());
    std::printf("network   %td - %td - %td, %td weights\n\n", data.X.cols(), o.hidden,
                data.Y.cols(), model.net.weights().size());

    std::vector<double> held_out_losses;
    Progress progress(o.epochs.value_or(defaults.epochs), classes ? "accuracy" : "R2");
    const auto after_epoch = [&](const FitProgress& p) {
        held_out_losses.push_back(loss(model.net, X_held_out, Y_held_out, Loss{}));
        if (progress.wants(p.epoch))
            progress.show(p.epoch, {p.loss, score(X, training)},
                          {held_out_losses.back(), score(X_held_out, held_out)});
        return true;
    };
    const FitReport report = fit(model.net, X, Y, Loss{}, adam,
                                 {.epochs = o.epochs.value_or(defaults.epochs),
                                  .batch = o.batch,
                                  .seed = o.seed,
                                  .decay = o.decay,
                                  .anneal = true,
                                  .callback = after_epoch});
    progress.finish();
    if (report.stop_reason == StopReason::not_finite)
        fail<std::runtime_error>("the loss overflowed after ", report.epochs,
                                 " epochs: try a lower --rate");

    if (classes) {
        const auto predicted = model.classify(held_out.X);
        if (data.class_names.size() <= 20)
            print_confusion(confusion_matrix(held_out.labels, predicted, data.Y.cols()),
                            data.class_names);
        std::printf("\nheld out: accuracy %.4f of %td samples\n",
                    accuracy(held_out.labels, predicted), held_out.X.rows());
    } else {
        const Matrix<double> Yhat = model.predict(held_out.X);
        std::printf("\nheld out: RMSE %.5g, MAE %.5g, R2 %.4f of %td samples\n",
                    rmse(held_out.Y, Yhat), mae(held_out.Y, Yhat), r2(held_out.Y, Yhat),
                    held_out.X.rows());
    }
    std::printf("trained by %s in %.3f s, %td epochs\n", report.method.data(), report.seconds,
                report.epochs);
    if (!o.plot.empty())
        plot_learning_curve(o.plot, report.losses, held_out_losses);
    return 0;
}

int run(const TrainOptions& o) {
    if (!o.plot.empty())
        check_plot(o.plot);
    const bool squared_error = o.regression || o.loss == "squared-error";
    if (o.regression && o.loss == "cross-entropy")
        fail("--loss is cross-entropy, which is for classes: leave it out with --regression");
    const TrainData data = read_train_data(o);
    if (o.regression)
        return train<Identity, SquaredError>(o, data);
    return squared_error ? train<Softmax, SquaredError>(o, data)
                         : train<Softmax, CrossEntropy>(o, data);
}

}  // namespace

/// 0 when all went well, 2 for wrong use, 1 for work that failed.
int main(int argc, char** argv) {
    CLI::App app;
    try {
        return run(parse_train_options(app, argc, argv));
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
