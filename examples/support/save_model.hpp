// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <twolayer/data/model.hpp>
#include <twolayer/io/safetensors.hpp>
#include <twolayer/train/fit_report.hpp>

#include "options.hpp"

/// Writes a model and how it came about. Throws as save().
template <typename Net>
void save_model(const TrainOptions& o, const twolayer::Model<Net>& model,
                const twolayer::FitReport& report) {
    twolayer::save(
        o.save, model,
        {.loss = std::string(report.loss), .method = std::string(report.method), .seed = o.seed});
}
