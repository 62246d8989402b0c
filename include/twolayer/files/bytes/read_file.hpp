// SPDX-License-Identifier: MIT
// Reads whole files and streams, within bounds.
#pragma once

#include <twolayer/base/error.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <istream>
#include <iterator>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

namespace twolayer::detail {

/// What an error number of the system says, for the end of a message.
inline std::string reason(int error) {
    return error == 0 ? "" : ": " + std::generic_category().message(error);
}

/// What is made from the contents of a file. If the contents are refused, or need more memory than
/// is available, that is the file's fault: throws std::runtime_error with its source.
template <typename Function>
auto made_from([[maybe_unused]] const std::string& source, Function function) {
#ifdef __cpp_exceptions
    try {
        return function();
    } catch (const std::invalid_argument& error) {
        fail<std::runtime_error>(source, ": ", error.what());
    } catch (const std::bad_alloc&) {
        fail<std::runtime_error>(source, ": it needs more memory than is available");
    }
#else
    return function();
#endif
}

/// The memory of the machine in bytes, or the largest number if the system does not tell.
inline std::uintmax_t machine_memory() {
#ifdef _SC_PHYS_PAGES
    const long pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0)
        return std::uintmax_t(pages) * std::uintmax_t(page);
#endif
    return UINTMAX_MAX;
}

/// The maximum that is read from a stream or a pipe, since it may have no end.
inline constexpr std::uintmax_t max_unsized_bytes = std::uintmax_t(1) << 30;

/// Reads a whole stream. The `size` of a file avoids copies; up to `max_unsized` bytes more may
/// follow. Throws std::runtime_error if the stream fails or does not end within these bounds.
inline std::string read_all(std::istream& in, const std::string& source, std::uintmax_t size = 0,
                            std::uintmax_t max_unsized = max_unsized_bytes) {
    return made_from(source, [&] {
        std::string text;
        // Checked first: systems that overcommit grant any memory, and end the process later.
        if (size > text.max_size() || size > machine_memory())
            fail<std::runtime_error>(source, " has ", size, " bytes, more than the memory has");
        text.reserve(std::size_t(size));
        std::string part(1 << 16, '\0');
        errno = 0;
        while (in) {
            in.read(part.data(), std::ssize(part));
            text.append(part, 0, std::size_t(in.gcount()));
            if (text.size() > size && text.size() - size > max_unsized)
                fail<std::runtime_error>(source, " does not end after ", text.size(),
                                         " bytes. Write it into a file, whose size is known");
        }
        if (in.bad() || !in.eof())
            fail<std::runtime_error>(source, " cannot be read", reason(errno));
        return text;
    });
}

/// Opens a file or pipe for reading. Throws std::runtime_error with the reason if it cannot be
/// opened, and for devices, because they may have no end.
inline std::ifstream open_file(const std::filesystem::path& path) {
    using std::filesystem::file_type;
    const std::string source = path.string();
    std::error_code unknown;
    const file_type type = std::filesystem::status(path, unknown).type();
    if (type == file_type::directory)
        fail<std::runtime_error>(source, " cannot be read", reason(EISDIR));
    if (type == file_type::character || type == file_type::block)
        fail<std::runtime_error>(source, " cannot be read: it is a device. Pass a file or a pipe");
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    if (!in)
        fail<std::runtime_error>(source, " cannot be opened", reason(errno));
    return in;
}

/// Reads a whole file or pipe. Throws as open_file(), and std::runtime_error with the reason if it
/// cannot be read.
inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream in = open_file(path);
    std::error_code unknown;
    const auto size = std::filesystem::file_size(path, unknown);
    return read_all(in, path.string(), unknown ? 0 : size);
}

}  // namespace twolayer::detail
