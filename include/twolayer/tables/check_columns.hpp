// SPDX-License-Identifier: MIT
// Finds what a person should check in the columns of a table before training on them.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/model/model.hpp>
#include <twolayer/tables/classes.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace twolayer::detail {

/// What a person should check in the columns of a table.
struct ColumnFindings {
    std::vector<std::string> constant;  ///< names of columns with one value, which do no harm
    std::vector<std::string> warnings;  ///< sentences about others
};

/// Whether a column seems to number rows, persons or places: whole numbers that are all different,
/// or more than a few under a name such as customer_id.
inline bool seems_identifier(const std::string& name, const std::vector<double>& values) {
    if (std::ranges::any_of(values, [](double value) { return value != std::floor(value); }))
        return false;
    std::string lower = name;
    for (char& c : lower) c = 'A' <= c && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    constexpr std::string_view whole[] = {"id", "customer", "client", "user", "patient", "zip"};
    const bool is_named = std::ranges::count(whole, lower) > 0 || lower.ends_with("_id") ||
                          lower.ends_with(" id") || name.ends_with("ID") || name.ends_with("Id");
    const auto different = std::ssize(std::set<double>(values.begin(), values.end()));
    constexpr Index few = 10, many = 50;
    return (different == std::ssize(values) && different >= many) || (is_named && different > few);
}

/// Whether all of many different numbers are dates such as 20230115.
inline bool seem_dates(const std::vector<double>& values) {
    constexpr std::size_t few = 10;
    return std::set<double>(values.begin(), values.end()).size() > few &&
           std::ranges::all_of(values, [](double value) {
               const double year = std::floor(value / 10000), day = std::fmod(value, 100);
               const double month = std::floor(std::fmod(value, 10000) / 100);
               return value == std::floor(value) && 1900 <= year && year <= 2100 && 1 <= month &&
                      month <= 12 && 1 <= day && day <= 31;
           });
}

/// Checks the columns that were learnt from a table; X has its rows, with NaN for a missing cell.
inline ColumnFindings check_columns(const InputColumns& inputs, const Matrix<double>& X) {
    ColumnFindings findings{{}, inputs.warnings()};
    Index next = 0;
    for (const InputColumn& column : inputs.columns()) {
        const auto x = X.col(next);
        next += column.width();
        if (column.width() > 1)
            continue;
        std::vector<double> values(x.begin(), x.end());
        std::erase_if(values, [](double value) { return is_nan(value); });
        if (std::ranges::count(values, values.at(0)) == std::ssize(values))
            findings.constant.push_back(column.name);
        else if (seem_dates(values))
            findings.warnings.push_back(message(
                "column ", in_quotes(column.name), " seems to hold dates such as ",
                static_cast<long>(values[0]), ", whose differences are not days: turn it into ",
                "numbers, such as the year and the month, or leave it out (--ignore ", column.name,
                ", TableOptions::ignore in C++)"));
        else if (X.cols() > 1 && seems_identifier(column.name, values))
            findings.warnings.push_back(message(
                "column ", in_quotes(column.name),
                " seems to hold identifiers, whose size means nothing: leave it out (--ignore ",
                column.name, ", TableOptions::ignore in C++), or if they come back in new data, ",
                "use them as categories (--text ", column.name, ", TableOptions::text in C++)"));
    }
    return findings;
}

/// A sentence about constant columns.
inline std::string constant_text(const std::vector<std::string>& names) {
    return listed(names) + (names.size() == 1 ? ": the same value in all rows"
                                              : ": the same value each in all rows");
}

/// Whether classes are numbers, and too many to be what a person means by classes.
inline bool seem_numbers(const std::vector<std::string>& names) {
    return names.size() > 20 && all_numbers(names);
}

/// A sentence about such classes, up to the advice.
inline std::string numbers_text(const std::string& target, Index classes) {
    return message("the target ", in_quotes(target), " has ", classes,
                   " different numbers, and each becomes a class: ");
}

}  // namespace twolayer::detail
