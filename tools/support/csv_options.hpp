// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <twolayer/tables/csv.hpp>

/// How a CSV file is to be read.
inline void add_csv_options(CLI::App& app, twolayer::CsvOptions& csv) {
    using twolayer::Header;
    app.add_option("--header", csv.header,
                   "whether the first row names the columns; detected\nwhen left out")
        ->transform(CLI::Transformer(std::map<std::string, Header>{
            {"detect", Header::detect}, {"yes", Header::present}, {"no", Header::absent}}))
        ->option_text("yes|no|detect");
    app.add_option("--delimiter", csv.delimiter, "between fields; a comma when left out")
        ->option_text("CHAR");
}
