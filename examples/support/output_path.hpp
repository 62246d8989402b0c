// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <twolayer/core/error.hpp>

/// Refuses, before any work is done, a path that is a folder, or in one that is not there; none is
/// right. `option` names it.
inline void check_output(const char* option, const std::filesystem::path& path) {
    if (std::filesystem::is_directory(path))
        twolayer::fail(option, " is ", path.string(), ", which is a folder");
    const std::filesystem::path folder = path.parent_path();
    if (!folder.empty() && !std::filesystem::is_directory(folder))
        twolayer::fail(option, " is ", path.string(), ", there is no folder ", folder.string());
}
