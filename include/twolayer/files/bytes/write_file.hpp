// SPDX-License-Identifier: MIT
// Writes a file as a whole: after any failure the old file or the new one is in its place.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/files/bytes/new_file.hpp>

#include <filesystem>
#include <iterator>
#include <ostream>
#include <stdexcept>
#include <string_view>

namespace twolayer {

namespace detail {

/// Writes all bytes into a stream. Throws std::runtime_error if `stream`, its name in messages,
/// fails.
inline void write_all(std::ostream& out, std::string_view bytes, std::string_view stream) {
    if (!out.write(bytes.data(), std::ssize(bytes)).flush())
        fail<std::runtime_error>(stream, " cannot be written");
}

}  // namespace detail

/// Makes `bytes` the contents of a file. Whatever happens, and at any moment, either the old file
/// or the whole new one is in its place; when the function returns, the new one is on the disk.
///
/// The bytes are written to a temporary file NAME.DIGITS.tmp in the same folder, which then is
/// renamed. Only a process that is killed while it writes leaves that file, and nothing ever uses
/// it again. A symbolic link stays, and the file that it points to is written, even if that does
/// not exist yet. Permissions stay and, if the system permits it, owner and group; other hard links
/// keep the old contents. Access control lists and extended attributes are not kept. On systems
/// that are not POSIX permissions are not kept either, and nothing is synced.
///
/// Throws std::runtime_error with the reason. The old file is in place then, with one exception:
/// if the folder cannot be synced after the new file was put in place, the message says so.
/// Folders, devices, pipes and links to open files, such as /dev/stdout, are refused; use a stream
/// for them.
inline void write_atomically(const std::filesystem::path& path, std::string_view bytes) {
    detail::NewFile file(path);
    file.open();
    file.write(bytes);
    file.put_in_place();
}

/// Throws what write_atomically() would throw for this path before it writes: creates a temporary
/// file in the folder and removes it. For a program that works for hours before it writes.
inline void check_writable(const std::filesystem::path& path) {
    detail::NewFile(path).open();
}

}  // namespace twolayer
