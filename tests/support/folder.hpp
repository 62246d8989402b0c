// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <random>
#include <set>
#include <string>

namespace twolayer::test {

/// A new folder, which is removed with its contents.
class Folder {
public:
    Folder()
        : path_(std::filesystem::temp_directory_path() /
                ("twolayer_test_" + std::to_string(std::random_device{}()))) {
        std::filesystem::create_directory(path_);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// The names of the files in a folder.
inline std::set<std::string> names_in(const Folder& folder) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        names.insert(entry.path().filename().string());
    return names;
}

}  // namespace twolayer::test
