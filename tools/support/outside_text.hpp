// SPDX-License-Identifier: MIT
// How many predictions extrapolate, and in which inputs, as predict and train print it.
#pragma once

#include <cstddef>
#include <string>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/model/use_model.hpp>
#include <vector>

#include "terminal.hpp"

/// Adds the counts of further rows.
inline void add(twolayer::OutsideRange& sum, const twolayer::OutsideRange& more) {
    sum.rows += more.rows;
    sum.by_input.resize(more.by_input.size());
    for (std::size_t d = 0; d < more.by_input.size(); ++d) sum.by_input[d] += more.by_input[d];
}

/// Says how many of the rows, such as "4 rows", lie outside the range of training, and in which
/// inputs.
inline std::string outside_text(const twolayer::OutsideRange& outside, const std::string& rows,
                                const std::vector<std::string>& inputs) {
    constexpr int most = 10;
    std::string text = format("predictions for %td of ", outside.rows) + rows +
                       " extrapolate beyond the range of training: ";
    int count = 0;
    for (std::size_t d = 0; d < inputs.size(); ++d)
        if (const twolayer::Index times = outside.by_input[d]; times > 0 && ++count <= most)
            text += (count == 1 ? "" : ", ") + twolayer::detail::in_quotes(inputs[d]) + " in " +
                    std::to_string(times);
    return text + (count > most ? format(", ... (%d inputs in all)", count) : "");
}
