// SPDX-License-Identifier: MIT
// The units that a fit works in, the caller's or standardized ones, and weights in either.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/column_moments.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/samples.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace twolayer::detail {

/// "columns 0, 2 of X": the columns for which `has` is true, at most the first ten by number; empty
/// if there are none.
template <typename Has>
std::string named_columns(std::string_view name, Index count, Has has) {
    std::string columns;
    Index found = 0;
    for (Index d = 0; d < count; ++d)
        if (has(d) && ++found <= 10)
            columns += (found > 1 ? ", " : "") + std::to_string(d);
    if (found > 10)
        columns += " and " + std::to_string(found - 10) + " more";
    if (found > 0)
        columns = (found > 1 ? "columns " : "column ") + columns + " of " + std::string(name);
    return columns;
}

/// The units that a fit works in: the caller's, or standardized ones,
///
///     X' = (X - 1 mean) diag(factor)        W1 = diag(factor) W1'     b1 = b1' - mean W1
///     Y' = (Y - 1 mean) diag(factor)        W2 = W2' / diag(factor)   b2 = b2' ./ factor + mean
///
/// If the weights with a prime predict Y' from X', those without predict Y from X. Y is
/// standardized only if it holds the targets of an Identity. Without biases the means are zero,
/// since no weight could absorb them, and the root mean square of each column becomes one.
template <std::floating_point Scalar>
class FitUnits {
public:
    /// Standardized units, from the training samples of a network. Throws std::invalid_argument for
    /// a column that spreads too far.
    template <typename Output>
    static FitUnits of(const Samples<Scalar>& training, bool biases) {
        FitUnits units;
        units.biases_ = biases;
        units.X_.learn("X", training.X, training.weights, biases);
        if constexpr (std::same_as<Output, Identity>)
            units.Y_.learn("Y", training.Y, training.weights, biases);
        return units;
    }

    bool standardized() const { return !X_.empty(); }

    /// From now on the samples are standardized as they enter a tile.
    void scale(Samples<Scalar>& samples) const {
        samples.X_scaling = X_.scaling();
        samples.Y_scaling = Y_.scaling();
    }

    /// Converts weights from the caller's units. Large ones may overflow.
    template <typename Weights>
    void from_caller(Weights& weights) const {
        for (Index m = 0; m < weights.W1().cols() && !X_.empty(); ++m) {
            if (biases_)
                weights.b1()(m) = static_cast<Scalar>(weights.b1()(m) + shift(weights, m));
            for (Index d = 0; d < weights.W1().rows(); ++d)
                weights.W1()(d, m) /= X_.factor[std::size_t(d)];
        }
        for (Index k = 0; k < weights.W2().cols() && !Y_.empty(); ++k) {
            if (biases_)
                weights.b2()(k) =
                    (weights.b2()(k) - Y_.mean[std::size_t(k)]) * Y_.factor[std::size_t(k)];
            weights.W2().col(k) *= Y_.factor[std::size_t(k)];
        }
    }

    /// Returns the weights in the caller's units.
    template <typename Weights>
    Weights to_caller(Weights weights) const {
        for (Index m = 0; m < weights.W1().cols() && !X_.empty(); ++m) {
            for (Index d = 0; d < weights.W1().rows(); ++d)
                weights.W1()(d, m) *= X_.factor[std::size_t(d)];
            // Uses W1 after rounding, so that its rounding has no effect at the mean of X.
            if (biases_)
                weights.b1()(m) = static_cast<Scalar>(weights.b1()(m) - shift(weights, m));
        }
        for (Index k = 0; k < weights.W2().cols() && !Y_.empty(); ++k) {
            weights.W2().col(k) /= Y_.factor[std::size_t(k)];
            if (biases_)
                weights.b2()(k) =
                    weights.b2()(k) / Y_.factor[std::size_t(k)] + Y_.mean[std::size_t(k)];
        }
        return weights;
    }

    /// The same, but returns exactly `given` if the weights are still those converted from it.
    template <typename Weights>
    Weights to_caller(const Weights& weights, const Weights& given) const {
        Weights taken_over = given;
        from_caller(taken_over);
        return taken_over.theta() == weights.theta() ? given : to_caller(weights);
    }

    /// What standardizing cannot fix, as sentences.
    std::vector<std::string> warnings() const {
        std::vector<std::string> warnings;
        for (const Columns* columns : {&X_, &Y_}) {
            const auto warn = [&](const Scalar& most, std::string_view text) {
                const auto distant = [&](Index d) {
                    return columns->distance[std::size_t(d)] > most;
                };
                const auto named = named_columns(columns == &X_ ? "X" : "Y",
                                                 std::ssize(columns->distance), distant);
                if (!named.empty())
                    warnings.push_back(named + std::string(text));
            };
            const auto far_out =
                named_columns(columns == &X_ ? "X" : "Y", std::ssize(columns->far_out),
                              [&](Index d) { return columns->far_out[std::size_t(d)]; });
            if (!far_out.empty())
                warnings.push_back(far_out +
                                   ": few values lie a thousand times farther apart than the "
                                   "middle half of the others, which standardizing leaves no room: "
                                   "look for wrong values, or take logarithms");
            warn(Scalar(1e-3) / std::numeric_limits<Scalar>::epsilon(),
                 ": the mean is so many standard deviations from zero that fewer than three digits "
                 "of a deviation are left: subtract a constant, or use double");
            if (!biases_)
                warn(3,
                     ": the mean is more than three standard deviations from zero, which only a "
                     "network with biases can make up for");
        }
        return warnings;
    }

private:
    struct Columns {
        std::vector<Scalar> mean, factor;
        std::vector<Scalar> distance;  ///< |mean| in deviations, 0 if all values are equal
        std::vector<bool> far_out;     ///< whether a few values make up the deviation

        bool empty() const { return factor.empty(); }
        ColumnScaling<Scalar> scaling() const { return {mean.data(), factor.data()}; }

        void learn(std::string_view name, const MatrixView<const Scalar>& X,
                   const VectorView<const Scalar>& weights, bool biases) {
            using Limits = std::numeric_limits<Scalar>;
            const auto add = [&](Index d, Scalar center, Scalar deviation, bool constant) {
                Scalar size = biases ? deviation : std::hypot(center, deviation);
                if (constant)
                    size = center == Scalar(0) ? Scalar(1) : std::abs(center);
                // Limited so that weights in both units stay within the range of the type.
                size = std::clamp(size, (Limits::min)() * Scalar(1e10),
                                  (Limits::max)() / Scalar(1e10));
                mean.push_back(biases ? center : Scalar(0));
                factor.push_back(1 / size);
                distance.push_back(Scalar(0) < deviation ? std::abs(center) / deviation
                                                         : Scalar(0));
                const Scalar middle = middle_half(X, weights, d);
                far_out.push_back(Scalar(0) < middle && Scalar(1000) * middle < deviation);
            };
            column_moments<Scalar>(name, X, weights, add);
        }

        /// The distance between the quartiles of a column, from a thousand rows at most.
        static Scalar middle_half(const MatrixView<const Scalar>& X,
                                  const VectorView<const Scalar>& weights, Index d) {
            std::vector<Scalar> values;
            for (Index n = 0; n < X.rows; n += 1 + (X.rows - 1) / 1000)
                if (weights.empty() || Scalar(0) < weights(n))
                    values.push_back(X(n, d));
            if (values.empty())
                return 0;
            std::ranges::sort(values);
            return values[values.size() * 3 / 4] - values[values.size() / 4];
        }
    };

    /// mean W1, for hidden unit m
    template <typename Weights>
    Accumulator<Scalar> shift(const Weights& weights, Index m) const {
        Accumulator<Scalar> sum(0);
        for (Index d = 0; d < weights.W1().rows(); ++d)
            sum += Accumulator<Scalar>(X_.mean[std::size_t(d)]) * weights.W1()(d, m);
        return sum;
    }

    Columns X_, Y_;
    bool biases_ = true;
};

/// Warnings about columns far from unit scale, which first weights and steps assume. Checks a
/// thousand rows at most.
template <std::floating_point Scalar>
std::vector<std::string> warnings_of_scale(const Samples<Scalar>& samples, bool targets) {
    std::vector<std::string> warnings;
    const auto look = [&](std::string_view name, const MatrixView<const Scalar>& A) {
        constexpr Index rows = 1000;
        const auto distant = [&](Index d) {
            Scalar least = (std::numeric_limits<Scalar>::max)(), most = -least;
            for (Index n = 0; n < A.rows; n += 1 + (A.rows - 1) / rows)
                if (Scalar(0) < samples.weight(n)) {
                    least = (std::min)(least, A(n, d));
                    most = (std::max)(most, A(n, d));
                }
            const Scalar size = (std::max)(std::abs(least), std::abs(most)), range = most - least;
            return range > 0 && (size > 30 || size < Scalar(1e-3) || range < Scalar(0.01) * size);
        };
        const auto named = named_columns(name, A.cols, distant);
        if (!named.empty())
            warnings.push_back(named +
                               ": the values are far from unit scale, so training may be "
                               "slow or stop early: set standardize, or name no method");
    };
    look("X", samples.X);
    if (targets)
        look("Y", samples.Y);
    return warnings;
}

}  // namespace twolayer::detail
