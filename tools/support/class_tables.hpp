// SPDX-License-Identifier: MIT
// The tables that train prints of a classifier: the confusion matrix and the scores of each class.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <twolayer/base/text.hpp>
#include <twolayer/data/metrics.hpp>
#include <vector>

#include "terminal.hpp"
#include "train_data.hpp"

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
