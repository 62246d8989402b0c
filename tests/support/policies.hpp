// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/policies/loss.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace twolayer::test {

/// An output and a loss that go together.
template <typename Output_, typename Loss_>
struct Policies {
    using Output = Output_;
    using Loss = Loss_;
};

/// All there are.
using AllPolicies = std::tuple<Policies<Sigmoid, SquaredError>, Policies<Sigmoid, CrossEntropy>,
                               Policies<Softmax, SquaredError>, Policies<Softmax, CrossEntropy>,
                               Policies<Identity, SquaredError>>;

/// Calls f with a value of each of them.
template <typename Function>
void for_each_policies(Function f) {
    std::apply([&](auto... policies) { (f(policies), ...); }, AllPolicies{});
}

}  // namespace twolayer::test
