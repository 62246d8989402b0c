// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace twolayer::test {

/// Whether allocations are counted here: with glibc, and under the address sanitizer.
bool counts_allocations();

/// The number of allocations of this thread so far. Counts malloc itself, because Eigen's products
/// take scratch memory from it and not from operator new.
std::size_t allocations();

/// The total size of these allocations in bytes, whether freed or not.
std::size_t allocated_bytes();

/// The number of allocations of a call.
template <typename Function>
std::size_t allocations_in(Function f) {
    const std::size_t before = allocations();
    f();
    return allocations() - before;
}

}  // namespace twolayer::test
