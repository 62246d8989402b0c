// SPDX-License-Identifier: MIT
// The version of the library.
#pragma once

#include <string>

#define TWOLAYER_VERSION_MAJOR 0
#define TWOLAYER_VERSION_MINOR 2
#define TWOLAYER_VERSION_PATCH 0

namespace twolayer {

/// The version of the library, for example 0.2.0.
inline std::string library_version() {
    return std::to_string(TWOLAYER_VERSION_MAJOR) + "." + std::to_string(TWOLAYER_VERSION_MINOR) +
           "." + std::to_string(TWOLAYER_VERSION_PATCH);
}

}  // namespace twolayer
