// SPDX-License-Identifier: MIT
// The interface of minimizers, which evaluate the function themselves.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/stop_reason.hpp>
#include <twolayer/policies/curvature.hpp>

#include <cmath>
#include <concepts>
#include <optional>
#include <string_view>

namespace twolayer {

namespace lookup {

using std::abs;

/// abs, from the standard library or found by argument-dependent lookup.
template <typename T>
concept Absolute = requires(const T& x) {
    { abs(x) } -> std::convertible_to<T>;
};

}  // namespace lookup

/// A real number that also has an absolute value, which minimizers require.
template <typename T>
concept SizedReal = Real<T> && lookup::Absolute<T>;

/// The value of a function to minimize: a loss and its penalty, 0 for a function without one. They
/// are stored separately: in their sum, a large penalty would take digits of the loss. A function
/// may report another loss at the same point, which is followed but not minimized.
template <SizedReal Scalar>
struct Value {
    Scalar loss;
    Scalar penalty{0};
    double monitored = unbounded;

    Value(const Scalar& f) : loss(f) {}
    Value(const Scalar& L, const Scalar& added, double other = unbounded)
        : loss(L), penalty(added), monitored(other) {}

    Scalar total() const { return loss + penalty; }
};

/// A function to minimize: f(theta, gradient) returns its value and writes the gradient.
template <typename F, typename Scalar>
concept Objective = requires(F&& f, ConstTheta<Scalar> theta, Theta<Scalar> gradient) {
    { f(theta, gradient) } -> std::convertible_to<Value<Scalar>>;
};

/// A function that also multiplies a vector v by its curvature B at theta: product = B v.
template <typename F, typename Scalar>
concept CurvedObjective =
    Objective<F, Scalar> &&
    requires(F&& f, Curvature curvature, ConstTheta<Scalar> theta, ConstTheta<Scalar> v,
             Theta<Scalar> product) { f.product(curvature, theta, v, product); };

/// A function that is a mean of squares: f(theta) is its value alone, and f(theta, gradient, A)
/// also writes the lower triangle of its Gauss-Newton matrix A, P x P.
template <typename F, typename Scalar>
concept LeastSquaresObjective =
    requires(F&& f, ConstTheta<Scalar> theta, Theta<Scalar> gradient, Matrix<Scalar>& A) {
        { f(theta) } -> std::convertible_to<Value<Scalar>>;
        { f(theta, gradient, A) } -> std::convertible_to<Value<Scalar>>;
    };

/// The state of a minimization at its current theta.
template <SizedReal Scalar>
struct Iterate {
    Scalar value{0};               ///< f(theta), loss and penalty
    Scalar loss{0};                ///< the loss alone
    double monitored = unbounded;  ///< the loss that is followed, if f reports one
    Scalar gradient_norm{0};       ///< largest absolute entry of the gradient
    Index evaluations = 0;         ///< of f, with its gradient or alone, so far
    Index products = 0;            ///< of its curvature and a vector, so far

    template <typename Self, typename Archive>
    static void serialize(Self& self, Archive& archive) {
        archive("value", self.value);
        archive("loss", self.loss);
        archive("monitored", self.monitored);
        archive("gradient_norm", self.gradient_norm);
        archive("evaluations", self.evaluations);
        archive("products", self.products);
    }

    /// Sets the first value, finite or not, and its gradient; returns false if they are not finite.
    bool begin(const Value<Scalar>& f, const Vector<Scalar>& gradient) {
        value = f.total();
        loss = f.loss;
        monitored = f.monitored;
        evaluations = 1;
        return take(f, gradient);
    }

    /// Sets a value and its gradient. If they are not finite, changes nothing and returns false.
    bool take(const Value<Scalar>& f, const Vector<Scalar>& gradient) {
        if (!is_finite(f.total()) || !all_finite(gradient))
            return false;
        value = f.total();
        loss = f.loss;
        monitored = f.monitored;
        gradient_norm = gradient.cwiseAbs().maxCoeff();
        return true;
    }
};

/// A method that evaluates a function wherever it needs to: settings, and a State that holds all it
/// remembers. A copy of the state continues as the original does, bit for bit. step(settings, f,
/// theta) moves theta to a lower value or returns a reason to stop. If f throws, theta is as
/// before, and the state continues as if the step had not begun. iterate() holds the losses of the
/// Value at theta. A method that calls f.product()
/// declares `static constexpr bool multiplies_by_curvature = true`. It may have serialize() and
/// for_each_setting(), as a GradientMethod may.
template <typename T, typename Scalar>
concept Minimizer = std::constructible_from<typename T::template State<Scalar>, const T&, Index> &&
                    requires(const T& settings, const typename T::template State<Scalar>& state) {
                        { T::name } -> std::convertible_to<std::string_view>;
                        settings.validate();
                        { state.iterate() } -> std::convertible_to<Iterate<Scalar>>;
                    };

namespace detail {

/// Whether the gradient is small enough: no entry exceeds the tolerance, in the function's own
/// units if it has any.
template <typename F, SizedReal Scalar>
bool is_small(F& f, const Vector<Scalar>& gradient, const Iterate<Scalar>& at, double tolerance) {
    if constexpr (requires { f.size(gradient); })
        return f.size(gradient) <= tolerance;
    else
        return at.gradient_norm <= static_cast<Scalar>(tolerance);
}

/// Why no step was found from a point whose model cannot say whether it is the solution: converged
/// if the gradient may be nothing but rounding (gtol of More, Garbow and Hillstrom 1980, "User
/// guide for MINPACK-1", at its minimum).
template <typename F, SizedReal Scalar>
StopReason without_a_step(F& f, const Vector<Scalar>& gradient, const Iterate<Scalar>& at) {
    if constexpr (requires { f.rounding_of_size(at); })
        if (f.size(gradient) <= f.rounding_of_size(at))
            return StopReason::converged;
    return StopReason::no_further_progress;
}

/// How accurately a difference of two values of f can be known.
template <typename F, SizedReal Scalar>
Scalar rounding(F& f, const Iterate<Scalar>& at) {
    using std::abs;
    const Scalar of_value = Scalar(10) * Eigen::NumTraits<Scalar>::epsilon() * abs(at.value);
    if constexpr (requires { f.rounding(at); })
        return of_value + f.rounding(at);
    else
        return of_value;
}

/// |v|, even if its square overflows.
template <typename Derived>
typename Derived::Scalar length(const Eigen::MatrixBase<Derived>& v) {
    using Scalar = typename Derived::Scalar;
    const Scalar largest = v.cwiseAbs().maxCoeff();
    return Scalar(0) < largest && is_finite(largest) ? Scalar(largest * (v / largest).norm())
                                                     : largest;
}

/// sqrt(a^2 + b^2), even if a square overflows.
template <SizedReal Scalar>
Scalar hypot(const Scalar& a, const Scalar& b) {
    return length(Vector<Scalar, 2>(a, b));
}

template <typename Method>
inline constexpr bool multiplies_by_curvature =
    requires { requires Method::multiplies_by_curvature; };

}  // namespace detail

}  // namespace twolayer
