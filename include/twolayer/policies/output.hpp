// SPDX-License-Identifier: MIT
// The output layers: Sigmoid, Softmax and Identity.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/kernels/elementwise.hpp>

#include <algorithm>
#include <span>
#include <string_view>

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

/// Yhat_k - Y_k of a probability. Near one both lose their digits, but 1 - Y_k is exact for Y_k
/// from 1/2 to 2 (Sterbenz 1974), and so is the complement of Yhat_k.
template <Real Scalar>
Scalar probability_residual(const OutputSample<Scalar>& s, std::size_t k) {
    const Scalar Y = s.Y[k];
    const Scalar near_zero = s.Yhat[k] - Y, near_one = (Scalar(1) - Y) - s.one_minus_Yhat[k];
    return Scalar(0.5) < Y ? near_one : near_zero;
}

template <Real Scalar>
std::size_t largest(std::span<const Scalar> values) {
    return std::size_t(std::max_element(values.begin(), values.end()) - values.begin());
}

/// Whether each entry of O has its own output.
template <typename Output>
concept Elementwise = requires { requires Output::elementwise; };

/// Yhat = output(O) and its complement for the rows of a tile, stored one after the other.
template <typename Output, Real Scalar>
[[gnu::always_inline]] inline void apply_output(const MatrixView<Scalar>& O,
                                                const MatrixView<Scalar>& Yhat,
                                                const MatrixView<Scalar>& one_minus_Yhat) {
    if constexpr (Elementwise<Output>)
        Output::template apply<Scalar>(O.entries(), Yhat.entries(), one_minus_Yhat.entries());
    else if constexpr (requires { &Output::template apply_rows<Scalar>; })
        Output::template apply_rows<Scalar>(O, Yhat, one_minus_Yhat);
    else
        for (Index n = 0; n < O.rows; ++n)
            Output::template apply<Scalar>(O.row(n), Yhat.row(n), one_minus_Yhat.row(n));
}

}  // namespace detail

/// Yhat = sigma(O): one or more probabilities, independent of each other.
///
/// An output policy computes Yhat and 1 - Yhat from O, with all their digits. Yhat may overwrite O;
/// 1 - Yhat is not computed if its span is empty. The policy also computes Yhat - Y. It multiplies
/// by S = dYhat/dO, the K x K slope of the output, which is symmetric, and by the change S' of S
/// along a direction RO of O, given RYhat = S RO. An `elementwise` policy treats each entry
/// separately: several samples in a row may be passed to it as one.
struct Sigmoid {
    static constexpr std::string_view name = "sigmoid";
    static constexpr Index min_outputs = 1;
    static constexpr bool elementwise = true;

    template <Real Scalar>
    static void apply(std::span<const Scalar> O, std::span<Scalar> Yhat,
                      std::span<Scalar> one_minus_Yhat) {
        if (!one_minus_Yhat.empty())
            return kernels::sigmoid_all(O, Yhat, one_minus_Yhat);
        for (std::size_t k = 0; k < O.size(); ++k) Yhat[k] = sigmoid(O[k]).value;
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
    static constexpr std::string_view name = "softmax";
    static constexpr Index min_outputs = 2;

    /// Subtracting the largest O_k prevents overflow. The complement is the sum of the others:
    /// computing 1 - Yhat_k would lose every digit if one class is certain.
    template <Real Scalar>
    static void apply(std::span<const Scalar> O, std::span<Scalar> Yhat,
                      std::span<Scalar> one_minus_Yhat) {
        const std::size_t top = detail::largest(O);
        const Scalar highest = O[top];
        for (std::size_t k = 0; k < O.size(); ++k) Yhat[k] = O[k] - highest;
        kernels::exp_all(Yhat.data(), Index(Yhat.size()));
        divide_by_sum(top, Yhat, one_minus_Yhat);
    }

    /// The same for the rows of a tile, stored one after the other, with all exponentials at once.
    template <Real Scalar>
    static void apply_rows(const MatrixView<Scalar>& O, const MatrixView<Scalar>& Yhat,
                           const MatrixView<Scalar>& one_minus_Yhat) {
        for (Index n = 0; n < O.rows; ++n) {
            const std::span<const Scalar> o = O.row(n);
            const Scalar highest = o[detail::largest(o)];
            for (Index k = 0; k < O.cols; ++k) Yhat(n, k) = O(n, k) - highest;
        }
        kernels::exp_all(Yhat.data, Yhat.size());
        for (Index n = 0; n < O.rows; ++n)
            divide_by_sum(detail::largest<Scalar>(O.row(n)), Yhat.row(n), one_minus_Yhat.row(n));
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
        Scalar Yhat_sum(0), RYhat_sum(0);
        for (std::size_t k = 0; k < s.size(); ++k) {
            Yhat_sum += s.Yhat[k] * residual(s, k);
            RYhat_sum += RYhat[k] * residual(s, k);
        }
        for (std::size_t k = 0; k < s.size(); ++k)
            v[k] += RYhat[k] * (residual(s, k) - Yhat_sum) - s.Yhat[k] * RYhat_sum;
    }

private:
    /// Turns e^(O_k - O_top) into the probabilities and their complements.
    template <Real Scalar>
    static void divide_by_sum(std::size_t top, std::span<Scalar> Yhat,
                              std::span<Scalar> one_minus_Yhat) {
        Scalar others(0);
        for (std::size_t k = 0; k < Yhat.size(); ++k)
            if (k != top)
                others += Yhat[k];
        const Scalar sum = Scalar(1) + others, share = Scalar(1) / sum;
        for (std::size_t k = 0; k < Yhat.size(); ++k) {
            if (!one_minus_Yhat.empty())
                one_minus_Yhat[k] = (k == top ? others : Scalar(sum - Yhat[k])) * share;
            Yhat[k] *= share;
        }
    }
};

/// Yhat = O: any real numbers, for regression.
struct Identity {
    static constexpr std::string_view name = "identity";
    static constexpr Index min_outputs = 1;
    static constexpr bool elementwise = true;

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
