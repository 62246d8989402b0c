// SPDX-License-Identifier: MIT
// What training has to know about its samples before the first step, from one pass over them.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/policies/shape.hpp>

#include <cmath>
#include <concepts>
#include <optional>
#include <string_view>

namespace twolayer::detail {

/// Samples that were checked, with what the check found. A row of weight zero counts as removed.
template <std::floating_point Scalar>
struct CheckedSamples : Samples<Scalar> {
    Accumulator<Scalar> total{0};           ///< of the weights
    Index counted = 0;                      ///< rows with a positive weight
    bool classes = true;                    ///< whether every target of these rows is 0 or 1
    std::optional<Index> sum_not_one = {};  ///< the first row of Y whose sum is not one
};

/// Throws std::invalid_argument for samples that cannot be used to train or validate a network: as
/// checked_total_weight(), for an entry that is not finite, and for a target that the output cannot
/// reach, outside [0, 1] for Sigmoid and Softmax.
template <typename Output, std::floating_point Scalar>
CheckedSamples<Scalar> check_samples(const Shape& shape, const Samples<Scalar>& given,
                                     const SampleNames& names = {}) {
    const Scalar slack = std::sqrt(Eigen::NumTraits<Scalar>::epsilon());
    CheckedSamples<Scalar> samples{given};
    samples.total = checked_total_weight(shape, given, names);
    const auto &X = given.X, &Y = given.Y;
    const auto require_finite = [&](std::string_view name, const Scalar& value, Index n,
                                    Index column) {
        if (!is_finite(value))
            fail(names.prefix, name, " is ", value, " in row ", n, ", column ", column,
                 ", every entry must be finite");
    };
    for (Index n = 0; n < X.rows; ++n) {
        if (samples.weight(n) == Scalar(0))
            continue;
        ++samples.counted;
        for (Index d = 0; d < X.cols; ++d) require_finite("X", X(n, d), n, d);
        Scalar sum(0);
        for (Index k = 0; k < Y.cols; ++k) {
            const Scalar& y = Y(n, k);
            require_finite("Y", y, n, k);
            if (!std::same_as<Output, Identity> && !(0 <= y && y <= 1))
                fail(names.prefix, "Y is ", y, " in row ", n, ", column ", k,
                     ", this output only takes values from 0 to 1");
            samples.classes = samples.classes && (y == Scalar(0) || y == Scalar(1));
            sum += y;
        }
        if (!samples.sum_not_one && !(std::abs(sum - 1) <= slack))
            samples.sum_not_one = n;
    }
    return samples;
}

/// For the cross-entropy of a Softmax: throws std::invalid_argument unless the sum of every row of
/// targets is one.
template <typename Loss, typename Output, std::floating_point Scalar>
void check_sums(const CheckedSamples<Scalar>& samples, const SampleNames& names = {}) {
    if (!std::same_as<Output, Softmax> || !std::same_as<Loss, CrossEntropy> || !samples.sum_not_one)
        return;
    Scalar sum(0);
    for (Index k = 0; k < samples.Y.cols; ++k) sum += samples.Y(*samples.sum_not_one, k);
    fail("row ", *samples.sum_not_one, " of ", names.prefix, "Y has the sum ", sum,
         ", the probabilities of the classes have the sum 1");
}

/// The squared error of the best constants, half the variance of the targets. A network has to be
/// better.
template <std::floating_point Scalar>
double loss_of_mean(const CheckedSamples<Scalar>& samples) {
    const auto total = static_cast<double>(samples.total);
    const auto mean = [&](auto value) {
        double sum = 0;
        for (Index n = 0; n < samples.Y.rows; ++n)
            if (const auto w = static_cast<double>(samples.weight(n)); w > 0)
                sum += w * value(n);
        return sum / total;
    };
    double variance = 0;
    for (Index k = 0; k < samples.Y.cols; ++k) {
        const auto y = [&samples, k](Index n) {
            const Scalar y_nk = samples.Y(n, k);
            const auto [means, factors] = samples.Y_scaling;
            return static_cast<double>(factors ? (y_nk - means[k]) * factors[k] : y_nk);
        };
        const double center = mean(y);
        variance += mean([&](Index n) { return (y(n) - center) * (y(n) - center); });
    }
    return variance / 2;
}

}  // namespace twolayer::detail
