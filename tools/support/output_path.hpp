// SPDX-License-Identifier: MIT
// Checks the paths of output files, before any work is done.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <twolayer/base/error.hpp>
#include <twolayer/files/bytes/write_file.hpp>
#include <twolayer/tables/table.hpp>
#include <vector>

/// A file of the command line, and what it is called there; the path is empty if it was not given.
struct FileArgument {
    std::string name, path;
};

/// Whether two paths lead to one file, also through links; neither needs to exist.
inline bool lead_to_one_file(const std::string& a, const std::string& b) {
    namespace fs = std::filesystem;
    std::error_code none;
    if (fs::equivalent(a, b, none))
        return true;
    const auto end = [&](const std::string& path) {
        return fs::weakly_canonical(fs::absolute(twolayer::detail::followed(path), none), none);
    };
    const fs::path end_of_a = end(a);
    return !end_of_a.empty() && end_of_a == end(b);
}

/// Throws std::invalid_argument for an output whose name has control characters, that is a folder
/// or in a folder that does not exist, or that is also an input or another output;
/// std::runtime_error with the system's reason for one that cannot be written.
inline void check_outputs(const std::vector<FileArgument>& outputs,
                          std::vector<FileArgument> others) {
    using twolayer::fail;
    namespace fs = std::filesystem;
    std::error_code none;
    for (const auto& [name, path] : outputs) {
        if (path.empty())
            continue;
        const auto is_control = [](char c) { return (0 <= c && c < 0x20) || c == 0x7F; };
        if (std::ranges::any_of(path, is_control))
            fail(name, " is ", twolayer::detail::in_quotes(path),
                 ", which has a control character, such as a line break: choose another name");
        if (fs::is_directory(path, none))
            fail(name, " is ", path, ", which is a folder, expected the name of a file");
        const fs::path folder = fs::path(path).parent_path();
        if (!folder.empty() && !fs::is_directory(folder, none))
            fail(name, " is ", path, ", but the folder ", folder.string(),
                 " does not exist: create it");
        for (const FileArgument& other : others)
            if (!other.path.empty() && lead_to_one_file(path, other.path))
                fail(name, " is ", path, ", the same file as ", other.name, " (", other.path,
                     "), which would be overwritten: choose another name");
        others.push_back({name, path});
    }
    for (const FileArgument& output : outputs)
        if (!output.path.empty())
            twolayer::check_writable(output.path);
}
