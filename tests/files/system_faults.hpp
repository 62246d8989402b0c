// SPDX-License-Identifier: MIT
// Replaces functions of the C library by versions that forward the call, fail, or kill the process.
// Include it in one file of a program.
#pragma once

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <string_view>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace twolayer::test {

/// A planned failure of a call.
struct Fault {
    std::string_view call;   ///< name of the call; no call fails if it is empty
    int at = 1;              ///< number of the call that fails, from 1
    bool from_then = false;  ///< whether all later calls fail as well
    int error = 0;           ///< errno, or 0 to kill the process
    int calls = 0;           ///< number of calls so far
    mode_t modes = 0;        ///< all permission bits that the file ever had

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

inline thread_local Fault fault;

template <typename Call>
Call real(const char* name, Call) {
    return reinterpret_cast<Call>(::dlsym(RTLD_NEXT, name));
}

}  // namespace twolayer::test

extern "C" {

int stat(const char* path, struct stat* status) noexcept {
    static const auto call = twolayer::test::real("stat", &::stat);
    return twolayer::test::fault.strikes("stat") ? -1 : call(path, status);
}

int open(const char* path, int flags, ...) {
    static const auto call = twolayer::test::real("open", &::open);
    std::va_list rest;
    va_start(rest, flags);
    const auto mode = va_arg(rest, unsigned);  // like the C library, even if it was not passed
    va_end(rest);
    return twolayer::test::fault.strikes("open") ? -1 : call(path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
    static const auto call = twolayer::test::real("openat", &::openat);
    std::va_list rest;
    va_start(rest, flags);
    const auto mode = va_arg(rest, unsigned);
    va_end(rest);
    return twolayer::test::fault.strikes("openat") ? -1 : call(folder, path, flags, mode);
}

int fchown(int file, uid_t user, gid_t group) noexcept {
    static const auto call = twolayer::test::real("fchown", &::fchown);
    twolayer::test::fault.look_at(file);
    return twolayer::test::fault.strikes("fchown") ? -1 : call(file, user, group);
}

int fchmod(int file, mode_t mode) noexcept {
    static const auto call = twolayer::test::real("fchmod", &::fchmod);
    twolayer::test::fault.look_at(file);
    return twolayer::test::fault.strikes("fchmod") ? -1 : call(file, mode);
}

ssize_t write(int file, const void* bytes, std::size_t size) {
    static const auto call = twolayer::test::real("write", &::write);
    twolayer::test::fault.look_at(file);
    if (twolayer::test::fault.strikes("write that writes nothing"))
        return 0;
    if (twolayer::test::fault.strikes("write of a part"))
        size = (size + 1) / 2;
    return twolayer::test::fault.strikes("write") ? -1 : call(file, bytes, size);
}

int fsync(int file) {
    static const auto call = twolayer::test::real("fsync", &::fsync);
    twolayer::test::fault.look_at(file);
    return twolayer::test::fault.strikes("fsync") ? -1 : call(file);
}

int close(int file) {  // closes even if it fails
    static const auto call = twolayer::test::real("close", &::close);
    const bool strikes = twolayer::test::fault.strikes("close");
    const int result = call(file);
    return strikes ? (errno = twolayer::test::fault.error, -1) : result;
}

int renameat(int old_folder, const char* old_name, int folder, const char* name) noexcept {
    static const auto call = twolayer::test::real("renameat", &::renameat);
    return twolayer::test::fault.strikes("renameat") ? -1
                                                     : call(old_folder, old_name, folder, name);
}

}  // extern "C"
