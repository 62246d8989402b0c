// SPDX-License-Identifier: MIT
// What the command lines of train and predict have in common.
#pragma once

#include <CLI/CLI.hpp>
#include <sstream>
#include <string>
#include <twolayer/tables/csv.hpp>
#include <vector>

/// Breaks the descriptions of options into lines.
struct HelpFormatter : CLI::Formatter {
    HelpFormatter() { column_width(30); }

    std::string make_option_desc(const CLI::Option* option) const override {
        constexpr std::size_t columns = 50;
        std::istringstream words(option->get_description());
        std::string text;
        std::size_t length = 0;  // of the last line
        for (std::string word; words >> word; length += word.size()) {
            if (length > 0 && length + 1 + word.size() > columns) {
                text += '\n';
                length = 0;
            } else if (length > 0) {
                text += ' ';
                ++length;
            }
            text += word;
        }
        return text;
    }
};

/// Adds an option whose value is called `argument` in the help.
template <typename T>
CLI::Option* add_option(CLI::App& app, const std::string& name, T& value,
                        const std::string& argument, const std::string& description) {
    return app.add_option(name, value, description)->option_text(argument);
}

/// Adds --missing refuse|ALTERNATIVE; the flag is set for the alternative, which `description` is.
inline void add_missing_option(CLI::App& app, const std::string& alternative, bool& flag,
                               const std::string& description) {
    app.add_option_function<std::string>(
           "--missing", [&flag, alternative](const auto& value) { flag = value == alternative; },
           "for rows with an empty field, NA or ?: refuse the file [default], or " + description)
        ->check(CLI::IsMember(std::vector<std::string>{"refuse", alternative}))
        ->option_text("refuse|" + alternative);
}

/// Adds the options that say how to read a CSV file.
inline void add_csv_options(CLI::App& app, twolayer::CsvOptions& csv) {
    using twolayer::Header;
    app.add_option_function<std::string>(
           "--header",
           [&csv](const std::string& value) {
               csv.header = value == "yes"  ? Header::present
                            : value == "no" ? Header::absent
                                            : Header::detect;
           },
           "whether the first row names the columns [default: detect]")
        ->check(CLI::IsMember({"yes", "no", "detect"}))
        ->option_text("yes|no|detect");
    add_option(app, "--delimiter", csv.delimiter, "CHAR",
               "character between fields [default: a comma]");
}
