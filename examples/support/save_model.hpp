// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <twolayer/core/error.hpp>
#include <twolayer/data/model.hpp>
#include <twolayer/io/safetensors.hpp>
#include <twolayer/train/fit_report.hpp>

#include "options.hpp"

/// Refuses, before any work is done, a path in a folder that is not there. `option` names it.
inline void check_save(const char* option, const std::filesystem::path& path) {
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    if (!std::filesystem::is_directory(folder))
        twolayer::fail(option, " is ", path.string(), ", there is no folder ", folder.string());
}

/// Writes a model and how it came about. Throws as save().
template <typename Net>
void save_model(const TrainOptions& o, const twolayer::Model<Net>& model,
                const twolayer::FitReport& report) {
    twolayer::save(
        o.save, model,
        {.loss = std::string(report.loss), .method = std::string(report.method), .seed = o.seed});
}
