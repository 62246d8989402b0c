// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/sigmoid.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>

#include <algorithm>
#include <span>

namespace twolayer {

/// The output layer of one sample, K numbers each.
template <Real Scalar>
struct OutputSample {
    std::span<const Scalar> O;
    std::span<const Scalar> Yhat;
    std::span<const Scalar> one_minus_Yhat;
    std::span<const Scalar> Y;

    std::size_t size() const { return O.size(); }
};

namespace detail {

/// Yhat_k - Y_k of a probability. Near one both lose their digits, but 1 - Y_k is exact from 1/2 to
/// 2 (Sterbenz 1974), and so is the complement of Yhat_k.
template <Real Scalar>
Scalar probability_residual(const OutputSample<Scalar>& s, std::size_t k) {
    return Scalar(0.5) < s.Y[k] ? (Scalar(1) - s.Y[k]) - s.one_minus_Yhat[k] : s.Yhat[k] - s.Y[k];
}

template <Real Scalar>
std::size_t largest(std::span<const Scalar> values) {
    return std::size_t(std::max_element(values.begin(), values.end()) - values.begin());
}

}  // namespace detail

// An output policy turns O into Yhat and 1 - Yhat, with all their digits (Yhat may stand where O
// stood; 1 - Yhat is left out when its span is empty), says what Yhat - Y is, and applies
// S = dYhat/dO, the K x K slope of the output, which is symmetric, and its change S' along a
// direction RO of O, for which RYhat = S RO is given.

/// Yhat = sigma(O): one or more probabilities, independent of each other.
struct Sigmoid {
    static constexpr Index least_outputs = 1;

    template <Real Scalar>
    static void apply(std::span<const Scalar> O, std::span<Scalar> Yhat,
                      std::span<Scalar> one_minus_Yhat) {
        for (std::size_t k = 0; k < O.size(); ++k) {
            const auto pair = sigmoid(O[k]);
            Yhat[k] = pair.value;
            if (!one_minus_Yhat.empty())
                one_minus_Yhat[k] = pair.one_minus_value;
        }
    }

    /// The same for the rows of a tile, kept one after the other without gaps: in one go.
    template <Real Scalar>
    static void apply_rows(MatrixView<Scalar> O, MatrixView<Scalar> Yhat,
                           MatrixView<Scalar> one_minus_Yhat) {
        sigmoid<Scalar>(O, Yhat, one_minus_Yhat);
    }

    template <Real Scalar>
    static Scalar residual(const OutputSample<Scalar>& s, std::size_t k) {
        return detail::probability_residual(s, k);
    }

    /// v <- S v,  S = diag(Yhat .* (1 - Yhat))
    template <Real Scalar>
    static void times_slope(const OutputSample<Scalar>& s, std::span<Scalar> v) {
        for (std::size_t k = 0; k < s.size(); ++k) v[k] = v[k] * s.Yhat[k] * s.one_minus_Yhat[k];
    }

    /// v <- v + S' (Yhat - Y),  S' = diag(RYhat .* (1 - 2 Yhat))
    template <Real Scalar>
    static void add_slope_change(const OutputSample<Scalar>& s, std::span<const Scalar> RYhat,
                                 std::span<Scalar> v) {
        for (std::size_t k = 0; k < s.size(); ++k)
            v[k] += RYhat[k] * (s.one_minus_Yhat[k] - s.Yhat[k]) * residual(s, k);
    }
};

/// Yhat = exp(O) / sum_k exp(O_k): the probabilities of K >= 2 classes, of sum one.
struct Softmax {
    static constexpr Index least_outputs = 2;

    /// With the largest O_k subtracted nothing overflows. Its complement is the sum of the others:
    /// 1 - Yhat_k would lose every digit where one class is certain.
    template <Real Scalar>
    static void apply(std::span<const Scalar> O, std::span<Scalar> Yhat,
                      std::span<Scalar> one_minus_Yhat) {
        using std::exp;
        const std::size_t top = detail::largest(O);
        const Scalar highest = O[top];
        Scalar others(0);
        for (std::size_t k = 0; k < O.size(); ++k) {
            Yhat[k] = exp(Scalar(O[k] - highest));
            if (k != top)
                others += Yhat[k];
        }
        const Scalar sum = Scalar(1) + others, share = Scalar(1) / sum;
        for (std::size_t k = 0; k < O.size(); ++k) {
            if (!one_minus_Yhat.empty())
                one_minus_Yhat[k] = (k == top ? others : Scalar(sum - Yhat[k])) * share;
            Yhat[k] *= share;
        }
    }

    template <Real Scalar>
    static Scalar residual(const OutputSample<Scalar>& s, std::size_t k) {
        return detail::probability_residual(s, k);
    }

    /// v <- S v,  S = diag(Yhat) - Yhat Yhat^T:  v_k <- Yhat_k (v_k - Yhat . v)
    ///
    /// With t the likeliest class and rest = sum_{k != t} Yhat_k v_k, the difference is
    /// v_t (1 - Yhat_t) - rest for t, which keeps its digits where Yhat_t is nearly one.
    template <Real Scalar>
    static void times_slope(const OutputSample<Scalar>& s, std::span<Scalar> v) {
        const std::size_t t = detail::largest(s.Yhat);
        Scalar rest(0);
        for (std::size_t k = 0; k < s.size(); ++k)
            if (k != t)
                rest += s.Yhat[k] * v[k];
        const Scalar all = s.Yhat[t] * v[t] + rest;
        const Scalar v_t = s.Yhat[t] * (v[t] * s.one_minus_Yhat[t] - rest);
        for (std::size_t k = 0; k < s.size(); ++k) v[k] = k == t ? v_t : s.Yhat[k] * (v[k] - all);
    }

    /// v <- v + S' (Yhat - Y),  S' = diag(RYhat) - RYhat Yhat^T - Yhat RYhat^T
    template <Real Scalar>
    static void add_slope_change(const OutputSample<Scalar>& s, std::span<const Scalar> RYhat,
                                 std::span<Scalar> v) {
        Scalar Yhat_R(0), RYhat_R(0);
        for (std::size_t k = 0; k < s.size(); ++k) {
            Yhat_R += s.Yhat[k] * residual(s, k);
            RYhat_R += RYhat[k] * residual(s, k);
        }
        for (std::size_t k = 0; k < s.size(); ++k)
            v[k] += RYhat[k] * (residual(s, k) - Yhat_R) - s.Yhat[k] * RYhat_R;
    }
};

/// Yhat = O: any real numbers, for regression.
struct Identity {
    static constexpr Index least_outputs = 1;

    template <Real Scalar>
    static void apply(std::span<const Scalar> O, std::span<Scalar> Yhat, std::span<Scalar>) {
        std::copy(O.begin(), O.end(), Yhat.begin());
    }

    template <Real Scalar>
    static Scalar residual(const OutputSample<Scalar>& s, std::size_t k) {
        return s.Yhat[k] - s.Y[k];
    }

    /// v <- S v,  S = 1
    template <Real Scalar>
    static void times_slope(const OutputSample<Scalar>&, std::span<Scalar>) {}

    /// S' = 0
    template <Real Scalar>
    static void add_slope_change(const OutputSample<Scalar>&, std::span<const Scalar>,
                                 std::span<Scalar>) {}
};

}  // namespace twolayer
