// SPDX-License-Identifier: MIT
// A new file under a temporary name, until all of its bytes are safe.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/files/bytes/encoding.hpp>
#include <twolayer/files/bytes/read_file.hpp>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif
#if defined(_POSIX_VERSION) && _POSIX_VERSION >= 200112L
#define TWOLAYER_POSIX_FILES
#include <fcntl.h>
#include <sys/stat.h>
#else
#include <fstream>
#endif

namespace twolayer::detail {

/// Throws std::runtime_error: PATH cannot be written WHY: the system's reason.
[[noreturn]] inline void refuse_write(const std::filesystem::path& path, int error,
                                      const std::string& why = "") {
    fail<std::runtime_error>(path.string(), " cannot be written", why, reason(error));
}

[[noreturn]] inline void refuse_irregular(const std::filesystem::path& path) {
    refuse_write(path, 0,
                 ": it is a folder, a device, a pipe or an open file of a process. Pass the path "
                 "of a regular file or of a new one");
}

inline std::filesystem::path folder_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : ".";
}

/// The file that a path leads to through symbolic links; it need not exist. Refuses circular links,
/// and links such as /dev/stdout, because they lead to a descriptor and not to a name.
inline std::filesystem::path followed(const std::filesystem::path& path) {
    constexpr int max_links = 40;  // as in Linux
    std::filesystem::path file = path;
    std::error_code error, unknown;
    for (int links = 0; std::filesystem::is_symlink(file, error); ++links) {
        if (links == max_links)
            refuse_write(path, ELOOP);
        if (std::filesystem::canonical(folder_of(file), unknown).string().starts_with("/proc/"))
            refuse_irregular(path);
        const std::filesystem::path to = std::filesystem::read_symlink(file, error);
        if (error)
            refuse_write(path, error.value());
        file = file.parent_path() / to;
    }
    return file;
}

/// A name for a temporary file: the beginning of the final name, and the time in the clock's ticks.
/// It is short enough for file systems that allow less than 255 bytes.
inline std::string temporary_name(const std::filesystem::path& file) {
    std::string name = file.filename().string().substr(0, 100);
    while (!is_utf8(name)) name.pop_back();
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    return name + "." + std::to_string(now) + ".tmp";
}

#ifdef TWOLAYER_POSIX_FILES

/// A new file with a temporary name in the folder where it will be put in place. If that does not
/// happen, the destructor removes it.
class NewFile {
public:
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    explicit NewFile(const std::filesystem::path& path) : path_(path) {}

    ~NewFile() {
        if (!name_.empty())
            ::unlinkat(folder_, name_.c_str(), 0);
        for (const int opened : {file_, folder_})
            if (opened >= 0)
                ::close(opened);
    }

    /// Opens the folder, and creates the file with the mode and, if permitted, the owner of the old
    /// file. Nobody can read the new file who could not read the old one.
    void open() {
        if (path_.native().find('\0') != std::string::npos)  // where the system would stop reading
            refuse_write(path_.c_str(), EINVAL, ": its path has a null byte after this name");
        struct stat old {};
        const bool replaces = retried([&] { return ::stat(path_.c_str(), &old); }) == 0;
        if (!replaces && errno != ENOENT)
            refuse_write(path_, errno);
        if (replaces && !S_ISREG(old.st_mode))
            refuse_irregular(path_);
        const std::filesystem::path target = followed(path_);
        target_ = target.filename();
        if (target_.empty())
            refuse_write(path_, ENOENT);
        const std::filesystem::path folder = folder_of(target);
        folder_ =
            int(checked([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); },
                        ": its folder " + folder.string() + " cannot be opened"));
        std::string name;
        constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        file_ = int(checked([&] {
            name = temporary_name(target_);
            return ::openat(folder_, name.c_str(), flags, replaces ? old.st_mode & 0600 : 0666);
        }));
        name_ = std::move(name);
        if (!replaces)
            return;
        mode_t mode = old.st_mode & 0777;
        if (::fchown(file_, old.st_uid, old.st_gid) != 0 &&
            ::fchown(file_, uid_t(-1), old.st_gid) != 0)
            mode &= ~mode_t(070) | (mode & 07) << 3;  // another group gets what everybody gets
        checked([&] { return ::fchmod(file_, mode); });
    }

    void write(std::string_view bytes) {
        constexpr std::size_t most = 1 << 30;  // macOS refuses 2 GiB
        while (!bytes.empty()) {
            const auto part = bytes.substr(0, most);
            const auto written = checked([&] { return ::write(file_, part.data(), part.size()); });
            if (written == 0)
                refuse_write(path_, EIO);
            bytes.remove_prefix(std::size_t(written));
        }
    }

    /// Writes the file to the disk, then renames it.
    void put_in_place() {
        checked([&] { return synced(file_); });
        if (::close(std::exchange(file_, -1)) != 0 && errno != EINTR)
            refuse_write(path_, errno);
        checked([&] { return ::renameat(folder_, name_.c_str(), folder_, target_.c_str()); });
        name_.clear();
        if (retried([&] { return synced(folder_); }) < 0)
            fail<std::runtime_error>(
                path_.string(), " is written, but its folder cannot be synced", reason(errno),
                ". The new file is in place; only a crash of the system could bring the old one "
                "back. Check the disk and save again");
    }

private:
    /// fsync, unless the file system has none.
    static int synced(int opened) {
        return ::fsync(opened) == 0 || errno == EINVAL || errno == ENOTSUP ? 0 : -1;
    }

    /// The result of a system call. It is repeated, but not for ever, if a signal interrupts it or
    /// a temporary name is taken.
    template <typename Call>
    static std::ptrdiff_t retried(Call call) {
        for (int tries = 1;; ++tries)
            if (const std::ptrdiff_t result = call();
                result >= 0 || (errno != EINTR && errno != EEXIST) || tries == 1000)
                return result;
    }

    /// The same, but throws for this path if the call fails.
    template <typename Call>
    std::ptrdiff_t checked(Call call, const std::string& why = "") const {
        const std::ptrdiff_t result = retried(call);
        if (result < 0)
            refuse_write(path_, errno, why);
        return result;
    }

    std::filesystem::path path_;
    std::string name_, target_;  ///< in the folder; the temporary name is empty if there is no file
    int folder_ = -1, file_ = -1;
};

#else

/// As above, with the standard library alone: the mode is not kept, and nothing is synced.
class NewFile {
public:
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    explicit NewFile(const std::filesystem::path& path) : path_(path) {}

    ~NewFile() {
        out_.close();
        std::error_code ignored;
        std::filesystem::remove(name_, ignored);
    }

    void open() {
        std::error_code error;
        if (std::filesystem::exists(path_, error) &&
            !std::filesystem::is_regular_file(path_, error))
            refuse_irregular(path_);
        target_ = followed(path_);
        std::filesystem::path name;
        do name = target_.parent_path() / temporary_name(target_);
        while (std::filesystem::exists(name, error));
        errno = 0;
        out_.open(name, std::ios::binary);
        check();
        name_ = name;
    }

    void write(std::string_view bytes) {
        out_.write(bytes.data(), std::ssize(bytes));
        check();
    }

    void put_in_place() {
        out_.close();
        check();
        std::error_code error;
        std::filesystem::rename(name_, target_, error);
        if (error)
            refuse_write(path_, error.value());
        name_.clear();
    }

private:
    void check() const {
        if (!out_)
            refuse_write(path_, errno);
    }

    std::filesystem::path path_, name_, target_;
    std::ofstream out_;
};

#endif

}  // namespace twolayer::detail
