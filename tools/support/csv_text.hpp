// SPDX-License-Identifier: MIT
//
// Text of a CSV file that is written: fields, in quotes if they require them, and numbers.
#pragma once

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <twolayer/table.hpp>

/// Lines of a CSV file, which grow field by field, with the delimiter and the decimal point of the
/// file that was read.
class CsvText {
public:
    explicit CsvText(const twolayer::CsvOptions& csv)
        : delimiter_(*csv.delimiter), decimal_(csv.decimal) {}

    void add(std::string_view field) {
        if (!begins_line_)
            text_ += delimiter_;
        begins_line_ = false;
        if (field.find_first_of(special_) == std::string_view::npos) {
            text_ += field;
            return;
        }
        text_ += '"';
        for (const char c : field) text_ += c == '"' ? "\"\"" : std::string(1, c);
        text_ += '"';
    }

    /// The shortest decimal that reads back as the same number, independent of the locale.
    void add(double number) {
        char digits[32];
        char* const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
        std::replace(digits, end, '.', decimal_);
        add(std::string_view(digits, end));
    }

    void end_line() {
        text_ += '\n';
        begins_line_ = true;
    }

    const std::string& text() const { return text_; }

private:
    char delimiter_, decimal_;
    std::string special_ = std::string("\"\r\n") + delimiter_;
    std::string text_;
    bool begins_line_ = true;
};
