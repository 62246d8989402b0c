// SPDX-License-Identifier: MIT
// What train reports, as JSON. What is undefined or infinite is null.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <twolayer/base/version.hpp>
#include <twolayer/files/bytes/write_file.hpp>
#include <utility>
#include <vector>

#include "report.hpp"

using Json = nlohmann::ordered_json;

inline Json json_of(const TrainOptions& o, const TrainData& data) {
    Json columns = Json::array();
    for (const twolayer::InputColumn& column : data.columns.columns())
        columns.push_back({{"name", column.name}, {"categories", column.categories}});
    Json result{{"file", o.data},          {"samples", data.all.X.rows()},
                {"dropped", data.dropped}, {"has_header", data.has_header},
                {"columns", columns},      {"constant", data.constant},
                {"target", data.target},   {"inputs", data.all.X.cols()}};
    for (const auto& [name, value] :
         {std::pair("group", data.group), std::pair("weights", data.weights),
          std::pair("test", o.test)})
        if (!value.empty())
            result[name] = value;
    if (!data.group.empty())
        result["groups"] = data.groups.size();
    if (o.regression)
        result["range"] = {data.all.Y.minCoeff(), data.all.Y.maxCoeff()};
    else
        result["classes"] = data.class_names;
    return result;
}

inline Json json_of(const twolayer::ClassificationReport& r) {
    Json classes = Json::array(), counts = Json::array();
    for (const twolayer::ClassScore& c : r.classes)
        classes.push_back({{"class", c.label},
                           {"precision", c.precision},
                           {"recall", c.recall},
                           {"f1", c.f1},
                           {"roc_auc", c.roc_auc},
                           {"samples", c.support},
                           {"predicted", c.predicted}});
    for (const auto& row : r.confusion.counts.rowwise())
        counts.push_back(std::vector<double>(row.begin(), row.end()));
    return {{"accuracy", r.accuracy},
            {"baseline", r.baseline},
            {"largest_class", r.largest_class},
            {"balanced_accuracy", r.balanced_accuracy},
            {"roc_auc", r.roc_auc},
            {"log_loss", r.log_loss},
            {"brier", r.brier},
            {"classes", classes},
            {"confusion", counts}};
}

inline Json json_of(const HeldOut& result, const TrainData& data) {
    Json scores = result.classes ? json_of(*result.classes)
                                 : Json{{"r2", result.r2},
                                        {"rmse", result.rmse},
                                        {"mae", result.mae},
                                        {"baseline_rmse", result.mean_rmse}};
    scores["samples"] = result.samples;
    Json outside = Json::object();
    const std::vector<std::string> inputs = data.columns.names();
    for (std::size_t d = 0; d < inputs.size(); ++d)
        if (const Index times = result.outside.by_input[d]; times > 0)
            outside[inputs[d]] = times;
    scores["outside_range"] = {{"samples", result.outside.rows}, {"inputs", outside}};
    return scores;
}

inline Json json_of(const SearchResult& search) {
    Json tried = Json::array();
    for (const twolayer::Trial& trial : search.tried)
        tried.push_back({{"hidden", trial.hidden},
                         {"weight_decay", trial.weight_decay},
                         {"validation_loss", trial.validation_loss}});
    return {{"tried", tried},
            {"hidden", search.chosen.hidden},
            {"weight_decay", search.chosen.weight_decay},
            {"seconds", search.seconds},
            {"finished", search.finished}};
}

inline Json json_of(const Training& training) {
    const twolayer::FitReport& r = training.report;
    Json result{{"samples", training.samples},
                {"hidden", training.hidden},
                {"weights", training.weights},
                {"method", r.method},
                {"choice", r.choice},
                {"loss", r.loss},
                {"stop_reason", interrupted ? "Ctrl-C" : describe(r.stop_reason)},
                {"epochs", r.epochs},
                {"best_epoch", r.best_epoch},
                {"starts", r.starts},
                {"best_start", r.best_start},
                {"evaluations", r.evaluations},
                {"seconds", r.seconds},
                {"final_loss", r.final_loss},
                {"gradient_norm", r.gradient_norm},
                {"largest_weight", r.largest_weight},
                {"weight_decay", r.weight_decay},
                {"saturated_units", r.saturated_units.size()},
                {"dead_units", r.dead_units.size()},
                {"losses", r.losses},
                {"validation_losses", r.validation_losses},
                {"held_out_losses", training.held_out_losses}};
    if (r.effective_parameters > 0) {
        result["effective_parameters"] = r.effective_parameters;
        result["log_evidence"] = r.log_evidence;
    }
    return result;
}

/// Writes {"version": ..., "data": ..., "warnings": ...} and the given parts to the file.
inline void write_json(const TrainOptions& o, const TrainData& data, const Console& console,
                       const Json& parts) {
    Json report{
        {"version", twolayer::library_version()}, {"seed", o.seed}, {"data", json_of(o, data)}};
    if (const char* const option = o.own_choice())
        report["search_prevented_by"] = option;
    report.update(parts);
    report["warnings"] = console.warnings();
    twolayer::write_atomically(o.json,
                               report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}
