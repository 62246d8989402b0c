// SPDX-License-Identifier: MIT
// What train prints at the end: how good the model is, and how it was trained.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <twolayer/base/text.hpp>
#include <twolayer/data/metrics.hpp>
#include <twolayer/data/standardizer.hpp>
#include <twolayer/model/use_model.hpp>
#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <vector>

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

/// The decimals of sums of weights in a table: none if all are whole numbers.
inline int decimals_of(const Matrix<double>& counts) {
    return (counts.array() == counts.array().round()).all() ? 0 : 2;
}

/// A sum of weights for a table, of at most 12 characters.
inline std::string count_text(double count, int decimals) {
    return count < 999999999 ? format("%.*f", decimals, count) : format("%.4g", count);
}

/// A row for each class, a column for each prediction. If a row would be longer than a line, says
/// where the matrix is instead.
inline void print_confusion(const Console& console, const TrainOptions& o,
                            const twolayer::ConfusionMatrix& confusion) {
    const std::vector<std::string>& names = confusion.labels;
    const int decimals = decimals_of(confusion.counts);
    std::size_t longest = 4, digits = 4;
    for (const std::string& name : names) longest = std::max(longest, width_of(name));
    for (const double count : confusion.counts.reshaped())
        digits = std::max(digits, count_text(count, decimals).size());
    const std::size_t first = std::min<std::size_t>(longest, 16),
                      room = (terminal_columns - first) / names.size();
    if (room < digits + 1)
        return console.print(
            "\n" +
            wrapped(format("The confusion matrix of %zu classes is too wide for the terminal: "
                           "%s--json writes it.",
                           names.size(), o.folds ? "" : "--plot draws it, "),
                    0) +
            "\n");
    const std::size_t width =
        std::min(room, std::max(digits, std::min<std::size_t>(longest, 12)) + 1);
    std::string text =
        "\nconfusion matrix of the held-out samples: rows are classes, columns "
        "predictions\n" +
        std::string(first, ' ');
    for (const std::string& name : names) text += ' ' + right(name, width - 1);
    for (Index c = 0; c < confusion.counts.rows(); ++c) {
        text += "\n" + right(names[std::size_t(c)], first);
        for (const double count : confusion.counts.row(c))
            text += right(count == 0 ? "." : count_text(count, decimals), width);
    }
    console.print(text + "\n");
}

/// A score for a table; what is undefined is a dash.
inline std::string score_text(double score) {
    return score == score ? format("%.4f", score) : "-";
}

/// The scores of each class, or of those that are found worst if they are many.
inline void print_classes(const Console& console, std::vector<twolayer::ClassScore> classes,
                          const Matrix<double>& counts) {
    constexpr std::size_t most = 20, worst = 10, scores = 38;
    const int decimals = decimals_of(counts);
    std::size_t name = 5, count = 9;
    for (const auto& c : classes) {
        name = std::max(name, width_of(c.label));
        for (const double sum : {c.support, c.predicted})
            count = std::max(count, count_text(sum, decimals).size());
    }
    ++count;
    name = std::min(name, terminal_columns - scores - 2 * count);
    console.print("\n" + left("class", name) + "  precision   recall       F1  ROC AUC" +
                  right("samples", count) + right("predicted", count) + "\n");
    const bool shortened = classes.size() > most;
    if (shortened) {
        std::ranges::stable_sort(classes, {},
                                 [](const auto& c) { return c.f1 == c.f1 ? c.f1 : 2; });
        classes.resize(worst);
    }
    for (const auto& c : classes)
        console.print(left(c.label, name) +
                      format("  %9s%9s%9s%9s", score_text(c.precision).c_str(),
                             score_text(c.recall).c_str(), score_text(c.f1).c_str(),
                             score_text(c.roc_auc).c_str()) +
                      right(count_text(c.support, decimals), count) +
                      right(count_text(c.predicted, decimals), count) + "\n");
    if (shortened)
        console.print("(the ten classes with the lowest F1; --json writes all)\n");
}

/// Warns of classes that are never predicted, and of those that were not tested.
inline void warn_of_classes(Console& console, const twolayer::ClassificationReport& report,
                            bool balanced) {
    std::vector<std::string> missed, untested;
    for (const auto& c : report.classes) {
        if (c.support > 0 && c.predicted == 0)
            missed.push_back(c.label);
        if (c.support == 0)
            untested.push_back(c.label);
    }
    const auto named = [](const std::vector<std::string>& names) {
        return (names.size() == 1 ? "class " : "classes ") + twolayer::detail::listed(names) +
               (names.size() == 1 ? " is" : " are");
    };
    if (!missed.empty())
        console.warn(named(missed) + " never predicted: " +
                     (balanced ? "more samples may help" : "try --balanced"));
    if (!untested.empty())
        console.warn(named(untested) +
                     " not among the held-out samples, so nothing shows how well "
                     "the model finds them");
}

/// Prints how good a classifier is.
inline void print_class_scores(const Console& console, const TrainOptions& o,
                               const twolayer::ClassificationReport& r, Index samples) {
    print_confusion(console, o, r.confusion);
    print_classes(console, r.classes, r.confusion.counts);
    console.print(format("\nheld out: accuracy %.4f of %td samples\n", r.accuracy, samples));
    console.line("", format("accuracy %.4f if %s is always predicted", r.baseline,
                            twolayer::detail::in_quotes(r.largest_class).c_str()));
    console.line("",
                 format("balanced accuracy %s, ROC AUC %s", score_text(r.balanced_accuracy).c_str(),
                        score_text(r.roc_auc).c_str()));
    console.line("", format("log-loss %.4g, Brier score %.4g", r.log_loss, r.brier));
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
