// SPDX-License-Identifier: MIT
// Trains a model whose size, weight decay and method the library chooses.
#pragma once

#include <algorithm>
#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <twolayer/model/fit_model.hpp>
#include <twolayer/model/search_options.hpp>
#include <twolayer/tables/table_model.hpp>
#include <utility>
#include <vector>

#include "new_model.hpp"
#include "progress.hpp"
#include "training.hpp"

inline void print_search(const Console& console, const SearchResult& search,
                         std::string_view loss) {
    if (!search.tried.empty())
        console.print(format("\n%12s%15s   %s\n", "hidden units", "weight decay",
                             ("validation loss (" + std::string(loss) + ")").c_str()));
    // Its weight decay is not that of its trial, since it is rescaled for more samples.
    const auto chosen = std::ranges::find_if(search.tried, [&](const twolayer::Trial& trial) {
        return trial.hidden == search.chosen.hidden &&
               trial.validation_loss == search.chosen.validation_loss;
    });
    for (const twolayer::Trial& trial : search.tried)
        console.print(format("%12td%15.3g%18.4g%s\n", trial.hidden, trial.weight_decay,
                             trial.validation_loss,
                             &trial == std::to_address(chosen) ? "   chosen" : ""));
    console.line("chosen", format("%td hidden units, weight decay %.3g; the search took %.2f s%s",
                                  search.chosen.hidden, search.chosen.weight_decay, search.seconds,
                                  search.finished ? ""
                                  : interrupted   ? " and was ended by Ctrl-C"
                                                  : " and was ended by --time-limit"));
}

/// Trains a model; the library chooses size, weight decay and method. On a terminal, shows how far
/// it is. Ctrl-C ends the search and the training.
template <typename Output>
auto search_and_train(const TrainOptions& o, const TrainData& data, const Side& training,
                      const Console& console) {
    using namespace twolayer;
    ModelSearchOptions options = search_options(o, training);
    SearchLine line(console);
    options.callback = [&](const SearchProgress& progress) {
        line.show(progress);
        return interrupted == 0;
    };
    const auto train = [&] {
        if constexpr (std::same_as<Output, Identity>) {
            return fit_regressor(training.X, training.Y, options);
        } else {
            const auto [learnt, indexes] = detail::number_labels(training.labels);
            std::vector<std::string> names;
            for (const ClassIndex c : learnt)
                names.push_back(data.class_names[static_cast<std::size_t>(c)]);
            return detail::train_classifier<double, std::string>(
                training.X, {std::move(names), indexes}, options);
        }
    };
    auto fitted = train();
    fitted.model.columns = data.columns;
    return fitted;
}

/// Yhat with a column for each class. A class that has no training sample is never predicted.
inline Matrix<double> for_all_classes(const Matrix<double>& Yhat,
                                      const std::vector<std::string>& learnt,
                                      const std::vector<std::string>& all) {
    Matrix<double> result = Matrix<double>::Zero(Yhat.rows(), std::ssize(all));
    for (std::size_t k = 0; k < learnt.size(); ++k)
        result.col(std::ranges::find(all, learnt[k]) - all.begin()) = Yhat.col(Index(k));
    return result;
}

/// Trains and tests a model; the library chooses size, weight decay and method.
template <typename Output>
Training train_automatically(const TrainOptions& o, const TrainData& data, const Side& training,
                             Side held_out, const Console& console) {
    using namespace twolayer;
    check_formats(o, new_model<Output>(o, data, training, 1), training.X);
    if (!training.groups.empty() && detail::number_labels(training.groups).classes.size() < 2)
        fail("all training samples are of one --group, a search needs at least two: add --hidden");
    console.line("search", "for hidden units and weight decay by cross-validation");
    auto [model, report] = search_and_train<Output>(o, data, training, console);
    fill_gaps(held_out.X, model.inputs);
    Matrix<double> Yhat = model.predict(held_out.X);
    if (!o.regression)
        Yhat = for_all_classes(Yhat, model.class_names, data.class_names);
    SearchResult search{std::move(report.tried), report.chosen, report.seconds - report.fit.seconds,
                        report.search_finished};
    print_search(console, search, report.fit.loss);
    print_network(console, model.net);
    write_model(o, model, report.fit, training.X, std::identity{});
    return {.report = std::move(report.fit),
            .samples = training.X.rows(),
            .hidden = model.net.shape().hidden,
            .weights = model.net.weights().size(),
            .search = std::move(search),
            .outside = outside_range(model, held_out.X),
            .held_out = std::move(held_out),
            .Yhat = std::move(Yhat)};
}
