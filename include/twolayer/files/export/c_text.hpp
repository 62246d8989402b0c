// SPDX-License-Identifier: MIT
// Writes names, strings and numbers as C99 source.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <locale>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twolayer::detail {

/// Whether a character may be in an identifier of C.
inline bool is_c_word(char c) {
    return std::isalnum(c, std::locale::classic()) || c == '_';
}

/// Throws std::invalid_argument unless names in C may begin with this prefix.
inline void check_c_prefix(std::string_view prefix) {
    if (prefix.empty() || !std::isalpha(prefix[0], std::locale::classic()) ||
        !std::ranges::all_of(prefix, is_c_word))
        fail("the prefix of the names in C is \"", prefix,
             "\", it must be a letter and then letters, digits and underscores");
}

inline std::string upper_case(std::string text) {
    for (char& c : text) c = std::toupper(c, std::locale::classic());
    return text;
}

/// A finite number in C99, exact to the last bit: in hexadecimal digits.
template <std::floating_point Scalar>
std::string c_number(Scalar x) {
    char digits[64];
    const auto hex = std::chars_format::hex;
    char* const end = std::to_chars(digits, digits + sizeof digits, std::abs(x), hex).ptr;
    std::string number(std::signbit(x) ? "-0x" : "0x");
    number.append(digits, end);
    return std::same_as<Scalar, float> ? number + 'f' : number;
}

/// A C99 string with these bytes. Bytes that could end it, be part of a trigraph, or differ in
/// another character set are written as three octal digits. Throws std::invalid_argument for more
/// bytes than every compiler must accept.
inline std::string c_string(std::string_view bytes) {
    constexpr std::size_t longest = 4095;
    if (bytes.size() > longest)
        fail("a name has ", bytes.size(), " bytes, a string in C99 must have ", longest,
             " at most");
    std::string text("\"");
    for (const char c : bytes) {
        const bool plain =
            is_c_word(c) || std::string_view(" -+=.,:;()").find(c) != std::string_view::npos;
        const unsigned byte = static_cast<unsigned char>(c);
        if (plain)
            text += c;
        else
            text += {'\\', char('0' + (byte >> 6)), char('0' + (byte >> 3 & 7)),
                     char('0' + (byte & 7))};
    }
    return text + '"';
}

/// An array of strings; `declaration` is its type, name and size.
inline std::string c_strings(const std::string& declaration,
                             const std::vector<std::string>& strings) {
    std::string text = declaration + " = {";
    for (const std::string& string : strings) text += "\n    " + c_string(string) + ',';
    return text + "\n};\n";
}

/// An array of the numbers of A, row-major, in lines of at most 100 characters; `declaration` is
/// its type, name and one or two sizes.
template <typename Scalar>
std::string c_array(const std::string& declaration, const MatrixView<const Scalar>& A) {
    const bool nested = declaration.find("][") != std::string::npos;
    std::string text = declaration + " = {";
    for (Index i = 0; i < A.rows; ++i) {
        std::string line = nested ? "\n    {" : "\n   ";
        for (Index j = 0; j < A.cols; ++j) {
            const std::string number = c_number(A(i, j)) + (j + 1 < A.cols ? "," : "");
            if (line.size() + number.size() > 98) {
                text += line;
                line = "\n    ";
            }
            line += (line.back() == '{' ? "" : " ") + number;
        }
        text += line + (nested ? "}," : "");
    }
    return text + "\n};\n";
}

/// The pattern with each mark replaced by its text.
inline std::string filled(std::string_view pattern,
                          std::span<const std::pair<std::string_view, std::string>> marks) {
    std::string text(pattern);
    for (const auto& [mark, meaning] : marks)
        for (std::size_t at = text.find(mark); at != std::string::npos;
             at = text.find(mark, at + meaning.size()))
            text.replace(at, mark.size(), meaning);
    return text;
}

}  // namespace twolayer::detail
