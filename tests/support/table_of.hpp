// SPDX-License-Identifier: MIT
// Reads tables from text.
#pragma once

#include <twolayer/tables/csv.hpp>

#include <sstream>
#include <string>

namespace twolayer::test {

/// What a message advises for a number that is not finite.
inline const std::string not_finite_advice =
    ": correct it, or name it as a missing value by --na (CsvOptions::missing_words in C++)";

inline Table table_of(const std::string& text, const CsvOptions& options = {},
                      const std::string& source = "t.csv") {
    std::istringstream in(text);
    return read_csv(in, source, options);
}

}  // namespace twolayer::test
