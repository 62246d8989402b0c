// SPDX-License-Identifier: MIT
// Recognizes text that means a number or a date to a person, but not to parse_number().
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/tables/table.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer::detail {

/// The text with typographic characters replaced by their counterparts in ASCII, and every currency
/// sign by `$`.
inline std::string plain_text(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, char>, 8> typographic{
        {{"\xC2\xA0", ' '},      // no-break space
         {"\xE2\x80\xAF", ' '},  // narrow no-break space
         {"\xE2\x80\x89", ' '},  // thin space
         {"\xE2\x80\x99", '\''},
         {"\xE2\x88\x92", '-'},  // minus sign
         {"\xE2\x82\xAC", '$'},  // euro
         {"\xC2\xA3", '$'},      // pound
         {"\xC2\xA5", '$'}}};    // yen
    std::string plain;
    while (!text.empty()) {
        const auto found = std::ranges::find_if(
            typographic, [&](const auto& entry) { return text.starts_with(entry.first); });
        const bool is_plain = found == typographic.end();
        plain += is_plain ? text.front() : found->second;
        text.remove_prefix(is_plain ? 1 : found->first.size());
    }
    return std::string(trim(plain));
}

/// Whether a word is the English name of a month or an abbreviation of it.
inline bool is_month(std::string_view word) {
    constexpr std::array<std::string_view, 12> months{
        "january", "february", "march",     "april",   "may",      "june",
        "july",    "august",   "september", "october", "november", "december"};
    std::string lower(word);
    for (char& c : lower) c = static_cast<char>(c | 0x20);
    return lower.size() >= 3 && std::ranges::any_of(months, [&](std::string_view month) {
               return month.starts_with(lower);
           });
}

inline bool is_in(std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
}

/// The form of a text: each run of digits is one digit, its length (9 if longer), the name of a
/// month is `M`, any other word `w`. "1.234,5" has the form "1.3,1", and "5 May 2020" "1 M 4".
struct TextForm {
    std::string form;
    std::vector<int> numbers;  ///< of the runs of digits; 10000 if beyond int

    explicit TextForm(std::string_view text) {
        const auto run = [&text](auto is_part) {
            return std::string_view(text.begin(), std::ranges::find_if_not(text, is_part));
        };
        while (!text.empty()) {
            const std::string_view digits = run([](char c) { return '0' <= c && c <= '9'; });
            const std::string_view word =
                run([](char c) { return 'a' <= (c | 0x20) && (c | 0x20) <= 'z'; });
            if (digits.empty()) {
                form += word.empty() ? text.front() : is_month(word) ? 'M' : 'w';
            } else {
                form += char('0' + std::min<std::size_t>(digits.size(), 9));
                numbers.push_back(10000);
                std::from_chars(digits.data(), digits.data() + digits.size(), numbers.back());
            }
            text.remove_prefix((std::max)({digits.size(), word.size(), std::size_t(1)}));
        }
    }
};

/// The notation of a number that parse_number() does not know; empty for other text.
inline std::string_view number_notation(std::string_view plain) {
    const bool has_unit = plain.find_first_of("$%") != std::string_view::npos;
    plain.remove_prefix((std::min)(plain.find_first_not_of("+-$ "), plain.size()));
    plain = plain.substr(0, plain.find_last_not_of("$% ") + 1);
    if (has_unit && parse_number(plain))
        return "numbers with a currency or percent sign";
    const std::string form = TextForm(plain).form;
    if (form.empty() || form[0] < '1' || form[0] > '9')
        return {};
    // Groups of three digits, then a decimal mark different from the group separator.
    std::string_view rest = std::string_view(form).substr(1);
    std::string_view group;  // a separator and the 3 of three digits
    if (form[0] <= '3' && rest.size() > 1 && rest[1] == '3' && is_in(".,' ", rest[0]))
        group = rest.substr(0, 2);
    Index groups = 0;
    for (; !group.empty() && rest.starts_with(group); ++groups) rest.remove_prefix(2);
    const bool has_mark = rest.size() == 2 && is_in(",.", rest[0]) && is_in("123456789", rest[1]) &&
                          (groups == 0 || rest[0] != group[0]);
    if (!rest.empty() && !has_mark)
        return {};
    if (rest.starts_with(','))
        return groups == 0 ? "numbers with a decimal comma"
                           : "numbers with a decimal comma and a thousands separator";
    if (groups == 1 && !has_mark && group[0] == ',')
        return "numbers with a decimal comma or a thousands separator";
    if (groups > 1 || (groups == 1 && (has_mark || group[0] != '.')))
        return "numbers with a thousands separator";
    return {};
}

/// Whether the text is a time of day, such as 9:30, 09:30:15.5, 9:30 PM or 09:30+01:00.
inline bool is_time(std::string_view text) {
    const TextForm time(text);
    const std::string_view form = time.form;
    return (form.starts_with("1:2") || form.starts_with("2:2")) && time.numbers[0] <= 24 &&
           time.numbers[1] < 60 &&
           form.find_first_not_of(":.,+- w0123456789", 3) == std::string_view::npos;
}

/// Whether the text is a date: year, month and day, or year and month, in figures (2020-05-31,
/// 31.5.20, 5/31/2020, 2020-05) or with the month's name (31 May 2020, May 31, 2020).
inline bool is_date(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i)  // a time may follow
        if ((text[i] == ' ' || text[i] == 'T') && is_time(text.substr(i + 1)))
            text = text.substr(0, i);
    const TextForm date(text);
    const std::string_view form = date.form;
    const auto n = [&](std::size_t i) { return date.numbers[i]; };
    const auto is_month_number = [](int number) { return 1 <= number && number <= 12; };
    const auto is_day = [](int number) { return 1 <= number && number <= 31; };
    if (is_in(form, 'M'))
        return !date.numbers.empty() && std::ranges::count(form, 'M') == 1 &&
               form.find_first_not_of("M124 -/.,") == std::string_view::npos;
    if (form.size() == 3 && is_in("-/", form[1]))
        return (form[0] == '4' && is_in("12", form[2]) && is_month_number(n(1))) ||
               (form[2] == '4' && is_in("12", form[0]) && is_month_number(n(0)));
    if (form.size() != 5 || !is_in("-/.", form[1]) || form[1] != form[3] || !is_in("12", form[2]))
        return false;
    if (form[0] == '4')
        return is_in("12", form[4]) && is_month_number(n(1)) && is_day(n(2));
    return is_in("12", form[0]) && is_in("24", form[4]) && is_day(n(0)) && is_day(n(1)) &&
           is_month_number((std::min)(n(0), n(1)));
}

/// What a text that is not a number looks like, in the plural: dates, times, or numbers in an
/// unsupported notation. Empty for other text, and for long text, which takes time to search.
inline std::string_view looks_like(std::string_view text) {
    constexpr std::size_t longest = 100;
    if (text.size() > longest || parse_number(text))
        return {};
    const std::string plain = plain_text(text);
    if (plain.find_first_of("0123456789") == std::string::npos)
        return {};
    if (parse_number(plain))
        return "numbers with a no-break space or a typographic minus sign";
    const std::string_view notation = number_notation(plain);
    return !notation.empty() ? notation : is_date(plain) ? "dates" : is_time(plain) ? "times" : "";
}

/// Rejects a column of text that means numbers or dates: each value would become an input.
[[noreturn]] inline void refuse_look(const Table& table, Index row, Index column,
                                     std::string_view look) {
    const std::string& name = table.name(column);
    const std::string_view remedy =
        look == "numbers with a decimal comma"
            ? "read the file with --decimal , (CsvOptions::decimal in C++)"
        : look.starts_with("numbers")
            ? "write its numbers as 1234.5, or as 1234,5 with --decimal , (CsvOptions::decimal "
              "in C++)"
            : "turn it into numbers, such as the year and the month";
    fail<std::runtime_error>(
        place(table, row, column), " looks like ", look, ", its value here is ",
        in_quotes(trim(table.cell(row, column))), ", expected numbers or categories: ", remedy,
        ", leave it out (--ignore ", name, "), or take it as text all the same (--text ", name,
        ", the argument `text` in C++)");
}

/// Rejects a column if most of its texts look like something that begins with `unwanted`. `texts`
/// are its different texts, without numbers.
inline void check_looks(const Table& table, Index column, const std::set<std::string_view>& texts,
                        std::string_view unwanted = "") {
    std::string_view common;
    Index looks = 0;
    for (const std::string_view text : texts)
        if (const std::string_view look = looks_like(text); !look.empty()) {
            common = common.empty() ? look : common;
            ++looks;
        }
    if (2 * looks <= std::ssize(texts) || !common.starts_with(unwanted))
        return;
    Index row = 0;
    while (looks_like(trim(table.cell(row, column))).empty()) ++row;
    refuse_look(table, row, column, common);
}

}  // namespace twolayer::detail
