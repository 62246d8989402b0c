// SPDX-License-Identifier: MIT
// Replaces what libc++ lacks of the standard library: std::stop_token, from_chars for double.
#pragma once

#include <charconv>
#include <string>
#include <system_error>
#include <version>

#ifdef __cpp_lib_jthread
#include <stop_token>
#endif

#ifndef __cpp_lib_to_chars
#include <locale.h>
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#ifdef __APPLE__
#include <xlocale.h>
#endif
#endif

namespace twolayer::detail {

#ifdef __cpp_lib_jthread
using StopToken = std::stop_token;
#else
/// Without std::stop_token, nobody can request a stop.
struct StopToken {
    bool stop_possible() const { return false; }
    bool stop_requested() const { return false; }
};
#endif

#ifdef __cpp_lib_to_chars
using std::from_chars;
#else
/// As std::from_chars: no blank, no plus and no hexadecimal prefix, in any locale.
inline std::from_chars_result from_chars(const char* first, const char* last, double& value) {
    static const locale_t c_locale = ::newlocale(LC_ALL_MASK, "C", nullptr);
    std::string text(first, last);
    text.resize((std::min)(text.size(), text.find_first_of("xX")));
    if (text.empty() || text.find_first_of("+ \t\n\v\f\r") == 0)
        return {first, std::errc::invalid_argument};
    char* end = nullptr;
    errno = 0;
    const double number = ::strtod_l(text.c_str(), &end, c_locale);
    if (end == text.c_str())
        return {first, std::errc::invalid_argument};
    const char* const beyond = first + (end - text.c_str());
    if (errno == ERANGE && (number == 0 || std::fabs(number) == HUGE_VAL))
        return {beyond, std::errc::result_out_of_range};
    value = number;
    return {beyond, std::errc()};
}
#endif

}  // namespace twolayer::detail
