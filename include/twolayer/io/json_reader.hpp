// SPDX-License-Identifier: MIT
#pragma once

#if !__has_include(<nlohmann/json.hpp>)
#error "files of tensors need <nlohmann/json.hpp>: the package nlohmann-json, version 3.11 or later"
#endif

#include <twolayer/core/error.hpp>
#include <twolayer/data/table.hpp>
#include <twolayer/files/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace twolayer::detail {

/// Takes the events of a JSON parser and refuses each with std::runtime_error: what a text may hold
/// is overridden. So nothing is kept that is not wanted, and a text takes no more memory than its
/// own.
class JsonReader {
public:
    /// `what` names the text in messages.
    JsonReader(std::string source, std::string what)
        : source_(std::move(source)), what_(std::move(what)) {}

    bool null() { refuse("null has no place here"); }
    bool boolean(bool) { refuse("true or false has no place here"); }
    bool number_integer(std::int64_t) { refuse("a negative number has no place here"); }
    bool number_unsigned(std::uint64_t) { refuse("a number has no place here"); }
    bool number_float(double, const std::string&) {
        refuse("a number that is not whole, or too large, has no place here");
    }
    bool string(std::string&) { refuse("a text has no place here"); }
    bool binary(nlohmann::json::binary_t&) { refuse("bytes have no place here"); }
    bool start_object(std::size_t) { refuse("an object has no place here"); }
    bool end_object() { return true; }
    bool start_array(std::size_t) { refuse("a list has no place here"); }
    bool end_array() { return true; }
    bool key(std::string&) { return true; }
    bool parse_error(std::size_t position, const std::string&, const std::exception&) const {
        refuse_syntax(position);
    }

    [[noreturn]] void refuse_syntax(std::size_t position) const {
        refuse("it is not JSON in UTF-8, as its byte ", position, " shows");
    }

protected:
    template <typename... Parts>
    [[noreturn]] void refuse(const Parts&... parts) const {
        fail<std::runtime_error>(source_, ": ", what_, ": ", parts...);
    }

private:
    std::string source_, what_;
};

/// Gives the events of a text to a reader, whose refusals are all that is thrown.
template <typename Reader>
void read_json(std::string_view text, Reader& reader) {
    // The parser would take NUL for the end of the text.
    if (const auto nul = text.find('\0'); nul != std::string_view::npos)
        reader.refuse_syntax(nul + 1);
    nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
}

/// A text as JSON writes it, in quotes. Throws std::invalid_argument where it is not UTF-8.
inline std::string json_text(std::string_view text) {
    if (!is_utf8(text))
        fail("the text ", in_quotes(text), " is not UTF-8");
    return nlohmann::json(text).dump();
}

}  // namespace twolayer::detail
