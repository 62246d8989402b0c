// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/policies/loss.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace twolayer::test {

/// A valid combination of an output and a loss.
template <typename Output_, typename Loss_>
struct Policies {
    using Output = Output_;
    using Loss = Loss_;
};

/// All valid combinations.
using AllPolicies = std::tuple<Policies<Sigmoid, SquaredError>, Policies<Sigmoid, CrossEntropy>,
                               Policies<Softmax, SquaredError>, Policies<Softmax, CrossEntropy>,
                               Policies<Identity, SquaredError>>;

/// Calls f with an object of each combination.
template <typename Function>
void for_each_policies(Function f) {
    std::apply([&](auto... policies) { (f(policies), ...); }, AllPolicies{});
}

}  // namespace twolayer::test
