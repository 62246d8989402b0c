// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

namespace twolayer::test {

/// The message of the exception that a function throws.
template <typename Exception = std::runtime_error, typename Function>
std::string refusal(Function f) {
    try {
        f();
    } catch (const Exception& error) {
        return error.what();
    }
    return "nothing refused";
}

}  // namespace twolayer::test
