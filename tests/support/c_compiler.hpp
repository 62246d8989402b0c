// SPDX-License-Identifier: MIT
#pragma once

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/folder.hpp"

namespace twolayer::test {

/// The exit status of a shell command.
inline int run(const std::string& command) {
    return WEXITSTATUS(std::system(command.c_str()));
}

inline bool has_command(const std::string& name) {
    return run("command -v " + name + " > /dev/null") == 0;
}

/// The installed C compilers.
inline std::vector<std::string> c_compilers() {
    std::vector<std::string> found{"gcc", "clang"};
    std::erase_if(found, [](const std::string& name) { return !has_command(name); });
    return found;
}

/// Compiles a C99 file, with warnings as errors, into a program, a shared library (-shared -fPIC)
/// or an object file (-c), and returns its path.
inline std::filesystem::path compile_c(const std::string& compiler, const std::string& flags,
                                       const std::string& source, const Folder& folder) {
    const auto file = folder / "source.c", result = folder / "result";
    std::ofstream(file, std::ios::binary) << source;
    const std::string command =
        compiler +
        " -std=c99 -Wall -Wextra -Werror -pedantic -Wconversion -Wsign-conversion"
        " -Wdouble-promotion -Wshadow -Wmissing-prototypes -Wno-unused-command-line-argument " +
        flags + " " + file.string() + " -o " + result.string() + " -lm";
    if (run(command) != 0)
        throw std::runtime_error("failed: " + command);
    return result;
}

/// A C99 file, compiled and loaded into this program.
class LoadedC {
public:
    LoadedC(const std::string& compiler, const std::string& flags, const std::string& source)
        : library_(dlopen(compile_c(compiler, flags + " -shared -fPIC", source, folder_).c_str(),
                          RTLD_NOW | RTLD_LOCAL)) {
        if (library_ == nullptr)
            throw std::runtime_error(dlerror());
    }
    ~LoadedC() { dlclose(library_); }
    LoadedC(const LoadedC&) = delete;
    LoadedC& operator=(const LoadedC&) = delete;

    /// The function or variable of this name.
    template <typename T>
    T* find(const std::string& name) const {
        void* const address = dlsym(library_, name.c_str());
        if (address == nullptr)
            throw std::runtime_error("there is no " + name);
        return reinterpret_cast<T*>(address);
    }

private:
    Folder folder_;
    void* library_;
};

}  // namespace twolayer::test
