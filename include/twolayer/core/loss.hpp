// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/output.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>

#include <algorithm>
#include <concepts>
#include <span>
#include <string_view>

namespace twolayer {

namespace detail {

/// t <- log1p(t) for t >= 0: t log(u) / (u - 1) with u = 1 + t, by Eigen's vectorized logarithm
/// (Goldberg 1991, "What every computer scientist should know about floating-point arithmetic",
/// theorem 4). Its log1p of doubles is not vectorized.
template <Real Scalar, typename Array>
void log1p_all(Array& t) {
    if constexpr (std::same_as<Scalar, double>) {
        const Array u = t + 1.0, log_u = u.log();
        for (Index i = 0; i < t.size(); ++i)
            if (u(i) != 1.0)
                t(i) *= log_u(i) / (u(i) - 1.0);
    } else {
        t = t.log1p();
    }
}

}  // namespace detail

/// A loss of one sample, given by its value and by dL/dO, K numbers; the mean over samples and its
/// factor 1/N (or w_n / sum w) are not the policy's business.
template <typename Loss, typename Output, typename Scalar>
concept LossFor = requires(const OutputSample<Scalar>& sample, std::span<Scalar> slope) {
    { Loss::template value<Output>(sample) } -> std::convertible_to<Accumulator<Scalar>>;
    Loss::template slope<Output>(sample, slope);
};

/// A loss that also gives the change of dL/dO along a direction RO of O, where RYhat = S RO: the
/// whole of it, and its Gauss-Newton part, which leaves out the change of S and is positive
/// semidefinite.
template <typename Loss, typename Output, typename Scalar>
concept CurvedLossFor = LossFor<Loss, Output, Scalar> &&
    requires(const OutputSample<Scalar>& sample, std::span<const Scalar> RYhat,
             std::span<Scalar> change) {
    Loss::template curvature<Output>(sample, RYhat, change);
    Loss::template gauss_newton<Output>(sample, RYhat, change);
};

/// L = 1/2 sum_k (Yhat_k - Y_k)^2                                       README, equation (5)
struct SquaredError {
    static constexpr std::string_view name = "squared error";

    template <typename Output, Real Scalar>
    static Accumulator<Scalar> value(const OutputSample<Scalar>& s) {
        Accumulator<Scalar> sum(0);
        for (std::size_t k = 0; k < s.size(); ++k) {
            const Accumulator<Scalar> R(Output::residual(s, k));
            sum += R * R;
        }
        return sum / Accumulator<Scalar>(2);
    }

    /// dL/dO = S (Yhat - Y), S = dYhat/dO
    template <typename Output, Real Scalar>
    static void slope(const OutputSample<Scalar>& s, std::span<Scalar> dO) {
        for (std::size_t k = 0; k < s.size(); ++k) dO[k] = Output::residual(s, k);
        Output::times_slope(s, dO);
    }

    /// R{dL/dO} = S RYhat + S' (Yhat - Y)
    template <typename Output, Real Scalar>
    static void curvature(const OutputSample<Scalar>& s, std::span<const Scalar> RYhat,
                          std::span<Scalar> RdO) {
        gauss_newton<Output>(s, RYhat, RdO);
        Output::add_slope_change(s, RYhat, RdO);
    }

    template <typename Output, Real Scalar>
    static void gauss_newton(const OutputSample<Scalar>& s, std::span<const Scalar> RYhat,
                             std::span<Scalar> RdO) {
        std::copy(RYhat.begin(), RYhat.end(), RdO.begin());
        Output::times_slope(s, RdO);
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

    /// sum_n w_n L_n over the n samples of a tile, whose matrices are kept row by row without gaps:
    /// the same as from value(), the logarithms in one go. For a Sigmoid.
    template <std::same_as<Sigmoid> Output, Real Scalar>
    static Accumulator<Scalar> weighted_sum(MatrixView<const Scalar> O,
                                            MatrixView<const Scalar> Yhat,
                                            MatrixView<const Scalar> one_minus_Yhat,
                                            MatrixView<const Scalar> Y,
                                            MatrixView<const Scalar> weights) {
        constexpr Index most = 64;
        Eigen::Array<Scalar, Dynamic, 1, 0, int(most), 1> t;
        Accumulator<Scalar> sum(0);
        Index n = 0, k = 0;
        for (Index first = 0; first < O.rows * O.cols; first += most) {
            const Index count = std::min(most, O.rows * O.cols - first);
            t.resize(count);
            for (Index i = 0; i < count; ++i)
                t(i) = odds_against(Yhat.data[first + i], one_minus_Yhat.data[first + i]);
            detail::log1p_all<Scalar>(t);
            for (Index i = 0; i < count; ++i) {
                sum += weights.data[n] *
                       Scalar(t(i) + on_wrong_side<Scalar>(O.data[first + i], Y.data[first + i]));
                if (++k == O.cols) {
                    k = 0;
                    ++n;
                }
            }
        }
        return sum;
    }

    /// dL/dO = Yhat - Y:  the slope of the output cancels.
    template <typename Output, Real Scalar>
    static void slope(const OutputSample<Scalar>& s, std::span<Scalar> dO) {
        for (std::size_t k = 0; k < s.size(); ++k) dO[k] = Output::residual(s, k);
    }

    /// R{dL/dO} = RYhat, all of it the Gauss-Newton part
    template <typename Output, Real Scalar>
    static void curvature(const OutputSample<Scalar>&, std::span<const Scalar> RYhat,
                          std::span<Scalar> RdO) {
        std::copy(RYhat.begin(), RYhat.end(), RdO.begin());
    }

    template <typename Output, Real Scalar>
    static void gauss_newton(const OutputSample<Scalar>& s, std::span<const Scalar> RYhat,
                             std::span<Scalar> RdO) {
        curvature<Output>(s, RYhat, RdO);
    }

private:
    /// e^-|o| from sigma(o) and its complement, without another exponential.
    template <Real Scalar>
    static Scalar odds_against(const Scalar& yhat, const Scalar& one_minus_yhat) {
        return yhat < one_minus_yhat ? Scalar(yhat / one_minus_yhat)
                                     : Scalar(one_minus_yhat / yhat);
    }

    /// |o| (o > 0 ? 1 - y : y), the part of L that is no logarithm.
    template <Real Scalar>
    static Scalar on_wrong_side(const Scalar& o, const Scalar& y) {
        const bool positive = Scalar(0) < o;
        const Scalar distance = positive ? Scalar(1) - y : y;
        return (positive ? o : Scalar(-o)) * distance;
    }

    template <Real Scalar>
    static Accumulator<Scalar> value_of(Sigmoid, const OutputSample<Scalar>& s) {
        using std::log1p;
        Accumulator<Scalar> sum(0);
        for (std::size_t k = 0; k < s.size(); ++k) {
            const Accumulator<Scalar> O(s.O[k]), Y(s.Y[k]);
            const Accumulator<Scalar> odds(odds_against(s.Yhat[k], s.one_minus_Yhat[k]));
            sum += log1p(odds) + on_wrong_side<Accumulator<Scalar>>(O, Y);
        }
        return sum;
    }

    /// With t the likeliest class:  L = log1p((1 - Yhat_t) / Yhat_t) + sum_k Y_k (O_t - O_k),
    /// the ratio being sum_{k != t} e^(O_k - O_t) without another exponential.
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
