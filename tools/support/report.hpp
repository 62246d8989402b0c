// SPDX-License-Identifier: MIT
// Prints the results of train.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "interrupt.hpp"
#include "training.hpp"

/// A row for each class, a column for each prediction.
inline void print_confusion(const twolayer::Matrix<double>& confusion,
                            const std::vector<std::string>& names) {
    const auto longest = std::ranges::max(names, {}, &std::string::size).size();
    const int width = int(std::clamp<std::size_t>(longest, 4, 12)) + 1;
    std::printf(
        "\nconfusion matrix of the held-out samples: rows are classes, columns predictions\n");
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

inline void print_test(const TestResult& test, const TrainData& data) {
    if (data.labels.empty()) {
        std::printf("\nheld out: RMSE %.5g, MAE %.5g, R2 %.4f of %td samples\n", test.rmse,
                    test.mae, test.score, test.samples);
        return;
    }
    if (data.class_names.size() <= 20)
        print_confusion(test.confusion, data.class_names);
    std::printf("\nheld out: accuracy %.4f of %td samples\n", test.score, test.samples);
}

inline void print_method(const twolayer::FitReport& r) {
    std::printf("method    %s: %s\n", r.method.data(),
                r.choice.empty() ? "as requested" : r.choice.c_str());
}

/// How the network was trained, why the training ended, and its weights.
inline void print_report(const twolayer::FitReport& r, Index hidden) {
    std::puts("");
    print_method(r);
    std::printf("stopped   %s after %td epochs",
                interrupted ? "by Ctrl-C" : describe(r.stop_reason).data(), r.epochs);
    if (r.starts > 1)
        std::printf(", start %td of %td", r.best_start + 1, r.starts);
    std::printf("; %td evaluations, %.3f s\n", r.evaluations, r.seconds);
    std::printf("kept      the weights of epoch %td", r.best_epoch);
    if (r.best_epoch > 0 && !r.validation_losses.empty())
        std::printf(", validation loss %.4g", r.validation_losses[std::size_t(r.best_epoch) - 1]);
    std::printf("\nloss      %.4g (%s), largest entry of the gradient %.1e\n", r.final_loss,
                r.loss.data(), r.gradient_norm);
    std::printf("weights   largest %.3g; weight decay %.3g", r.largest_weight, r.weight_decay);
    if (r.effective_parameters > 0)
        std::printf(" as chosen, %.1f effective parameters of %td, log evidence %.5g",
                    r.effective_parameters, r.decayed_weights, r.log_evidence);
    std::printf("\nunits     %zu of %td saturated on every sample, %zu dead\n",
                r.saturated_units.size(), hidden, r.dead_units.size());
}
