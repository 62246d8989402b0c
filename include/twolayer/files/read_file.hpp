// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <istream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>

namespace twolayer::detail {

/// What an error number of the system says, for the end of a message.
inline std::string reason(int error) {
    return error == 0 ? "" : ": " + std::generic_category().message(error);
}

/// The whole of a stream. Its size, where it is known, saves copies. Throws std::runtime_error
/// where the stream fails.
inline std::string read_all(std::istream& in, const std::string& source, std::size_t size = 0) {
    std::string text;
    text.reserve(size);
    std::string part(1 << 16, '\0');
    errno = 0;
    while (in) {
        in.read(part.data(), std::ssize(part));
        text.append(part, 0, static_cast<std::size_t>(in.gcount()));
    }
    if (in.bad() || !in.eof())
        fail<std::runtime_error>(source, " cannot be read", reason(errno));
    return text;
}

/// The whole of a file. Throws std::runtime_error with the reason where it cannot be opened or
/// read.
inline std::string read_file(const std::filesystem::path& path) {
    const std::string source = path.string();
    std::error_code unknown;
    if (std::filesystem::is_directory(path, unknown))
        fail<std::runtime_error>(source, " cannot be read", reason(EISDIR));
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    if (!in)
        fail<std::runtime_error>(source, " cannot be opened", reason(errno));
    const auto size = std::filesystem::file_size(path, unknown);
    return read_all(in, source, unknown ? 0 : static_cast<std::size_t>(size));
}

/// What is made from the contents of a file: what it refuses to be made from is the file's fault,
/// a std::runtime_error with its source.
template <typename Function>
auto made_from([[maybe_unused]] const std::string& source, Function function) {
#ifdef __cpp_exceptions
    try {
        return function();
    } catch (const std::invalid_argument& error) {
        fail<std::runtime_error>(source, ": ", error.what());
    }
#else
    return function();
#endif
}

}  // namespace twolayer::detail
