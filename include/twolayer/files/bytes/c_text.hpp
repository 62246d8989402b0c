// SPDX-License-Identifier: MIT
// The C99 program that export_c() writes, and how it writes names, strings and numbers.
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

// The pieces of the program. Marks that begin with $ are replaced: $name by the prefix of all
// names, $real by the type of numbers, $exp by its exponential.

inline constexpr std::string_view c_introduction = R"(/*
 * A network with one hidden layer, written by twolayer $version:
 *
 *     H = x W1$plus_b1    Z = sigma(H)    O = Z W2$plus_b2    yhat = $output
 *
 * ISO C99; of the C library it takes $exp alone. Numbers are hexadecimal, so that none is rounded.
 * With $SELF_TEST defined, this file is a program whose status is 0 where the stored samples
 * are predicted as they should be; with $NO_MAIN as well, it has $name_self_test() for a
 * program of yours.
 */
#include <math.h>

enum { $name_inputs = $D, $name_hidden = $M, $name_outputs = $K };

/* Writes the prediction for the raw inputs x. Many threads may call it at the same time. */
void $name_predict(const $real x[$name_inputs], $real yhat[$name_outputs]);
)";

inline constexpr std::string_view c_prediction = R"(
/* sigma(h) = 1 / (1 + e^-h), which neither overflows nor loses the digits of what is small. */
static $real $name_sigma($real h)
{
    const $real e = $exp(h < 0 ? h : -h);
    return (h < 0 ? e : 1) / (1 + e);
}

void $name_predict(const $real x[$name_inputs], $real yhat[$name_outputs])
{
    $real h[$name_hidden];
    for (int d = 0; d < $name_inputs; ++d) {
        const $real x_d = $scaled_x;
        for (int m = 0; m < $name_hidden; ++m)
            h[m] = (d == 0 ? $b1 : h[m]) + x_d * $name_W1[d][m];
    }
    for (int m = 0; m < $name_hidden; ++m) {
        const $real z_m = $name_sigma(h[m]);
        for (int k = 0; k < $name_outputs; ++k)
            yhat[k] = (m == 0 ? $b2 : yhat[k]) + z_m * $name_W2[m][k];
    }
)";

inline constexpr std::string_view c_sigmoid = R"(
    for (int k = 0; k < $name_outputs; ++k)
        yhat[k] = $name_sigma(yhat[k]);
)";

inline constexpr std::string_view c_softmax = R"(
    $real highest = yhat[0], sum = 0;
    for (int k = 1; k < $name_outputs; ++k)
        highest = yhat[k] > highest ? yhat[k] : highest;
    for (int k = 0; k < $name_outputs; ++k) {
        yhat[k] = $exp(yhat[k] - highest);
        sum += yhat[k];
    }
    for (int k = 0; k < $name_outputs; ++k)
        yhat[k] /= sum;
)";

inline constexpr std::string_view c_target_scaling = R"(
    for (int k = 0; k < $name_outputs; ++k)
        yhat[k] = yhat[k] * $name_target_deviation[k] + $name_target_mean[k];
)";

inline constexpr std::string_view c_bound = R"(
/* How far rounding may take a prediction:  4 (D + M + 8) eps times
 *
 *     1 + |b2_k| + sum_m |Z_m W2_mk| + (|x| |W1|)_m |W2_mk| / 4
 *
 * for scaled x, in the units of O; the largest of these for a softmax.
 */
)";

inline constexpr std::string_view c_self_test = R"(
/* How many predictions of the stored samples are not what they should be. */
int $name_self_test(void);
int $name_self_test(void)
{
    int wrong = 0;
    for (int n = 0; n < $N; ++n) {
        $real yhat[$name_outputs];
        $name_predict($name_sample_x[n], yhat);
        for (int k = 0; k < $name_outputs; ++k) {
            const $real error = yhat[k] - $name_sample_yhat[n][k];
            wrong += !((error < 0 ? -error : error) <= $name_sample_bound[n][k]);
        }
    }
    return wrong;
}

#ifndef $NO_MAIN
int main(void)
{
    return $name_self_test() != 0;
}
#endif
)";

}  // namespace twolayer::detail
