// SPDX-License-Identifier: MIT
// What train prints at the end: how good the model is, and how it was trained.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <twolayer/data/metrics.hpp>
#include <twolayer/data/standardizer.hpp>
#include <twolayer/model/use_model.hpp>
#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <vector>

#include "class_tables.hpp"
#include "outside_text.hpp"
#include "progress.hpp"
#include "terminal.hpp"
#include "training.hpp"

/// How good predictions of held-out samples are.
struct HeldOut {
    Index samples = 0;
    std::optional<twolayer::ClassificationReport> classes = {};  ///< none for a regression
    double r2 = 0, rmse = 0, mae = 0;
    double mean_rmse = 0;  ///< the RMSE of always predicting the mean of these samples
    twolayer::OutsideRange outside = {};
};

inline HeldOut evaluate(const TrainData& data, const Side& side, const Matrix<double>& Yhat,
                        const twolayer::OutsideRange& outside) {
    HeldOut result{.samples = Yhat.rows(), .outside = outside};
    if (side.labels.empty()) {
        const twolayer::RegressionPairs pairs{
            .target = side.Y, .prediction = Yhat, .sample_weights = side.weights};
        const auto scaling = twolayer::Standardizer<double>::fit(side.Y, side.weights);
        const Matrix<double> means = scaling.mean().replicate(Yhat.rows(), 1);
        result.r2 = twolayer::r2(pairs);
        result.rmse = twolayer::rmse(pairs);
        result.mae = twolayer::mae(pairs);
        result.mean_rmse =
            twolayer::rmse({.target = side.Y, .prediction = means, .sample_weights = side.weights});
        return result;
    }
    std::vector<std::string> actual;
    for (const twolayer::ClassIndex c : side.labels)
        actual.push_back(data.class_names[static_cast<std::size_t>(c)]);
    result.classes = twolayer::classification_report({.actual = actual,
                                                      .probability = Yhat,
                                                      .labels = data.class_names,
                                                      .sample_weights = side.weights});
    return result;
}

/// Prints how good the model is.
inline void print_held_out(Console& console, const TrainOptions& o, const TrainData& data,
                           const HeldOut& result) {
    if (result.classes) {
        print_class_scores(console, o, *result.classes, result.samples);
    } else {
        console.print(format("\nheld out: RMSE %.5g, MAE %.5g, R2 %.4f of %td samples\n",
                             result.rmse, result.mae, result.r2, result.samples));
        console.line("", format("RMSE %.5g if the mean is always predicted", result.mean_rmse));
    }
    if (result.outside.rows > 0)
        console.line("", outside_text(result.outside, counted(result.samples, "sample"),
                                      data.columns.names()));
    if (result.classes)
        warn_of_classes(console, *result.classes, o.balanced);
}

/// "none is", "1 is", "2 are".
inline std::string how_many_are(std::ptrdiff_t count) {
    return count == 0 ? "none is" : std::to_string(count) + (count == 1 ? " is" : " are");
}

/// Whether the loss was still falling by more than a hundredth in the last tenth of the epochs.
inline bool still_falls(const twolayer::FitReport& r) {
    const std::size_t n = r.losses.size();
    return r.stop_reason == twolayer::StopReason::iteration_limit && n > 1 &&
           r.losses[n - 1] < 0.99 * r.losses[n - 1 - std::max<std::size_t>(n / 10, 1)];
}

inline void print_method(const Console& console, const twolayer::FitReport& r) {
    console.line("method", std::string(r.method) + (r.choice.empty() ? ", as requested" : ""));
}

/// The options that train the network of a search once more, with twice the epochs. Any of them
/// alone would end the search and take defaults for the others.
inline std::string how_to_go_on(const Training& training) {
    const twolayer::FitReport& r = training.report;
    if (!training.search)
        return "";
    const char* method = r.method == twolayer::Lbfgs::name  ? "lbfgs"
                         : r.method == twolayer::Adam::name ? "adam"
                                                            : "lm";
    return format(
        " To train this network for longer, add --hidden %td --weight-decay %.3g "
        "--method %s --epochs %td.",
        training.hidden, r.weight_decay, method, 2 * r.epochs);
}

/// How the network was trained, why the training ended, and its weights.
inline void print_training(const Console& console, const Training& training) {
    const twolayer::FitReport& r = training.report;
    console.print("\n");
    print_method(console, r);
    std::string text = interrupted ? "by Ctrl-C" : std::string(describe(r.stop_reason));
    text += " after " + counted(r.epochs, "epoch");
    if (r.starts > 1)
        text += format(", start %td of %td", r.best_start + 1, r.starts);
    console.line("stopped", text);
    if (!interrupted && still_falls(r))
        console.line("", "The loss was still falling: more epochs may give a better model." +
                             how_to_go_on(training));
    console.line("took", counted(r.evaluations, "evaluation") + format(", %.3f s", r.seconds));
    text = format("the weights of epoch %td", r.best_epoch);
    if (r.best_epoch > 0 && !r.validation_losses.empty())
        text +=
            format(", validation loss %.4g", r.validation_losses[std::size_t(r.best_epoch) - 1]);
    console.line("kept", text);
    console.line("loss", format("%.4g (%s), largest entry of the gradient %.1e", r.final_loss,
                                std::string(r.loss).c_str(), r.gradient_norm));
    text = format("largest %.3g; weight decay %.3g", r.largest_weight, r.weight_decay);
    if (r.effective_parameters > 0)
        text += format(" as chosen, %.1f effective parameters of %td, log evidence %.5g",
                       r.effective_parameters, r.decayed_weights, r.log_evidence);
    console.line("weights", text);
    const auto saturated = std::ssize(r.saturated_units), dead = std::ssize(r.dead_units);
    if (saturated + dead > 0)
        console.line("units", "Of " + counted(training.hidden, "hidden unit") + ", " +
                                  how_many_are(saturated) + " saturated on every sample and " +
                                  how_many_are(dead) + " dead." +
                                  (training.search ? ""
                                                   : " Fewer units (--hidden) or a larger "
                                                     "--weight-decay may be as good."));
}
