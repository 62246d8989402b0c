// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/train/fit_options.hpp>

#include "catch.hpp"

namespace twolayer::test {

/// Calls check(options), which returns the report of the whole fit, with and without validation
/// data, with patience, and with three starts of 25 epochs. For tests of resumed fits.
template <typename Check>
void for_every_way(FitOptions options, Check check) {
    options.epochs = 75;
    options.weight_decay = 1e-5;
    CHECK(check(options).epochs > 20);
    options.validation_fraction = 0.3;
    options.patience = 75;
    const FitReport validated = check(options);
    CHECK(validated.epochs > 20);
    CHECK(validated.validation_losses.size() > 20);
    options.patience = 4;
    check(options);
    options.starts = 3;
    options.epochs = 25;
    CHECK(check(options).starts == 3);
    options.validation_fraction = 0;
    CHECK(check(options).starts == 3);
}

}  // namespace twolayer::test
