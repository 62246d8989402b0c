// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/train/fit_options.hpp>

#include "catch.hpp"

namespace twolayer::test {

/// Requires equal reports, except for the seconds.
inline void require_same(const FitReport& a, const FitReport& b) {
    REQUIRE(a.method == b.method);
    REQUIRE(a.stop_reason == b.stop_reason);
    REQUIRE(a.epochs == b.epochs);
    REQUIRE(a.best_epoch == b.best_epoch);
    REQUIRE(a.losses == b.losses);
    REQUIRE(a.validation_losses == b.validation_losses);
    REQUIRE(a.final_loss == b.final_loss);
    REQUIRE(a.gradient_norm == b.gradient_norm);
    REQUIRE(a.largest_weight == b.largest_weight);
    REQUIRE(a.saturated_units == b.saturated_units);
    REQUIRE(a.dead_units == b.dead_units);
    REQUIRE(a.evaluations == b.evaluations);
    REQUIRE(a.products == b.products);
    REQUIRE(a.starts == b.starts);
    REQUIRE(a.best_start == b.best_start);
    REQUIRE(a.weight_decay == b.weight_decay);
    REQUIRE(a.effective_parameters == b.effective_parameters);
    REQUIRE(a.log_evidence == b.log_evidence);
}

}  // namespace twolayer::test
