// SPDX-License-Identifier: MIT
#pragma once

#include <ctime>
#include <fstream>
#include <string>

namespace benchmark {

inline std::string processor() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name"))
            return line.substr(line.find(':') + 2);
    return "an unknown processor";
}

inline std::string compiler() {
#if defined(__clang__)
    return "clang++ " + std::string(__clang_version__);
#else
    return "g++ " + std::string(__VERSION__);
#endif
}

inline std::string today() {
    const std::time_t now = std::time(nullptr);
    char text[16];
    std::strftime(text, sizeof text, "%Y-%m-%d", std::localtime(&now));
    return text;
}

/// "AMD EPYC, g++ 12.2.0, 2026-11-24"
inline std::string machine() {
    return processor() + ", " + compiler() + ", " + today();
}

}  // namespace benchmark
