// SPDX-License-Identifier: MIT
// Each system call of write_atomically() fails, or the process is killed in its place. For this the
// test program replaces the functions of the C library by others that pass the calls on.
#include <twolayer/files/bytes/write_file.hpp>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/folder.hpp"
#include "support/refusal.hpp"

namespace {

/// What happens instead of a call.
struct Fault {
    std::string_view call;   ///< its name, none if empty
    int at = 1;              ///< which of these calls, from 1
    bool from_then = false;  ///< the later ones as well
    int error = 0;           ///< 0: the process is killed
    int calls = 0;           ///< so far
    mode_t modes = 0;        ///< the bits that the file had at any time

    bool strikes(std::string_view name) {
        if (call != name || (++calls != at && !(from_then && calls > at)))
            return false;
        if (error == 0)
            ::raise(SIGKILL);
        errno = error;
        return true;
    }

    void look_at(int file) {
        struct stat status {};
        if (!call.empty() && ::fstat(file, &status) == 0 && S_ISREG(status.st_mode))
            modes |= status.st_mode & 0777;
    }
};

thread_local Fault fault;

template <typename Call>
Call real(const char* name, Call) {
    return reinterpret_cast<Call>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int stat(const char* path, struct stat* status) noexcept {
    static const auto call = real("stat", &::stat);
    return fault.strikes("stat") ? -1 : call(path, status);
}

int open(const char* path, int flags, ...) {
    static const auto call = real("open", &::open);
    std::va_list rest;
    va_start(rest, flags);
    const auto mode = va_arg(rest, unsigned);  // as in the C library, there or not
    va_end(rest);
    return fault.strikes("open") ? -1 : call(path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
    static const auto call = real("openat", &::openat);
    std::va_list rest;
    va_start(rest, flags);
    const auto mode = va_arg(rest, unsigned);
    va_end(rest);
    return fault.strikes("openat") ? -1 : call(folder, path, flags, mode);
}

int fchown(int file, uid_t user, gid_t group) noexcept {
    static const auto call = real("fchown", &::fchown);
    fault.look_at(file);
    return fault.strikes("fchown") ? -1 : call(file, user, group);
}

int fchmod(int file, mode_t mode) noexcept {
    static const auto call = real("fchmod", &::fchmod);
    fault.look_at(file);
    return fault.strikes("fchmod") ? -1 : call(file, mode);
}

ssize_t write(int file, const void* bytes, std::size_t size) {
    static const auto call = real("write", &::write);
    fault.look_at(file);
    if (fault.strikes("write that writes nothing"))
        return 0;
    if (fault.strikes("write of a part"))
        size = (size + 1) / 2;
    return fault.strikes("write") ? -1 : call(file, bytes, size);
}

int fsync(int file) {
    static const auto call = real("fsync", &::fsync);
    fault.look_at(file);
    return fault.strikes("fsync") ? -1 : call(file);
}

int close(int file) {  // which closes even if it fails
    static const auto call = real("close", &::close);
    const bool strikes = fault.strikes("close");
    const int result = call(file);
    return strikes ? (errno = fault.error, -1) : result;
}

int renameat(int old_folder, const char* old_name, int folder, const char* name) noexcept {
    static const auto call = real("renameat", &::renameat);
    return fault.strikes("renameat") ? -1 : call(old_folder, old_name, folder, name);
}

}  // extern "C"

namespace {

using twolayer::write_atomically, twolayer::detail::read_file;
namespace fs = std::filesystem;

constexpr std::string_view calls[] = {"stat",
                                      "open",
                                      "openat",
                                      "fchown",
                                      "fchmod",
                                      "fsync",
                                      "write",
                                      "write of a part",
                                      "write that writes nothing",
                                      "close",
                                      "renameat"};

const std::string old_text = "the old text", new_text(100'000, 'x');

/// A folder with a file of the user and, if wanted, one that is to be replaced through a link.
struct Scene {
    explicit Scene(bool with_old_file) : with_old(with_old_file) {
        std::ofstream(folder / "of the user") << "precious";
        fs::create_symlink("f", folder / "link");
        if (with_old)
            std::ofstream(folder / "f") << old_text;
        if (with_old)
            fs::permissions(folder / "f", fs::perms::owner_read | fs::perms::owner_write);
    }

    /// Writes with the fault, and gives what is refused.
    std::string write(const Fault& planned) const {
        fault = planned;
        std::string said = twolayer::test::refusal([&] { write_atomically(link(), new_text); });
        happened = std::exchange(fault, {});
        return said;
    }

    /// Whether the old file is in place, or the new one. Neither: the test has failed.
    bool is_new() const {
        CHECK(fs::is_symlink(link()));
        CHECK(read_file(folder / "of the user") == "precious");
        if (!fs::exists(link())) {
            CHECK_FALSE(with_old);
            return false;
        }
        const std::string text = read_file(link());
        CHECK((text == new_text || (with_old && text == old_text)));
        return text == new_text;
    }

    /// The number of files in the folder that do not belong there.
    std::ptrdiff_t left_over() const {
        return std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) -
               (fs::exists(link()) ? 3 : 2);
    }

    fs::path link() const { return folder / "link"; }

    twolayer::test::Folder folder;
    bool with_old;
    mutable Fault happened;
};

int next_descriptor() {
    const int next = ::dup(0);
    ::close(next);
    return next;
}

}  // namespace

TEST_CASE("write_file: whatever call fails, the old file or the new one is left and nothing else",
          "[files][write_file]") {
    for (const std::string_view call : calls)
        for (const bool with_old : {true, false})
            for (const int error : {EIO, ENOSPC, EINTR, EEXIST})
                for (const bool from_then : {false, true})
                    for (int at = 1;; ++at) {
                        INFO(call << " " << at << (from_then ? " and later" : "") << ", error "
                                  << error << (with_old ? "" : ", no old file"));
                        const Scene scene(with_old);
                        const int descriptor = next_descriptor();
                        const std::string said = scene.write({call, at, from_then, error});
                        const Fault happened = scene.happened;
                        CHECK((happened.calls > 0 || !with_old));
                        const bool threw = said != "nothing refused";
                        const bool is_in_place = said.find("is in place") != std::string::npos;
                        CHECK(scene.is_new() == (!threw || is_in_place));
                        CHECK(scene.left_over() == 0);
                        CHECK(next_descriptor() == descriptor);
                        if (error == EINTR && !from_then && call != "write that writes nothing")
                            CHECK(said == "nothing refused");
                        // Only the loss of the owner and closing the folder are no errors.
                        if (error == EIO && happened.calls >= at && call != "write of a part" &&
                            call != "fchown" && !(call == "close" && at > 1))
                            CHECK(threw);
                        // A file that replaces one of mode 0600 is never readable by others.
                        if (with_old)
                            CHECK((happened.modes & 077) == 0);
                        CHECK(scene.write({}) == "nothing refused");
                        CHECK(scene.is_new());
                        CHECK(scene.left_over() == 0);
                        if (happened.calls < at)
                            break;
                    }
}

TEST_CASE("write_file: killed at any call, the old file or the new one is left, and the next works",
          "[files][write_file]") {
    for (const std::string_view call : calls)
        for (const bool with_old : {true, false}) {
            bool killed = true;
            for (int at = 1; killed; ++at) {
                INFO(call << " " << at << (with_old ? "" : ", no old file"));
                const Scene scene(with_old);
                const pid_t child = ::fork();
                if (child == 0) {
                    scene.write({call, at});
                    ::_exit(0);
                }
                int status = 0;
                REQUIRE(::waitpid(child, &status, 0) == child);
                killed = WIFSIGNALED(status);
                CHECK((killed || scene.is_new()));
                scene.is_new();
                CHECK(scene.left_over() <= 1);
                CHECK(scene.write({}) == "nothing refused");
                CHECK(scene.is_new());
            }
        }
}
