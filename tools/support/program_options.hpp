// SPDX-License-Identifier: MIT
// What the command lines of train and predict have in common.
#pragma once

#include <CLI/CLI.hpp>
#include <iostream>
#include <sstream>
#include <string>
#include <twolayer/tables/csv.hpp>
#include <twolayer/tables/table.hpp>
#include <utility>
#include <vector>

/// Breaks the descriptions of options into lines.
struct HelpFormatter : CLI::Formatter {
    HelpFormatter() { column_width(30); }

    std::string make_option_desc(const CLI::Option* option) const override {
        constexpr std::size_t columns = 49;
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
    // One argument each time, also for lists: the word after it is another option's or wrong.
    return app.add_option(name, value, description)->option_text(argument)->allow_extra_args(false);
}

/// Adds an option whose argument is one of several words, each of which stands for a value.
template <typename T>
void add_choice(CLI::App& app, const std::string& name, T& value,
                const std::vector<std::pair<std::string, T>>& choices,
                const std::string& description) {
    std::vector<std::string> words;
    for (const auto& [word, meaning] : choices) words.push_back(word);
    app.add_option_function<std::string>(
           name,
           [&value, choices](const std::string& given) {
               for (const auto& [word, meaning] : choices)
                   if (word == given)
                       value = meaning;
           },
           description)
        ->check(CLI::IsMember(words))
        ->option_text(CLI::detail::join(words, "|"));
}

/// Adds the options that say how to read a CSV file.
inline void add_csv_options(CLI::App& app, twolayer::CsvOptions& csv) {
    using twolayer::Header;
    add_choice<Header>(
        app, "--header", csv.header,
        {{"yes", Header::present}, {"no", Header::absent}, {"detect", Header::detect}},
        "whether the first row names the columns [default: detect]");
    app.add_option_function<std::string>(
           "--delimiter",
           [&csv](const std::string& value) {
               const bool is_tab = value == "tab" || value == "\\t";
               if (!is_tab && value.size() != 1)
                   throw CLI::ValidationError("--delimiter",
                                              value + " is neither one character nor tab");
               csv.delimiter = is_tab ? '\t' : value[0];
           },
           "character between fields, or tab [default: the one of , ; tab and | that fits]")
        ->option_text("CHAR");
    add_option(app, "--decimal", csv.decimal, "MARK",
               "decimal mark of numbers: . [default] or a comma")
        ->check([](const std::string& mark) {
            return mark == "." || mark == "," ? std::string()
                                              : mark + " is neither . nor , (a point or a comma)";
        });
    add_option(
        app, "--na", csv.missing_words, "TEXT",
        "text that means a missing value, as an empty field does; may be repeated [default: " +
            CLI::detail::join(csv.missing_words, " ") + "]");
}

/// Reads a CSV file or, if the path is -, the standard input.
inline twolayer::Table read_table(const std::string& path, const twolayer::CsvOptions& csv) {
    return path == "-" ? twolayer::read_csv(std::cin, "standard input", csv)
                       : twolayer::read_csv(path, csv);
}

/// Calls visit(table) for each block of rows of the same.
template <typename Visit>
void for_each_block_of(const std::string& path, const twolayer::CsvOptions& csv, Visit visit) {
    if (path == "-")
        twolayer::for_each_block(std::cin, "standard input", csv, visit);
    else
        twolayer::for_each_block(path, csv, visit);
}
