// SPDX-License-Identifier: MIT
// Losses of one sample and their derivatives: squared error and cross-entropy.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/kernels/elementwise.hpp>
#include <twolayer/policies/output.hpp>

#include <algorithm>
#include <concepts>
#include <span>
#include <string_view>

namespace twolayer {

/// Which matrix stands for the curvature of a function.
enum class Curvature {
    hessian,       ///< its second derivatives
    gauss_newton,  ///< the part of them that is positive semidefinite: for the loss of a network
                   ///< without the second derivatives of Yhat (SquaredError) or O (CrossEntropy)
};

/// A loss of one sample: its value and dL/dO, K numbers. The mean over samples and its factor 1/N
/// (or w_n / sum w) are not computed here.
template <typename Loss, typename Output, typename Scalar>
concept LossFor = requires(const OutputSample<Scalar>& sample, std::span<Scalar> slope) {
    { Loss::template value<Output>(sample) } -> std::convertible_to<Accumulator<Scalar>>;
    Loss::template slope<Output>(sample, slope);
};

/// A loss that also computes R{dL/dO}, the change of dL/dO along a direction RO of O, given the
/// change RYhat = S RO of Yhat: all of it, or the Gauss-Newton part, which leaves out the change of
/// S = dYhat/dO and is positive semidefinite.
template <typename Loss, typename Output, typename Scalar>
concept CurvedLossFor =
    LossFor<Loss, Output, Scalar> &&
    requires(const OutputSample<Scalar>& sample, std::span<const Scalar> RYhat,
             std::span<Scalar> change) {
        Loss::template curvature<Output, Curvature::hessian>(sample, RYhat, change);
        Loss::template curvature<Output, Curvature::gauss_newton>(sample, RYhat, change);
    };

/// L = 1/2 sum_k (Yhat_k - Y_k)^2, equation (5) of the README.
struct SquaredError {
    static constexpr std::string_view name = "squared error";

    template <typename Output, Real Scalar>
    static Accumulator<Scalar> value(const OutputSample<Scalar>& s) {
        const auto square = [&s](std::size_t k) {
            const Accumulator<Scalar> residual(Output::residual(s, k));
            return Accumulator<Scalar>(residual * residual);
        };
        return kernels::sum<Accumulator<Scalar>>(s.size(), square) / Accumulator<Scalar>(2);
    }

    /// dL/dO = S (Yhat - Y), S = dYhat/dO
    template <typename Output, Real Scalar>
    static void slope(const OutputSample<Scalar>& s, std::span<Scalar> dO) {
        for (std::size_t k = 0; k < s.size(); ++k) dO[k] = Output::residual(s, k);
        Output::times_slope(s, dO);
    }

    /// R{dL/dO} = S RYhat + S' (Yhat - Y). The first term is the Gauss-Newton part.
    template <typename Output, Curvature curvature_of, Real Scalar>
    static void curvature(const OutputSample<Scalar>& s, std::span<const Scalar> RYhat,
                          std::span<Scalar> RdO) {
        std::copy(RYhat.begin(), RYhat.end(), RdO.begin());
        Output::times_slope(s, RdO);
        if constexpr (curvature_of == Curvature::hessian)
            Output::add_slope_change(s, RYhat, RdO);
    }
};

/// The negative log-likelihood of classes. Computed from O, never from the logarithm of Yhat, as a
/// sum of terms >= 0, so it neither overflows nor cancels:
///
///     Sigmoid, 0 <= Y_k <= 1:
///         L = sum_k log1p(e^-|O_k|) + |O_k| (O_k > 0 ? 1 - Y_k : Y_k)
///     Softmax, Y_k >= 0 with sum_k Y_k = 1:
///         L = log sum_k e^O_k - Y . O
struct CrossEntropy {
    static constexpr std::string_view name = "cross-entropy";

    template <typename Output, Real Scalar>
    static Accumulator<Scalar> value(const OutputSample<Scalar>& s) {
        static_assert(!std::same_as<Output, Identity>,
                      "CrossEntropy needs probabilities: give the network the output Sigmoid or "
                      "Softmax, or use SquaredError with Identity");
        return value_of(Output{}, s);
    }

    /// dL/dO = Yhat - Y:  the slope of the output cancels.
    template <typename Output, Real Scalar>
    static void slope(const OutputSample<Scalar>& s, std::span<Scalar> dO) {
        for (std::size_t k = 0; k < s.size(); ++k) dO[k] = Output::residual(s, k);
    }

    /// R{dL/dO} = RYhat, all of it the Gauss-Newton part
    template <typename Output, Curvature, Real Scalar>
    static void curvature(const OutputSample<Scalar>&, std::span<const Scalar> RYhat,
                          std::span<Scalar> RdO) {
        std::copy(RYhat.begin(), RYhat.end(), RdO.begin());
    }

private:
    /// Several entries at a time, so that their logarithms are computed together. e^-|O_k| is the
    /// ratio of Yhat_k and its complement, without another exponential.
    template <Real Scalar>
    static Accumulator<Scalar> value_of(Sigmoid, const OutputSample<Scalar>& s) {
        constexpr std::size_t most = kernels::terms_at_a_time;
        Scalar log_sums[most];
        Accumulator<Scalar> total(0);
        for (std::size_t first = 0; first < s.size(); first += most) {
            const std::size_t count = (std::min)(most, s.size() - first);
            for (std::size_t i = 0; i < count; ++i) {
                const Scalar yhat = s.Yhat[first + i], others = s.one_minus_Yhat[first + i];
                log_sums[i] = yhat < others ? Scalar(yhat / others) : Scalar(others / yhat);
            }
            kernels::log1p_all(log_sums, Index(count));
            total += kernels::sum<Accumulator<Scalar>>(count, [&](std::size_t i) {
                const Scalar O = s.O[first + i], Y = s.Y[first + i];
                const Scalar one_minus_Y = Scalar(1) - Y, minus_O = -O;
                const bool positive = Scalar(0) < O;
                const Accumulator<Scalar> distance(positive ? one_minus_Y : Y);
                const Accumulator<Scalar> size(positive ? O : minus_O);
                return Accumulator<Scalar>(Accumulator<Scalar>(log_sums[i]) + size * distance);
            });
        }
        return total;
    }

    /// With t the likeliest class:  L = log1p((1 - Yhat_t) / Yhat_t) + sum_k Y_k (O_t - O_k). The
    /// ratio is sum_{k != t} e^(O_k - O_t), without another exponential.
    template <Real Scalar>
    static Accumulator<Scalar> value_of(Softmax, const OutputSample<Scalar>& s) {
        using std::log1p;
        const std::size_t t = detail::largest(s.O);
        const Accumulator<Scalar> others(s.one_minus_Yhat[t]), top(s.O[t]);
        Accumulator<Scalar> sum = log1p(Accumulator<Scalar>(others / s.Yhat[t]));
        for (std::size_t k = 0; k < s.size(); ++k) sum += s.Y[k] * (top - s.O[k]);
        return sum;
    }
};

}  // namespace twolayer
