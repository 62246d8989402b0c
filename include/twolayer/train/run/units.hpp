// SPDX-License-Identifier: MIT
// The units of a fit: those that its weights and data are in, and how large its numbers are.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/standardizer.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/samples.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace twolayer::detail {

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
        units.learn(units.X_, "X", training.X, training.weights);
        if constexpr (std::same_as<Output, Identity>)
            units.learn(units.Y_, "Y", training.Y, training.weights);
        return units;
    }

    bool standardized() const { return X_.factor.size() > 0; }

    /// What standardizing cannot fix, as sentences.
    const std::vector<std::string>& warnings() const { return warnings_; }

    /// From now on the samples are standardized as they enter a tile.
    void scale(Samples<Scalar>& samples) const {
        samples.X_scaling = {X_.mean.data(), X_.factor.data()};
        samples.Y_scaling = {Y_.mean.data(), Y_.factor.data()};
    }

    /// Converts weights from the caller's units. Large ones may overflow.
    template <typename Weights>
    void from_caller(Weights& weights) const {
        add_mean_W1(weights, 1);
        for (Index m = 0; m < weights.W1().cols(); ++m)
            for (Index d = 0; d < X_.factor.size(); ++d) weights.W1()(d, m) /= X_.factor(d);
        for (Index k = 0; k < Y_.factor.size(); ++k) {
            for (Index m = 0; m < weights.W2().rows(); ++m) weights.W2()(m, k) *= Y_.factor(k);
            if (biases_)
                weights.b2()(k) = (weights.b2()(k) - Y_.mean(k)) * Y_.factor(k);
        }
    }

    /// Returns the weights in the caller's units.
    template <typename Weights>
    Weights to_caller(Weights weights) const {
        for (Index m = 0; m < weights.W1().cols(); ++m)
            for (Index d = 0; d < X_.factor.size(); ++d) weights.W1()(d, m) *= X_.factor(d);
        // Uses W1 after rounding, so that its rounding has no effect at the mean of X.
        add_mean_W1(weights, -1);
        for (Index k = 0; k < Y_.factor.size(); ++k) {
            for (Index m = 0; m < weights.W2().rows(); ++m) weights.W2()(m, k) /= Y_.factor(k);
            if (biases_)
                weights.b2()(k) = weights.b2()(k) / Y_.factor(k) + Y_.mean(k);
        }
        return weights;
    }

private:
    /// Empty in the caller's units.
    struct Columns {
        Vector<Scalar> mean, factor;
    };

    /// Sets means and factors from the columns of A, and warns of those that they do not fit.
    void learn(Columns& columns, std::string_view name, const MatrixView<const Scalar>& A,
               const VectorView<const Scalar>& weights) {
        using Limits = std::numeric_limits<Scalar>;
        columns.mean.setZero(A.cols);
        columns.factor.setZero(A.cols);
        std::vector<Index> far_out, digits_lost, off_center;
        const auto add = [&](Index d, Scalar center, Scalar deviation, bool constant) {
            Scalar size = biases_ ? deviation : std::hypot(center, deviation);
            if (constant)
                size = center == Scalar(0) ? Scalar(1) : std::abs(center);
            // Limited so that weights in both units stay within the range of the type.
            size = std::clamp(size, (Limits::min)() * Scalar(1e10), (Limits::max)() / Scalar(1e10));
            columns.factor(d) = 1 / size;
            if (biases_)
                columns.mean(d) = center;
            if (!(Scalar(0) < deviation))
                return;
            const Scalar middle = middle_half(A, weights, d),
                         distance = std::abs(center) / deviation;
            if (Scalar(0) < middle && Scalar(1000) * middle < deviation)
                far_out.push_back(d);
            if (distance > Scalar(1e-3) / Limits::epsilon())
                digits_lost.push_back(d);
            if (!biases_ && distance > 3)
                off_center.push_back(d);
        };
        column_moments<Scalar>(name, A, weights, add);
        warn_of_columns(warnings_, name, far_out,
                        ": few values lie a thousand times farther apart than the middle half of "
                        "the others, which standardizing leaves no room: look for wrong values, or "
                        "take logarithms");
        warn_of_columns(
            warnings_, name, digits_lost,
            ": the mean is very far from zero, measured in standard deviations, so that "
            "fewer than three digits of a deviation are left: subtract a constant, or "
            "use double");
        warn_of_columns(warnings_, name, off_center,
                        ": the mean is more than three standard deviations from zero, which only a "
                        "network with biases can make up for");
    }

    /// The distance between the quartiles of a column, from 256 rows at most.
    static Scalar middle_half(const MatrixView<const Scalar>& A,
                              const VectorView<const Scalar>& weights, Index d) {
        std::vector<Scalar> values;
        for (Index n = 0; n < A.rows; n += 1 + (A.rows - 1) / 256)
            if (Scalar(0) < weight_of(weights, n))
                values.push_back(A(n, d));
        if (values.empty())
            return 0;
        const auto lower = values.begin() + std::ssize(values) / 4,
                   upper = values.begin() + std::ssize(values) * 3 / 4;
        std::nth_element(values.begin(), lower, values.end());
        const Scalar quarter = *lower;  // the next call may move it
        std::nth_element(lower, upper, values.end());
        return *upper - quarter;
    }

    /// b1 <- b1 + sign mean W1
    template <typename Weights>
    void add_mean_W1(Weights& weights, int sign) const {
        for (Index m = 0; standardized() && m < weights.b1().size(); ++m) {
            Accumulator<Scalar> sum(0);
            for (Index d = 0; d < weights.W1().rows(); ++d)
                sum += Accumulator<Scalar>(X_.mean(d)) * weights.W1()(d, m);
            weights.b1()(m) = static_cast<Scalar>(weights.b1()(m) + sign * sum);
        }
    }

    Columns X_, Y_;
    bool biases_ = true;
    std::vector<std::string> warnings_;
};

/// An entry of X or Y as a tile holds it, standardized if the samples have a scaling.
template <std::floating_point Scalar>
double entry(const MatrixView<const Scalar>& A, const ColumnScaling<Scalar>& scaling, Index n,
             Index column) {
    const auto [means, factors] = scaling;
    const Scalar x = A(n, column);
    return double(factors ? (x - means[column]) * factors[column] : x);
}

/// Orders of magnitude of the inputs and targets; 1 for standardized ones. A weight is typically as
/// large as the signal that it leads to, divided by the signal that it receives, and the loss as
/// large as the square of the targets:
///
///     W1, row d: 1 / inputs(d)      b1: 1      W2, b2: targets      L: targets^2
///
/// With these in place of typx and typf of Dennis and Schnabel 1983, "Numerical methods for
/// unconstrained optimization and nonlinear equations", section 7.2, the size of a gradient does
/// not depend on the units of X and Y.
struct Magnitudes {
    Vector<double> inputs;  ///< of each column: a third of its largest |x|, near its deviation
    double targets = 1;     ///< their deviation from the mean, for Identity; 1 otherwise
    double largest = 1;     ///< how large they are, their mean included

    /// Calls look() before every 256 rows.
    template <typename Output, std::floating_point Scalar, typename Look>
    static Magnitudes of(const Samples<Scalar>& samples, Look look) {
        // The nearest power of ten; 1 if x is not positive and finite.
        const auto order = [](double x) {
            return 0 < x && is_finite(x) ? std::pow(10, std::round(std::log10(x))) : 1;
        };
        const Index D = samples.X.cols, K = samples.Y.cols;
        Magnitudes result{.inputs = Vector<double>::Zero(D)};
        Vector<double> first = Vector<double>::Zero(K), sum = first;
        double total = 0, squares = 0;
        for (Index n = 0; n < samples.X.rows; ++n) {
            if (n % 256 == 0)
                look();
            const auto w = double(samples.weight(n));
            if (w == 0)
                continue;
            for (Index d = 0; d < D; ++d)
                result.inputs(d) = (std::max)(result.inputs(d),
                                              std::abs(entry(samples.X, samples.X_scaling, n, d)));
            for (Index k = 0; k < K; ++k) {
                const double y_nk = entry(samples.Y, samples.Y_scaling, n, k);
                if (total == 0)
                    first(k) = y_nk;
                const double y = y_nk - first(k);  // else the mean hides them
                sum(k) += w * y;
                squares += w * y * y;
            }
            total += w;
        }
        for (double& x : result.inputs) x = order(x / 3);
        if constexpr (std::same_as<Output, Identity>) {
            double variance = squares / total, center = 0;  // the center's squared length
            for (Index k = 0; k < K; ++k) {
                const double mean = sum(k) / total;
                variance -= mean * mean;
                center += (first(k) + mean) * (first(k) + mean);
            }
            result.largest = std::sqrt(center + (std::max)(variance, 0.0));
            result.targets = order(variance > 0 ? std::sqrt(variance) : result.largest);
        }
        return result;
    }
};

}  // namespace twolayer::detail
