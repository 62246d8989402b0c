// SPDX-License-Identifier: MIT
// Checks that the output of a network can reach the targets.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/samples.hpp>

#include <cmath>
#include <concepts>

namespace twolayer::detail {

/// Throws std::invalid_argument for a target that the output cannot reach: outside [0, 1] for
/// Sigmoid and Softmax, or, for the cross-entropy of a Softmax, a row whose sum is not one. Ignores
/// rows of weight zero.
template <typename Output, typename Loss, std::floating_point Scalar>
void check_targets(const Samples<Scalar>& samples, const SampleNames& names) {
    if constexpr (!std::same_as<Output, Identity>) {
        const auto& Y = samples.Y;
        const Scalar slack = std::sqrt(Eigen::NumTraits<Scalar>::epsilon());
        for (Index n = 0; n < Y.rows; ++n) {
            if (samples.weight(n) == Scalar(0))
                continue;
            Scalar sum(0);
            for (Index k = 0; k < Y.cols; ++k) {
                if (!(0 <= Y(n, k) && Y(n, k) <= 1))
                    fail(names.prefix, "Y is ", Y(n, k), " in row ", n, ", column ", k,
                         ", this output only takes values from 0 to 1");
                sum += Y(n, k);
            }
            if (std::same_as<Output, Softmax> && std::same_as<Loss, CrossEntropy> &&
                !(std::abs(sum - 1) <= slack))
                fail("row ", n, " of ", names.prefix, "Y has the sum ", sum,
                     ", the probabilities of the classes have the sum 1");
        }
    }
}

}  // namespace twolayer::detail
