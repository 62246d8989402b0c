// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

namespace twolayer::test {

/// What a function says when it throws this exception.
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
