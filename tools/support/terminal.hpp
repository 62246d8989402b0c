// SPDX-License-Identifier: MIT
// Text for a person at a terminal: lines of at most 79 columns, aligned tables, warnings.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

inline constexpr std::size_t terminal_columns = 79;

/// The name under which the program was started, which its messages begin with.
inline std::string program_name;

/// Text made as printf() makes it.
[[gnu::format(printf, 1, 2)]] inline std::string format(const char* pattern, ...) {
    std::va_list arguments, again;
    va_start(arguments, pattern);
    va_copy(again, arguments);
    const int size = std::vsnprintf(nullptr, 0, pattern, arguments);
    std::string text(std::size_t(std::max(size, 0)) + 1, '\0');
    std::vsnprintf(text.data(), text.size(), pattern, again);
    va_end(arguments);
    va_end(again);
    text.pop_back();
    return text;
}

/// "1 column", "2 columns".
inline std::string counted(std::ptrdiff_t count, const std::string& noun,
                           const std::string& ending = "s") {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : ending);
}

/// The number of characters of a text in UTF-8: all their bytes but the first are 10xxxxxx.
inline std::size_t width_of(std::string_view text) {
    return std::size_t(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

/// At most the first `width` characters.
inline std::string cut(std::string_view text, std::size_t width) {
    std::size_t end = 0;
    for (std::size_t seen = 0; end < text.size(); ++end)
        if ((text[end] & 0xC0) != 0x80 && seen++ == width)
            break;
    return std::string(text.substr(0, end));
}

/// A cell of a table: the text, cut to a width of characters, at its right or its left end.
inline std::string right(std::string_view text, std::size_t width) {
    const std::string shown = cut(text, width);
    return std::string(width - width_of(shown), ' ') + shown;
}
inline std::string left(std::string_view text, std::size_t width) {
    const std::string shown = cut(text, width);
    return shown + std::string(width - width_of(shown), ' ');
}

/// Breaks a text at blanks into lines; all but the first are indented. A word that is too long for
/// a line has one to itself.
inline std::string wrapped(std::string_view text, std::size_t indent) {
    std::string result;
    std::size_t column = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const bool fits = column + 1 + width_of(word) <= terminal_columns;
        if (column > indent && !fits) {
            result += "\n" + std::string(indent, ' ');
            column = indent;
        } else if (!result.empty()) {
            result += ' ';
            ++column;
        }
        result += word;
        column += width_of(word);
    }
    return result;
}

/// Prints a message on the error output, after all that was printed before. It is broken into lines
/// only for a terminal: in a file, a message is a line.
inline void print_message(const std::string& message) {
    std::fflush(stdout);
    const std::string text = program_name + ": " + message;
    const bool is_terminal = isatty(fileno(stderr)) != 0;
    std::fprintf(stderr, "%s\n", is_terminal ? wrapped(text, 4).c_str() : text.c_str());
}

/// Prints what a program finds, unless it is quiet, and its warnings, which it also keeps.
class Console {
public:
    explicit Console(bool quiet) : quiet_(quiet) {}

    bool quiet() const { return quiet_; }

    /// Whether a person watches, so that a line may change.
    bool live() const { return !quiet_ && isatty(fileno(stdout)) != 0; }

    void print(const std::string& text) const {
        if (!quiet_)
            std::fputs(text.c_str(), stdout);
        std::fflush(stdout);
    }

    /// A line with a label in front, such as "data      penguins.csv: 333 samples".
    void line(std::string_view label, const std::string& text) const {
        constexpr std::size_t indent = 10;
        // Blanks at its beginning would be lost in a text that is broken at blanks.
        const std::string broken = wrapped(std::string(indent, 'x') + text, indent);
        print(left(label, indent) + broken.substr(indent) + "\n");
    }

    void warn(const std::string& warning) {
        print_message("warning: " + warning);
        warnings_.push_back(warning);
    }

    const std::vector<std::string>& warnings() const { return warnings_; }

private:
    bool quiet_;
    std::vector<std::string> warnings_;
};
