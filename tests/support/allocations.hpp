// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace twolayer::test {

/// Whether allocations are counted here: with glibc, and under the address sanitizer.
bool counts_allocations();

/// How often this thread has allocated so far: malloc itself is counted, since Eigen's products
/// take scratch memory from there, where a counted operator new sees nothing.
std::size_t allocations();

/// How many bytes those were, freed or not.
std::size_t allocated_bytes();

/// The allocations of a call.
template <typename Function>
std::size_t allocations_in(Function f) {
    const std::size_t before = allocations();
    f();
    return allocations() - before;
}

}  // namespace twolayer::test
