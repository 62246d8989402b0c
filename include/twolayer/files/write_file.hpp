// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/files/read_file.hpp>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#if __has_include(<unistd.h>) && __has_include(<sys/file.h>)
#define TWOLAYER_POSIX_FILES
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#else
#include <fstream>
#endif

namespace twolayer::detail {

[[noreturn]] inline void refuse_write(const std::filesystem::path& path, int error) {
    fail<std::runtime_error>(path.string(), " cannot be written", reason(error));
}

/// What a call of the system gives, made again where a signal interrupted it.
template <typename Call>
auto retried(const std::filesystem::path& path, Call call) {
    for (;;) {
        const auto result = call();
        if (result >= 0)
            return result;
        if (errno != EINTR)
            refuse_write(path, errno);
    }
}

/// A file under another name, until all of its bytes are safe. Destroyed before, it is removed.
class NewFile {
public:
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    explicit NewFile(const std::filesystem::path& path)
        : path_(path), name_(path.string() + ".new") {}

#ifdef TWOLAYER_POSIX_FILES
    ~NewFile() {
        if (file_ < 0)
            return;
        if (!in_place_)
            ::unlink(name_.c_str());
        ::close(file_);
    }

    void write(std::string_view bytes) {
        open();
        retried(path_, [&] { return ::ftruncate(file_, 0); });
        while (!bytes.empty())
            bytes.remove_prefix(std::size_t(
                retried(path_, [&] { return ::write(file_, bytes.data(), bytes.size()); })));
    }

    /// Gives the file its place: it is on the disk before, and its name after.
    void put_in_place() {
        struct stat old {};
        if (::stat(path_.c_str(), &old) == 0)
            retried(path_, [&] { return ::fchmod(file_, old.st_mode & 07777); });
        retried(path_, [&] { return ::fsync(file_); });
        retried(path_, [&] { return ::rename(name_.c_str(), path_.c_str()); });
        in_place_ = true;
        const auto folder = path_.has_parent_path() ? path_.parent_path() : ".";
        const int opened = retried(
            path_, [&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
        const int synced = ::fsync(opened), error = errno;
        ::close(opened);
        if (synced != 0 && error != EINVAL)  // of a file system that cannot
            refuse_write(path_, error);
    }

private:
    /// Opens PATH.new and locks it: of several who write to one path each writes whole, and what
    /// one who was killed has left is written over.
    void open() {
        for (;;) {
            const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
            file_ = retried(path_, [&] { return ::open(name_.c_str(), flags, 0666); });
            retried(path_, [&] { return ::flock(file_, LOCK_EX); });
            // Whoever had the lock may have put the file in its place, or removed it.
            struct stat opened {
            }, named{};
            if (::fstat(file_, &opened) == 0 && ::lstat(name_.c_str(), &named) == 0 &&
                opened.st_ino == named.st_ino && opened.st_dev == named.st_dev)
                return;
            ::close(std::exchange(file_, -1));
        }
    }

    int file_ = -1;
#else
    ~NewFile() {
        std::error_code gone;
        if (!in_place_)
            std::filesystem::remove(name_, gone);
    }

    void write(std::string_view bytes) {
        std::ofstream out(name_, std::ios::binary);
        out.write(bytes.data(), std::streamsize(bytes.size()));
        out.close();
        if (!out)
            refuse_write(path_, errno);
    }

    void put_in_place() {
        std::error_code error;
        std::filesystem::rename(name_, path_, error);
        if (error)
            refuse_write(path_, error.value());
        in_place_ = true;
    }

private:
#endif
    std::filesystem::path path_;
    std::string name_;
    bool in_place_ = false;
};

/// Makes these bytes the contents of a file, wholly or not at all: whatever happens, at any moment
/// there is the old file or the new. They are written to PATH.new, synced to the disk, renamed, and
/// the folder is synced; one who is killed meanwhile leaves PATH.new, and the next writes over it.
/// On systems that are not POSIX nothing is synced.
///
/// Throws std::runtime_error with the reason where that fails, and for a path that is something
/// else than a file.
inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
    std::error_code error;
    if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error))
        fail<std::runtime_error>(path.string(), " cannot be written: it is no regular file");
    // A link stays, and what it leads to is written.
    const bool is_link = std::filesystem::is_symlink(path, error);
    NewFile file(is_link ? std::filesystem::weakly_canonical(path, error) : path);
    file.write(bytes);
    file.put_in_place();
}

/// The same into a stream. Throws std::runtime_error where `stream`, as messages name it, fails.
inline void write_all(std::ostream& out, std::string_view bytes, std::string_view stream) {
    if (!out.write(bytes.data(), std::ssize(bytes)).flush())
        fail<std::runtime_error>(stream, " cannot be written");
}

}  // namespace twolayer::detail
